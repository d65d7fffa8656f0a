"""Odoo exports: traps that text cases cannot hold. Languages, workbooks, groups, versions, history.

Facts about the layouts are Odoo's own: its export code, field labels and German translations.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.profiles import recognise
from etl.read import read
from tests.etl.loading import database, load_text, rows

ENGLISH = (
    "Order Reference",
    "Status",
    "Order Date",
    "Customer",
    "Warehouse",
    "Delivery Date",
    "Delivery Status",
    "Shipping Policy",
    "Order Lines/ID",
    "Order Lines/Product",
    "Order Lines/Quantity",
    "Order Lines/Delivery Quantity",
    "Order Lines/Unit Price",
)
GERMAN = (
    "Auftragsreferenz",
    "Status",
    "Bestelldatum",
    "Kunde",
    "Lagerhaus",
    "Liefertermin",
    "Zustellungsstatus",
    "Versandbedingungen",
    "Auftragszeilen/ID",
    "Auftragszeilen/Produkt",
    "Auftragszeilen/Menge",
    "Auftragszeilen/Liefermenge",
    "Auftragszeilen/Stückpreis",
)
# What the translation calls them since version 17.
NEWER_GERMAN = tuple(
    name.replace("Auftragszeilen", "Auftragspositionen")
    .replace("Stückpreis", "Einzelpreis")
    .replace("Bestelldatum", "Auftragsdatum")
    for name in GERMAN
)
TECHNICAL = (
    "name",
    "state",
    "date_order",
    "partner_id",
    "warehouse_id",
    "commitment_date",
    "delivery_status",
    "picking_policy",
    "order_line/id",
    "order_line/product_id/default_code",
    "order_line/product_uom_qty",
    "order_line/qty_delivered",
    "order_line/price_unit",
)
VALUES = {
    "german": {
        "Sales Order": "Verkaufsauftrag",
        "Cancelled": "Abgebrochen",
        "Quotation": "Angebot",
        "Fully Delivered": "Vollständig geliefert",
        "When all products are ready": "Wenn alle Produkte bereit sind",
    },
    "technical": {
        "Sales Order": "sale",
        "Cancelled": "cancel",
        "Quotation": "draft",
        "Fully Delivered": "full",
        "When all products are ready": "one",
        "[K-1] Krug": "K-1",
        "[T-1] Tasse": "T-1",
    },
}
ORDERS = [
    line.split("|")
    for line in (
        "S1|Sales Order|2026-04-01 09:00:00|Lind|Nord|2026-05-01 09:00:00||"
        "When all products are ready|l1|[K-1] Krug|5.0|2.0|12.5",
        "||||||||l2|[T-1] Tasse|3.0|0.0|2.0",
        "S2|Sales Order|2026-04-02 09:00:00|Lind|Nord||Fully Delivered||l3|[T-1] Tasse|4.0|3.0|2.0",
        "S3|Cancelled|2026-04-03 09:00:00|Lind|Nord||||l4|[T-1] Tasse|1.0|0.0|2.0",
        "S4|Quotation|2026-04-04 09:00:00|Lind|Nord||||l5|[T-1] Tasse|1.0|0.0|2.0",
    )
]


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with database(tmp_path) as connection:
        yield connection


def exported(header: Sequence[str], records: Sequence[Sequence[str]]) -> str:
    """A CSV as Odoo writes it: every cell quoted."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([header, *records])
    return text.getvalue()


def translated(language: str) -> list[list[str]]:
    words = VALUES.get(language, {})
    return [[words.get(cell, cell) for cell in record] for record in ORDERS]


