"""ERPNext exports: traps that text cases cannot hold."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.profiles import recognise
from etl.read import read
from tests.etl.loading import database, load_text, rows

ANALYSIS = (
    "Date,Sales Order,Status,Customer,Item Code,Description,Qty,Delivered Qty,Qty to Deliver,"
    "Billed Qty,Qty to Bill,Amount,Billed Amount,Pending Amount,Amount Delivered,Delivery Date,"
    "Delay (in Days),Time Taken to Deliver,Warehouse,Company"
)
PURCHASES = (
    "Date,Required By,Purchase Order,Status,Supplier,Item Code,Qty,Received Qty,Pending Qty,"
    "Billed Qty,Qty to Bill,Amount,Billed Amount,Pending Amount,Received Qty Amount,Warehouse,"
    "Company"
)
PROJECTED = (
    "Item Code,Item Name,Description,Item Group,Brand,Warehouse,UOM,Actual Qty,Planned Qty,"
    "Requested Qty,Ordered Qty,Reserved Qty,Reserved for Production,Reserved for Production Plan,"
    "Reserved for Sub Contracting,Reserved for POS Transactions,Projected Qty,Reorder Level,"
    "Reorder Qty,Shortage Qty"
)
BALANCE = (
    "Item,Item Name,Item Group,Warehouse,Stock UOM,Balance Qty,Balance Value,Opening Qty,"
    "Opening Value,In Qty,In Value,Out Qty,Out Value,Valuation Rate,Reserved Stock,Company"
)
LISTED = (
    "ID,Customer,Date,Status,Currency,Delivery Date,ID (Items),Item Code (Items),"
    "Quantity (Items),Delivered Qty (Items),Rate (Items)"
)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with database(tmp_path) as connection:
        yield connection


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        (ANALYSIS, "sales_order_analysis"),
        (ANALYSIS.replace("Item Code,Description,", ""), "sales_order_analysis_grouped"),
        (PURCHASES, "purchase_order_analysis"),
        (PURCHASES.replace("Item Code,", ""), "purchase_order_analysis_grouped"),
        (PROJECTED, "stock_projected_qty"),
        (BALANCE, "stock_balance"),
        (LISTED, "sales_orders"),
        ("Sr," + LISTED, "sales_orders"),
    ],
)
def test_headers_are_recognised_without_naming_the_system(
    tmp_path: Path, header: str, layout: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"{header}\n", "utf-8")
    match = recognise(read(path, tmp_path)[0])
    assert (match.profile.name, match.layout.id) == ("erpnext", layout)


def test_a_report_as_workbook_keeps_its_dates_below_its_filters(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "Sales Order Analysis.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Query Report")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["Company", "Aster Tools"])
        sheet.write_row(1, 0, ["From Date", "2026-01-01"])
        sheet.write_row(3, 0, ANALYSIS.split(","))
        sheet.write(4, 0, date(2026, 4, 1), day)
        sheet.write_row(4, 1, ["SO-1", "To Deliver", "Kestrel", "DRILL", "", 3, 1, 2, 0, 3, 30])
        sheet.write(4, 15, date(2026, 5, 20), day)
        sheet.write_row(5, 0, ["", "", "", "", "", "", 3, 1, 2, 0, 3, 30])
    (loaded,) = load(con, [path], LoadOptions()).loads
    assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_refused) == (2, 1, 1)
    assert rows(
        con,
        "select order_date, requested_date, ordered_qty, shipped_qty, unit_price"
        " from contract.sales_order_lines",
    ) == [(date(2026, 4, 1), date(2026, 5, 20), 3, 1, 10)]


def test_what_is_open_follows_from_status_and_quantity(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    expected = {
        "To Deliver and Bill": ("partially_shipped", None),
        "To Deliver": ("partially_shipped", None),
        "Overdue": ("partially_shipped", None),
        "On Hold": ("on_hold", None),
        "To Bill": ("shipped", 3),
        "Completed": ("shipped", 3),
        "Closed": ("cancelled", 3),
        "Stopped": ("cancelled", 3),
        "Cancelled": ("cancelled", 3),
    }
    records = [f"{s},Kestrel,2026-04-01,{s},EUR,2026-05-20,r1,DRILL,5,2,9" for s in expected]
    load_text(con, tmp_path / "Sales Order.csv", "\n".join([LISTED, *records]))
    found = rows(con, "select order_id, line_status, cancelled_qty from contract.sales_order_lines")
    assert {order: tuple(line) for order, *line in found} == expected


def test_an_export_in_another_language_is_not_guessed_at(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "Kundenauftrag.csv"
    path.write_text("ID,Kunde,Datum,Artikelnummer (Artikel),Menge (Artikel)\n", "utf-8")
    with pytest.raises(InputError, match=r"matches no table|no header of a known layout"):
        load(con, [path], LoadOptions())


def template(records: Sequence[Sequence[str]]) -> str:
    """A Data Export file without the import notes: names, then what is to be known of them."""
    order = ["name", "customer", "transaction_date", "delivery_date", "status"]
    item = ["name", "item_code", "qty", "delivered_qty"]
    blanks = [""] * 3
    heads = [
        [""],
        ["DocType:", "Sales Order", *blanks, "", "~", "Sales Order Item", "items", "", ""],
        [
            "Column Labels:",
            "ID",
            "Customer",
            "Date",
            "Due",
            "Status",
            "",
            "ID",
            "Item",
            "Qty",
            "Gone",
        ],
        ["Column Name:", *order, "~", *item],
        ["Mandatory:", *["Yes"] * 5, "", *["Yes"] * 4],
        ["Type:", *["Data"] * 5, "", *["Data"] * 4],
        ["Info:", *[""] * 5, "", *[""] * 4],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([*heads, *records])
    return text.getvalue()


def test_dates_of_the_older_template_are_never_guessed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Its dates are in the user's format: where no day proves the order, the user must say."""
    content = template(
        [["", '"SO-1"', "Kestrel", "04-05-2026", "", "To Deliver", "", '"r1"', "DRILL", "5", "2"]]
    )
    path = tmp_path / "Sales Order.csv"
    path.write_bytes(content.encode())
    with pytest.raises(InputError, match="cannot tell day from month"):
        load(con, [path], LoadOptions())
    with database(tmp_path) as other:
        loaded = load_text(other, path, content, date_format="day-first")
        assert (loaded.rows_in, loaded.rows_loaded, loaded.rows_refused) == (6, 1, 5)
        assert rows(
            other, "select order_id, line_id, order_date from contract.sales_order_lines"
        ) == [("SO-1", "r1", date(2026, 5, 4))]


def test_the_older_template_with_its_notes_as_workbook(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    record = ["", '"SO-1"', "Kestrel", "2026-05-04", "2026-06-01", "To Deliver", ""]
    heads = list(csv.reader(io.StringIO(template([[*record, '"r1"', "DRILL", "5", "2"]]))))
    notes = [["Data Import Template"], ["Table:", "Sales Order"], ["Notes:"], ["Do not change"]]
    path = tmp_path / "Sales Order.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data Import Template")
        for number, cells in enumerate([*notes, *heads]):
            sheet.write_row(number, 0, cells)
    (loaded,) = load(con, [path], LoadOptions()).loads
    assert (loaded.rows_in, loaded.rows_loaded) == (6, 1)
    assert rows(
        con, "select order_id, requested_date, ordered_qty from contract.sales_order_lines"
    ) == [("SO-1", date(2026, 6, 1), 5)]
