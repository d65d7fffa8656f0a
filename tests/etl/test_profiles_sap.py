"""SAP: files as its users save them, through the whole loader."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from etl.errors import InputError
from etl.load import load
from tests.etl.loading import database, load_text, rows

ME2N = (
    "Purchasing Document\tItem\tDocument Date\tVendor/supplying plant\tMaterial\tOrder Quantity"
    "\tStill to be delivered (qty)\tDeliv.Date\n"
)
LINES = "select item_id, ordered_qty, received_qty, order_date from contract.purchase_order_lines"
STOCK = "select item_id, on_hand_qty, unavailable_qty from contract.inventory_balances order by all"


def test_utf16_text_with_tabs_and_a_minus_behind(tmp_path: Path) -> None:
    text = ME2N + "\n4500000001\t10\t02.03.2026\t100 A\t0047\t1.234,500 \t34,500\t03.03.2026\n"
    text += "4500000001\t20\t02.03.2026\t100 A\t0048\t5\t1,5-\t\n"
    con = database(tmp_path)
    one = load_text(con, tmp_path / "list.txt", text.encode("utf-16"))
    assert (one.rows_in, one.rows_loaded) == (2, 2)
    assert rows(con, f"{LINES} order by 1") == [
        ("0047", Decimal("1234.5"), 1200, date(2026, 3, 2)),
        ("0048", 5, Decimal("6.5"), date(2026, 3, 2)),
    ]


def test_quantities_that_fit_both_marks_are_asked_for(tmp_path: Path) -> None:
    text = ME2N + "4500000001\t10\t02.03.2026\t100 A\t0047\t100,000\t40,000\t03.03.2026\n"
    with pytest.raises(InputError, match="cannot tell whether 100,000 has decimals"):
        load_text(database(tmp_path), tmp_path / "list.txt", text)
    con = database(tmp_path)
    load_text(con, tmp_path / "list.txt", text, decimal=",")
    assert rows(con, LINES) == [("0047", 100, 60, date(2026, 3, 2))]


def test_a_spreadsheet_with_typed_cells(tmp_path: Path) -> None:
    header = ["Purchasing Document", "Item", "Document Date", "Supplier/Supplying Plant"]
    header += ["Material", "Order Quantity", "Still to be delivered (qty)", "Net Price"]
    cells = ["4500000001", "10", date(2026, 3, 2), "100  A", 4711, 1.5, 0.25, 12]
    with xlsxwriter.Workbook(
        tmp_path / "EXPORT.XLSX", {"default_date_format": "dd.mm.yyyy"}
    ) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, cells)
    con = database(tmp_path)
    load(con, [tmp_path / "EXPORT.XLSX"])
    assert rows(con, LINES) == [("4711", Decimal("1.5"), Decimal("1.25"), date(2026, 3, 2))]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Material,Plant,Unrestricted,Blocked", "A,1000,10,4"),
        ("Material,Plnt,SLoc,BUn,Unrestricted,Restricted-Use,Blocked", "A,1000,1,PC,10,1,3"),
        ("Material,Storage Location,Unrestricted,Quality Inspection", "A,0001,10,4"),
        ("Centro,Material,Utilização livre,Bloqueado", "1000,A,10,4"),
    ],
)
def test_trimmed_stock_lists_count_blocked_stock_as_there_and_unusable(
    tmp_path: Path, header: str, cells: str
) -> None:
    con = database(tmp_path)
    load_text(con, tmp_path / "stock.csv", f"{header}\n{cells}\n", as_of=date(2026, 5, 24))
    assert rows(con, STOCK) == [("A", 14, 4)]


def test_stock_without_any_other_kind_says_nothing_of_what_is_unusable(tmp_path: Path) -> None:
    con = database(tmp_path)
    load_text(con, tmp_path / "stock.csv", "Material,Plant,Unrestricted\nA,1000,10\n")
    assert rows(con, STOCK) == [("A", 10, None)]


def test_trimmed_purchase_lists_are_sap(tmp_path: Path) -> None:
    header = "Purch.Doc.,Item,Document Date,Vendor,Material,Order Quantity,"
    header += "Still to be delivered (qty)\n"
    con = database(tmp_path)
    load_text(con, tmp_path / "po.csv", f"{header}4500000001,10,2026-03-02,100  Acme,A,5,2\n")
    assert rows(
        con,
        "select source_system, supplier_id, line_id, received_qty, status"
        " from contract.purchase_order_lines",
    ) == [("sap", "100", "10", 3, "partially_received")]