def workbook(path: Path, header: Sequence[str], records: Sequence[Sequence[Any]]) -> Path:
    """An XLSX as Odoo writes it: dates and numbers typed, blanks blank."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, record in enumerate([header, *records]):
            for place, cell in enumerate(record):
                style = [day] if isinstance(cell, datetime) else []
                sheet.write(number, place, cell, *style)
    return path


@pytest.mark.parametrize(
    ("language", "header"),
    [
        ("english", ENGLISH),
        ("german", GERMAN),
        ("german", NEWER_GERMAN),
        ("technical", TECHNICAL),
    ],
)
def test_labels_and_technical_names_give_the_same_lines(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, language: str, header: Sequence[str]
) -> None:
    loaded = load_text(con, tmp_path / "sale.order.csv", exported(header, translated(language)))
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_refused) == (5, 4, 1)
    day = date(2026, 4, 1)
    promised = date(2026, 5, 1)
    assert rows(
        con,
        "select order_id, line_id, order_date, item_id, ordered_qty, shipped_qty, cancelled_qty,"
        " promised_date, line_status, ship_complete from contract.sales_order_lines order by 1, 2",
    ) == [
        ("S1", "l1", day, "K-1", 5, 2, None, promised, "partially_shipped", True),
        ("S1", "l2", day, "T-1", 3, 0, None, promised, "open", True),
        ("S2", "l3", date(2026, 4, 2), "T-1", 4, 3, 1, None, "shipped", None),
        ("S3", "l4", date(2026, 4, 3), "T-1", 1, 0, 1, None, "cancelled", None),
    ]


@pytest.mark.parametrize(
    "renamed",
    [
        {"Order Lines/Delivery Quantity": "Order Lines/Delivered Quantity"},
        {"Order Lines/Product": "Order Lines/Product/Internal Reference"},
        {"Order Lines/Product": "Order Lines/Product/ID"},
        {"Order Date": "Creation Date"},
    ],
    ids=lambda renamed: "".join(renamed.values()),
)
def test_labels_of_other_versions_are_known(tmp_path: Path, renamed: dict[str, str]) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(exported([renamed.get(name, name) for name in ENGLISH], ORDERS), "utf-8")
    match = recognise(read(path, tmp_path)[0])
    assert (match.profile.name, match.layout.id) == ("odoo", "sale_orders")
    assert len(match.bound) == len(ENGLISH)


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        (
            "id,sequence,product_tmpl_id,code,type,company_id,bom_line_ids/id,"
            "bom_line_ids/product_qty,bom_line_ids/sequence,bom_line_ids/operation_id/id,"
            "bom_line_ids/product_id/id,operation_ids/id,operation_ids/name",
            "bills_of_materials",
        ),
        (
            "product_tmpl_id,product_qty,type,bom_line_ids/product_id,bom_line_ids/product_qty",
            "bills_of_materials",
        ),
        ("id,partner_id/id,product_tmpl_id/id,min_qty,price,delay,sequence", "supplierinfo"),
        ("Vendor,Product Variant,Quantity,Price,Delivery Lead Time", "supplierinfo"),
        ("id,product_id/id,location_id/id,quantity,reserved_quantity", "stock_quants"),
        ("id,name,default_code,standard_price,qty_available", "products"),
        (
            "order_id,state,partner_id,product_id,product_qty,qty_received,date_planned",
            "purchase_order_lines",
        ),
        (
            "name,state,partner_id,date_approve,order_line/product_id,order_line/product_qty,"
            "order_line/qty_received,order_line/date_planned",
            "purchase_orders",
        ),
    ],
)
def test_headers_are_recognised_without_naming_the_system(
    tmp_path: Path, header: str, layout: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"{header}\n", "utf-8")
    match = recognise(read(path, tmp_path)[0])
    assert (match.profile.name, match.layout.id) == ("odoo", layout)


def test_orders_without_their_status_are_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    kept = [i for i, name in enumerate(ENGLISH) if name != "Status"]
    path.write_text(exported([ENGLISH[i] for i in kept], []), "utf-8")
    with pytest.raises(InputError, match="odoo sale_orders, which lacks order_state"):
        recognise(read(path, tmp_path)[0])


def test_group_rows_of_a_grouped_workbook_are_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Only XLSX can be grouped: rows `Label (count)`, indented by level, sums beside them."""
    header = ["Customer", "Order Reference", "Status", "Order Date", "Order Lines/Product"]
    header += ["Order Lines/Quantity", "Order Lines/Delivery Quantity", "Total"]
    day = datetime.fromisoformat("2026-04-01 22:15")
    records: list[list[Any]] = [
        ["Lind", "S1", "Sales Order", day, "Schuh (42)", 3.0, 0.0, 60.0],
        [None, None, None, None, "[T-1] Tasse", 2.0, 1.0, None],
        ["Berg (2)", "", "", "", "", "", "", 90.0],
        ["    April 2026 (2)", "", "", "", "", "", "", 90.0],
        ["Berg", "S2", "Sales Order", day, "Schuh (42)", 1.0, 0.0, 20.0],
        ["Berg", "S3", "Sales Order", day, "[T-1] Tasse", 7.0, 7.0, 70.0],
    ]
    path = workbook(tmp_path / "Sales Order (sale.order).xlsx", header, records)
    (loaded,) = load(con, [path], LoadOptions()).loads
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_refused) == (6, 4, 2)
    assert rows(con, "select source_row, reason from quality.rejected_rows order by 1") == [
        (3, "a group row of a grouped list"),
        (4, "a group row of a grouped list"),
    ]
    assert rows(
        con,
        "select order_id, line_id, order_date, item_id, ordered_qty, customer_id"
        " from contract.sales_order_lines order by 1, 2",
    ) == [
        ("S1", "1", date(2026, 4, 1), "Schuh (42)", 3, "Lind"),
        ("S1", "2", date(2026, 4, 1), "T-1", 2, "Lind"),
        ("S2", "1", date(2026, 4, 1), "Schuh (42)", 1, "Berg"),
        ("S3", "1", date(2026, 4, 1), "T-1", 7, "Berg"),
    ]


