"""How the sample's exports are laid out: headers, oddities, and the guide that explains both.

Every oddity is an extra row or a changed cell, counted in `ODDITIES`, so that what a loader does
with the folder can be checked to the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

WEBSHOP = {
    "order_id": "Order No.",
    "line_id": "Line",
    "order_date": "Order Date",
    "item_id": "SKU",
    "ordered_qty": "Qty Ordered",
    "shipped_qty": "Qty Shipped",
    "cancelled_qty": "Qty Cancelled",
    "customer_id": "Customer No.",
    "location_id": "Warehouse",
    "requested_date": "Requested",
    "first_promised_date": "First Promise",
    "promised_date": "Promised",
    "need_by_date": "Event Date",
    "unit_price": "Price",
    "currency": "Currency",
    "line_status": "Status",
    "order_type": "Type",
    "is_customised": "Customised",
    "standard_unit_price": "Standard Price",
    "hold_reason": "Hold",
    "channel": "Sales Channel",
    "deposit_rate": "Deposit",
}
ERP_SALES = {
    "order_id": "Sales Order No.",
    "line_id": "Pos.",
    "order_date": "Date Ordered",
    "item_id": "Article",
    "ordered_qty": "Order Quantity",
    "shipped_qty": "Qty Delivered",
    "cancelled_qty": "Qty Cancelled",
    "uom": "Unit",
    "customer_id": "Sold-to",
    "location_id": "Plant",
    "requested_date": "Requested Delivery Date",
    "first_promised_date": "Original Promise",
    "promised_date": "Confirmed Date",
    "need_by_date": "Needed by",
    "shipped_date": "Last Shipped",
    "unit_price": "Unit Price net",
    "discount_amount": "Discount",
    "currency": "Curr.",
    "line_status": "Order Status",
    "order_type": "Sales Type",
    "is_customised": "Customised",
    "standard_unit_price": "Standard Price",
    "hold_reason": "Delivery Block",
    "ship_complete": "Complete Delivery",
    "priority": "Prio",
    "channel": "Channel",
    "payment_terms_id": "Terms",
    "backorder_reason_code": "Reason",
}
ERP_PURCHASES = {
    "po_id": "PO No.",
    "line_id": "PO Line",
    "supplier_id": "Vendor No.",
    "item_id": "Item No.",
    "location_id": "Deliver to",
    "order_date": "PO Date",
    "ordered_qty": "Quantity ordered",
    "received_qty": "Quantity received",
    "uom": "Unit",
    "requested_date": "Requested Receipt Date",
    "first_promised_date": "Original Promise",
    "promised_date": "Expected Receipt Date",
    "planned_ship_date": "Ship by",
    "shipped_date": "Shipped on",
    "unit_price": "Purchase Price",
    "price_unit": "Price per",
    "currency": "Currency Code",
    "status": "PO Status",
    "payment_terms_id": "Payment Terms",
    "deposit_rate": "Deposit",
    "sales_order_id": "For Sales Order",
}
RECEIPTS = {
    "receipt_id": "Goods Receipt",
    "line_id": "Line",
    "po_id": "PO",
    "po_line_id": "PO Line",
    "production_order_id": "Production Order",
    "item_id": "Item",
    "location_id": "Location",
    "received_date": "Posting Date",
    "received_qty": "Qty Received",
    "rejected_qty": "Qty Rejected",
}
SHIPMENTS = {
    "shipment_id": "delivery_note",
    "line_id": "line",
    "order_id": "order_no",
    "order_line_id": "order_line",
    "item_id": "sku",
    "location_id": "warehouse",
    "shipped_date": "shipped_on",
    "shipped_qty": "qty_shipped",
    "delivered_date": "delivered_on",
}
PRODUCTION = {
    "production_order_id": "workOrder",
    "item_id": "item",
    "location_id": "site",
    "ordered_qty": "qtyToMake",
    "completed_qty": "qtyMade",
    "scrapped_qty": "scrapped",
    "planned_start_date": "plannedStart",
    "start_date": "actualStart",
    "due_date": "plannedFinish",
    "completed_date": "actualFinish",
    "status": "state",
}
STOCK = {
    "as_of": "Stock Date",
    "item_id": "Item No.",
    "location_id": "Storage Location",
    "on_hand_qty": "On Hand",
    "unavailable_qty": "Blocked",
    "in_transit_qty": "In Transit",
    "unit_cost": "Standard Cost",
    "currency": "Currency",
}
ITEMS = {
    "item_id": "Item No.",
    "item_name": "Description",
    "category": "Product Group",
    "base_uom": "Base Unit",
    "replenishment": "Procurement",
    "stocking_policy": "Stocking Policy",
    "backorder_allowed": "Backorders allowed",
    "inventory_tracked": "Track Inventory",
    "default_supplier_id": "Default Supplier",
    "lead_time_days": "Lead Time",
    "review_days": "Review Period",
    "unit_cost": "Standard Cost",
    "list_price": "Sales Price",
    "safety_stock_qty": "Safety Stock",
    "reorder_point_qty": "Reorder Point",
    "min_order_qty": "MOQ",
    "order_multiple": "Pack Size",
    "shelf_life_days": "Shelf Life",
    "unit_volume_m3": "Volume (m3)",
    "holding_cost_rate": "Holding Rate",
    "capacity_per_week_qty": "Capacity per Week",
    "max_planned_backorder_qty": "Planned Backorder Limit",
}
UNITS = {"item_id": "Item No.", "from_uom": "Unit", "to_base_factor": "Factor"}
LOCATIONS = {
    "location_id": "Location",
    "location_name": "Warehouse Name",
    "location_type": "Kind",
    "is_netable": "Available for Planning",
}
BOM = {
    "parent_item_id": "Parent Item",
    "component_item_id": "Component",
    "qty_per": "Quantity per",
}
CUSTOMERS = {
    "customer_id": "Customer Number",
    "customer_name": "Company",
    "segment": "Customer Group",
    "priority": "Prio",
    "region": "Sales Region",
    "payment_terms_id": "Terms",
    "credit_hold": "Credit Block",
    "first_order_date": "Customer since",
}
SUPPLIERS = {
    "supplier_id": "Vendor No.",
    "supplier_name": "Vendor Name",
    "country": "Country Code",
    "payment_terms_id": "Payment Terms",
    "currency": "Currency Code",
    "on_hold": "Blocked",
}
CATALOGUE = {
    "supplier_id": "Vendor No.",
    "item_id": "Item No.",
    "valid_from": "Start Date",
    "lead_time_days": "Lead Time in Days",
    "transit_days": "Transit Time",
    "min_order_qty": "Minimum Order Quantity",
    "order_multiple": "Pack Size",
    "unit_price": "Purchase Price",
    "price_unit": "Price per",
    "currency": "Currency Code",
    "capacity_per_week_qty": "Weekly Capacity",
    "supplier_rank": "Rank",
}
FORECASTS = {
    "item_id": "Item",
    "location_id": "Site",
    "period_start": "Period from",
    "period_end": "Period to",
    "made_on": "Version Date",
    "forecast_qty": "Forecast Quantity",
}
ADJUSTMENTS = {
    "adjustment_id": "Document No.",
    "item_id": "Item",
    "location_id": "Location",
    "adjusted_on": "Adjustment Date",
    "adjusted_qty": "Adjustment Qty",
    "reason": "Reason Code",
}
PAYMENTS = {
    "payment_id": "payment_no",
    "direction": "in_or_out",
    "order_id": "sales_order",
    "po_id": "purchase_order",
    "paid_on": "payment_date",
    "amount": "payment_amount",
    "currency": "curr",
    "kind": "payment_type",
}
TERMS = {
    "payment_terms_id": "Terms Code",
    "net_days": "Days net",
    "basis": "Counted from",
    "deposit_rate": "Deposit",
}
RATES = {
    "currency": "Currency Code",
    "rate_date": "Starting Date",
    "to_reporting_rate": "Exchange Rate",
}
EVENTS = {
    "event_date": "Day",
    "event_name": "Event",
    "kind": "Event Kind",
    "item_id": "Item",
    "category": "Product Category",
}


@dataclass(frozen=True)
class Oddity:
    """A trap in a file: how many rows or cells, and what a loader should do with them."""

    file: str
    what: str
    rows: int
    outcome: str  # refused row | superseded row | refused cell | loaded
    detail: str


ODDITIES: tuple[Oddity, ...] = (
    Oddity("webshop_orders.csv", "header repeated in the middle", 1, "refused row", "not a record"),
    Oddity("webshop_orders.csv", "grand total at the end", 1, "refused row", "not a record"),
    Oddity("webshop_orders.csv", "no order number", 1, "refused row", "key missing"),
    Oddity("webshop_orders.csv", "order date 2026-02-30", 1, "refused row", "required, no date"),
    Oddity("webshop_orders.csv", "requested 'tomorrow'", 1, "refused cell", "row kept without it"),
    Oddity("webshop_orders.csv", "row twice, identical", 2, "superseded row", "same key"),
    Oddity("webshop_orders.csv", "price with a currency sign", 3, "loaded", "number read"),
    Oddity("webshop_orders.csv", "price blank, line open", 2, "loaded", "price missing"),
    Oddity("webshop_orders.csv", "item OLD-999 has no master row", 1, "loaded", "orphan item"),
    Oddity("erp_sales_orders.csv", "row of blanks", 1, "refused row", "empty"),
    Oddity("erp_sales_orders.csv", "'Summe' at the end", 1, "refused row", "not a record"),
    Oddity("erp_sales_orders.csv", "negative quantity", 1, "refused row", "must be at least 0"),
    Oddity("erp_sales_orders.csv", "order date 31.02.2026", 1, "refused row", "required, no date"),
    Oddity("erp_sales_orders.csv", "older state of a line first", 1, "superseded row", "same key"),
    Oddity("erp_sales_orders.csv", "price '18,90 €'", 2, "loaded", "number read"),
    Oddity("erp_purchase_orders.csv", "quantity '?'", 1, "refused row", "required, no number"),
    Oddity("erp_purchase_orders.csv", "row twice, identical", 1, "superseded row", "same key"),
    Oddity("erp_purchase_orders.csv", "vendor S099 unknown", 1, "loaded", "orphan supplier"),
    Oddity("erp_purchase_orders.csv", "'Gesamt' at the end", 1, "refused row", "not a record"),
    Oddity("stock.xlsx [Stock]", "two title rows above the header", 2, "loaded", "not counted"),
    Oddity("stock.xlsx [Stock]", "'Total' at the end", 1, "refused row", "not a record"),
    Oddity("customers_crm.csv", "customer since '0000-00-00'", 1, "refused cell", "row kept"),
)


FILES: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("webshop_orders.csv", "UTF-8, comma, ISO dates", "sales_order_lines", WEBSHOP),
    (
        "erp_sales_orders.csv",
        "UTF-8, semicolon, decimal comma, DD.MM.YYYY, CRLF",
        "sales_order_lines",
        ERP_SALES,
    ),
    (
        "erp_purchase_orders.csv",
        "UTF-8, semicolon, decimal comma, points between thousands, DD.MM.YYYY, CRLF",
        "purchase_order_lines",
        ERP_PURCHASES,
    ),
    ("goods_receipts.tsv", "UTF-8, tab", "receipts", RECEIPTS),
    ("shipments.parquet", "Parquet", "shipments", SHIPMENTS),
    ("production.ndjson", "NDJSON", "production_orders", PRODUCTION),
    ("stock.xlsx [Stock]", "workbook, two title rows", "inventory_balances", STOCK),
    ("stock.xlsx [Items]", "workbook", "items", ITEMS),
    ("stock.xlsx [Units]", "workbook", "uom_conversions", UNITS),
    ("stock.xlsx [Locations]", "workbook", "locations", LOCATIONS),
    ("bill_of_materials.csv", "UTF-8, comma", "bom_lines", BOM),
    ("customers_crm.csv", "Windows-1252, semicolon", "customers", CUSTOMERS),
    ("vendors.csv", "UTF-8 with BOM, comma", "suppliers", SUPPLIERS),
    ("vendor_catalogue.txt", "UTF-16, tab", "supplier_items", CATALOGUE),
    ("sales_forecast.csv", "UTF-8, comma", "demand_forecasts", FORECASTS),
    ("stock_adjustments.csv", "UTF-8, comma", "stock_adjustments", ADJUSTMENTS),
    ("payments.parquet", "Parquet", "payments", PAYMENTS),
    ("finance.xlsx [Terms]", "workbook", "payment_terms", TERMS),
    ("finance.xlsx [Rates]", "workbook", "exchange_rates", RATES),
    ("finance.xlsx [Calendar]", "workbook", "calendar_events", EVENTS),
)

INTRODUCTION = """\
# The sample business

