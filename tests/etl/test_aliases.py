"""Other spellings of the contract's columns: each is read as the column it stands for."""

from pathlib import Path

import pytest

from etl.profiles import CONTRACT, normal, profiles, recognise
from etl.read import Source, read
from tests.etl.loading import database, load_text, rows

TABLES = {layout.id: layout for layout in profiles()[CONTRACT].layouts}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_an_alias_stands_for_its_column_beside_all_the_others(table: str) -> None:
    layout = TABLES[table]
    for column, aliases in layout.aliases.items():
        for alias in aliases:
            header = [alias if name == column else name for name in layout.columns]
            bound = layout.bind(header)
            assert bound.get(column) == layout.columns.index(column), f"{alias} for {column}"


@pytest.mark.parametrize("table", sorted(TABLES))
def test_no_spelling_stands_for_two_columns_of_a_table(table: str) -> None:
    layout = TABLES[table]
    spellings = {
        (normal(spelling), column)
        for column in layout.columns
        for spelling in (column, *layout.aliases.get(column, ()))
    }
    own = {normal(column) for column in layout.columns}
    texts = [text for text, _ in spellings if text not in own]
    assert sorted(texts) == sorted(set(texts))


# A header as people write it, and what must come of it. The columns are named in their order.
HEADERS = {
    "purchase orders by number and supplier": (
        "PO Number,Supplier Name,SKU,Qty Ordered,PO Date,Cost Price,Estimated Arrival",
        "purchase_order_lines",
        "po_id,supplier_id,item_id,ordered_qty,order_date,unit_price,promised_date",
    ),
    "purchase orders by vendor, the code before the name": (
        "Purchase Order,Vendor Name,Vendor Code,Variant SKU,Quantity,Created At,Unit Cost,ETA",
        "purchase_order_lines",
        "po_id,,supplier_id,item_id,ordered_qty,order_date,unit_price,promised_date",
    ),
    "purchase orders with the item's barcode beside its number": (
        "PO No,Supplier,Barcode,Item No,Qty,Date Created,Price,Expected Delivery Date",
        "purchase_order_lines",
        "po_id,supplier_id,,item_id,ordered_qty,order_date,unit_price,promised_date",
    ),
    "suppliers": (
        "Supplier Code,Supplier Name,E-mail,Currency,Payment Terms,Notes",
        "suppliers",
        "supplier_id,supplier_name,,currency,payment_terms_id,",
    ),
    "lead times by supplier name": (
        "Supplier Name,Variant SKU,Leadtime,Cost Price,MOQ",
        "supplier_items",
        "supplier_id,item_id,lead_time_days,unit_price,min_order_qty",
    ),
    "lead times in days by vendor code": (
        "Vendor Code,SKU,Lead Time Days",
        "supplier_items",
        "supplier_id,item_id,lead_time_days",
    ),
    "goods receipts with the supplier's name stay receipts": (
        "Receipt No,PO Number,Supplier Name,SKU,Qty Received,Receipt Date",
        "receipts",
        "receipt_id,po_id,,item_id,received_qty,received_date",
    ),
    "sales lines by the field names of Dynamics": (
        "SalesOrder,Item,SalesQty,OrderDate,ShippingDateRequested,ShippingDateConfirmed",
        "sales_order_lines",
        "order_id,item_id,ordered_qty,order_date,requested_date,promised_date",
    ),
    "sales lines by the dates of receipt, of Dynamics": (
        "SalesOrder,Item,QtyOrdered,OrderDate,ReceiptDateRequested,ReceiptDateConfirmed",
        "sales_order_lines",
        "order_id,item_id,ordered_qty,order_date,requested_date,promised_date",
    ),
    "sales lines by the field names of SAP": (
        "Sales Order,Pos,Material,KWMENG,LFIMG,Date,VDATU",
        "sales_order_lines",
        "order_id,line_id,item_id,ordered_qty,shipped_qty,order_date,requested_date",
    ),
    "despatched quantity as UBL calls it": (
        "Order,Line,Item,Quantity,DeliveredQuantity,Date",
        "sales_order_lines",
        "order_id,line_id,item_id,ordered_qty,shipped_qty,order_date",
    ),
    "stock by the field names of Dynamics": (
        "Item,Warehouse,PhysicalInvent,ReservPhysical",
        "inventory_balances",
        "item_id,location_id,on_hand_qty,allocated_qty",
    ),
    "stock by the field names of SAP": (
        "Material,Plant,LABST",
        "inventory_balances",
        "item_id,location_id,on_hand_qty",
    ),
    "stock by a shop's name for a SKU": (
        "Variant SKU,Location,On hand,Committed",
        "inventory_balances",
        "item_id,location_id,on_hand_qty,allocated_qty",
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_by_alias_is_read_as_its_table(name: str, tmp_path: Path) -> None:
    header, table, columns = HEADERS[name]
    match = recognise(_source(tmp_path, header))
    assert (match.profile.name, match.layout.id) == (CONTRACT, table)
    places = {column: place for place, column in enumerate(columns.split(",")) if column}
    assert match.bound == places


def _source(folder: Path, header: str) -> Source:
    path = folder / "list.csv"
    path.write_text(header + "\n", encoding="utf-8")
    [source] = read(path, folder, None)
    return source


def test_the_usual_words_for_a_state_are_understood(tmp_path: Path) -> None:
    words = ["Draft", "ORDERED", "Partial", "Partially received", "Closed", "canceled", "open"]
    lines = "".join(f"P{i},S,I,2026-05-01,5,{word}\n" for i, word in enumerate(words))
    con = database(tmp_path)
    one = load_text(
        con,
        tmp_path / "po.csv",
        f"po_id,supplier_id,item_id,order_date,ordered_qty,status\n{lines}",
    )
    assert one.refused_cells == 0
    found = rows(con, "select status from contract.purchase_order_lines order by source_row")
    assert [status for (status,) in found] == [
        "planned",
        "open",
        "partially_received",
        "partially_received",
        "received",
        "cancelled",
        "open",
    ]