def test_group_rows_of_quants_and_purchase_lines_add_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    quants = workbook(
        tmp_path / "Quants (stock.quant).xlsx",
        ["Product", "Location", "Quantity", "Reserved Quantity"],
        [
            ["[K-1] Krug (2)", "", 9.0, 1.0],
            ["[K-1] Krug", "WH/Stock/A", 5.0, 1.0],
            ["[K-1] Krug", "WH/Stock/B", 4.0, 0.0],
        ],
    )
    header = ["Vendor", "Order Reference", "Status", "Order Date", "Product", "Quantity"]
    orders = workbook(
        tmp_path / "Purchase Order Line (purchase.order.line).xlsx",
        [*header, "Received Qty", "Expected Arrival"],
        [
            ["Ton (1)", "", "", "", "", 30.0, 0.0, ""],
            ["Ton", "P1", "Purchase Order", "2026-03-01", "[K-1] Krug", 30.0, 0.0, "2026-06-01"],
        ],
    )
    report = load(con, [quants, orders], LoadOptions())
    assert [(one.rows_in, one.rows_refused) for one in report.loads] == [(3, 1), (2, 1)]
    assert set(rows(con, "select reason from quality.rejected_rows")) == {
        ("a group row of a grouped list",)
    }
    assert rows(con, "select item_id, on_hand_qty from contract.inventory_balances") == [("K-1", 9)]
    assert rows(con, "select ordered_qty from contract.purchase_order_lines") == [(30,)]


def test_stock_without_a_warehouse_is_not_ours_where_others_have_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    header = ["Produkt", "Lagerort", "Lagerhaus", "Menge", "Reservierte Menge"]
    records = [
        ["[K-1] Krug", "NORD/Bestand", "Nord", "5.0", "0.0"],
        ["[K-1] Krug", "Kunden", "", "31.0", "0.0"],
    ]
    loaded = load_text(con, tmp_path / "stock.quant.csv", exported(header, records))
    assert (loaded.rows_loaded, loaded.rows_refused) == (1, 1)
    assert rows(
        con, "select item_id, location_id, on_hand_qty from contract.inventory_balances"
    ) == [("K-1", "Nord", 5)]


def test_an_order_cancelled_in_a_newer_export_is_open_no_more(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    records = [list(record) for record in ORDERS[:2]]
    older = exported(ENGLISH, records)
    load_text(con, tmp_path / "sale.order.csv", older, as_of=date(2026, 4, 10))
    records[0][1] = "Cancelled"
    newer = exported(ENGLISH, records)
    load_text(con, tmp_path / "sale.order (1).csv", newer, as_of=date(2026, 4, 11))
    assert rows(
        con, "select line_id, line_status, cancelled_qty from contract.sales_order_lines order by 1"
    ) == [("l1", "cancelled", 3), ("l2", "cancelled", 3)]


def test_price_breaks_with_start_dates_of_their_own_all_count(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    header = ["Vendor", "Product Template", "Product Variant", "Quantity", "Unit Price"]
    header += ["Lead Time", "Start Date", "End Date"]
    records = [
        ["Ton", "[K] Krug", "[K-1] Krug (Rot)", "0.0", "5.0", "14", "2026-01-01", "2026-06-30"],
        ["Ton", "[K] Krug", "[K-1] Krug (Rot)", "50.0", "4.0", "21", "2026-01-01", "2026-06-30"],
        ["Ton", "[K] Krug", "[K-1] Krug (Rot)", "0.0", "6.0", "10", "2026-07-01", ""],
        ["Ton", "[K] Krug", "", "0.0", "5.5", "12", "", ""],
    ]
    load_text(con, tmp_path / "product.supplierinfo.csv", exported(header, records))
    assert rows(
        con,
        "select item_id, valid_from, valid_to, lead_time_days, unit_price"
        " from contract.supplier_items order by 1, 2 nulls first",
    ) == [
        ("K", None, None, 12, 5.5),
        ("K-1", date(2026, 1, 1), date(2026, 6, 30), 14, 5),
        ("K-1", date(2026, 7, 1), None, 10, 6),
    ]


def test_bills_without_ids_of_one_product_stay_apart(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    header = ["Produkt", "Menge", "Stücklistentyp"]
    header += ["Stücklistenpositionen/Komponente", "Stücklistenpositionen/Menge"]
    records = [
        ["[SET] Set", "3.0", "Kit", "[K-1] Krug", "1.0"],
        ["[SET] Set", "1.0", "Kit", "[T-1] Tasse", "6.0"],
        ["", "", "", "[K-1] Krug", "2.0"],
    ]
    load_text(con, tmp_path / "mrp.bom.csv", exported(header, records))
    assert rows(
        con,
        "select bom_id, component_item_id, round(qty_per, 8)::double from contract.bom_lines"
        " order by 1 nulls first, 2",
    ) == [(None, "K-1", 0.33333333), ("2", "K-1", 2), ("2", "T-1", 6)]