Kerzen & Klima GmbH makes candles and mugs and sells them with heaters, fans, lanterns, garden and
kitchen ware: simulated day by day from 2025-01-01 to 2026-06-30 by `etl/simulate`, and written as
its shop, its ERP, its warehouse and its accountant would export it. `make sample` writes the same
bytes again. `truth.csv` is no export: it lists the causes that were injected, so that what the
models say about causes can be judged.

## How it fits together

- Trade customers buy candles in cases of 10, wax and clay come in bags, with factors in
  `stock.xlsx [Units]`: order lines, their shipments, purchase lines and their receipts are in that
  unit, and everything else (stock, adjustments, production, forecasts) in base units.
- Stock of an item in WH1 and WH2, month end to month end = receipts − rejected − shipments +
  adjustments, to the unit. Components used by production are adjustments with the reason
  `production consumption`; `count difference` and `breakage` are stock records put right.
- Rejected units lie in QUA for 45 days, then leave with the reason `returned to supplier`.
- Drop-shipped lines have a purchase line of their own (`For Sales Order`), received and shipped on
  one day.
- Shipments add up to shipped quantities, receipts to received ones, line by line.
- Allocation was first come first served by order number; held lines keep their share.
- Payments follow the terms of the order: all at order (PREPAY), a deposit of 30 % (DEP30), the
  rest net after shipment or month end; refunds three days after a cancellation. Suppliers are paid
  for accepted goods.

## truth.csv

One row per injection that took place: `cause` in the words of the models, `kind` how it shows,
where (item, location, supplier, customer), when, `magnitude` in `unit`, and `document_ids` (order
or purchase line as order/line, production order, adjustment), separated by spaces. Spikes, delays,
short deliveries, rejects, losses and holds that name no document touched none and changed nothing;
biased forecasts, orders not placed, reserved stock and planned backorders show in no document.
`Config(leave_out={"supplier_late-01"})` simulates the same business without it.
"""


def guide(rows: Mapping[str, int]) -> str:
    """README.md of the folder: files, headers, oddities, with the counts a loader must reach."""
    lines = [INTRODUCTION, "## Files", ""]
    lines += [
        "| file | format | table | rows in | refused | superseded | loaded | refused cells |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, kind, table, _ in FILES:
        counts = expected_counts(name, rows[name])
        cells = " | ".join(f"{count:,}" for count in counts.values())
        lines.append(f"| {name} | {kind} | {table} | {cells} |")
    lines += [
        "",
        "## Oddities",
        "",
        "| file | what | rows | becomes | why |",
        "|---|---|--:|---|---|",
    ]
    lines += [f"| {o.file} | {o.what} | {o.rows} | {o.outcome} | {o.detail} |" for o in ODDITIES]
    lines += ["", "## Headers and the contract's columns", ""]
    for name, _, table, headers in FILES:
        pairs = ", ".join(f"{header} = {column}" for column, header in headers.items())
        lines.append(f"- **{name}** ({table}): {pairs}")
    return "\n".join(lines) + "\n"


def expected_counts(name: str, rows_in: int) -> dict[str, int]:
    """What quality.loads must say of a file of the sample."""

    def count(outcome: str) -> int:
        return sum(o.rows for o in ODDITIES if o.file == name and o.outcome == outcome)

    refused, superseded = count("refused row"), count("superseded row")
    return {
        "rows_in": rows_in,
        "refused": refused,
        "superseded": superseded,
        "loaded": rows_in - refused - superseded,
        "refused_cells": count("refused cell"),
    }
