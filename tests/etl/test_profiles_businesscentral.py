"""Business Central: the traps that need a workbook or several loads."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from etl.errors import InputError
from etl.load import LoadOptions, load
from tests.etl.loading import database, rows

AS_OF = LoadOptions(as_of=date(2026, 5, 15))
BACK_ORDERS = (
    "ItemFilter,SalesLineFilter,No_Item,Description_Item,DocumentNo_SalesLine,CustName_SalesLine,"
    "CustPhoneNo_SalesLine,ShipmentDate_SalesLine,Quantity_SalesLine,OutstandingQty_SalesLine,"
    "OtherBackOrders_SalesLine"
)
PURCHASES = (
    "CompanyName,ItemTableCaptItemFilter,PurchaseLineFilter,ItemNo,Description_Item,"
    "OutstandingAmt_PurchLine,VariantFilter_Item,LocationFilter_Item,GlobalDim1Filter_Item,"
    "GlobalDim2Filter_Item,ItemBinFilter,DocumentNo_PurchaseLine,PattoName_PurchaseLine,"
    "ExpReceiptDt_PurchaseLine,Quantity_PurchaseLine,OutStandingQty_PurchLine,BackOrderQty,"
    "DirectUnitCost_PurchLine,LineDiscount_PurchaseLine,InvDiscountAmt_PurchLine,"
    "OutstandingAmt1_PurchLine,Description1_Item,Totals_OutstandingAmount"
)
SALES_LINES = (
    "Document Type,Document No.,Sell-to Customer No.,Type,No.,Quantity,Shipment Date,"
    "Outstanding Quantity\n"
)


def report(path: Path, header: str, records: list[dict[str, Any]]) -> Path:
    """An Excel report as Business Central writes it: a laid-out sheet, and the sheet Data."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        printed = book.add_worksheet("Report")
        printed.write_row(0, 0, ["A report for people"])
        printed.write_row(2, 0, ["Item", "Amount"])
        data = book.add_worksheet("Data")
        names = header.split(",")
        data.write_row(0, 0, names)
        for row, record in enumerate(records, start=1):
            assert set(record) <= set(names)
            data.write_row(row, 0, [record.get(name) for name in names])
    return path


def back_orders(path: Path) -> Path:
    line = {
        "No_Item": "T-100",
        "DocumentNo_SalesLine": "S-ORD1001",
        "CustName_SalesLine": "Harbour Outfitters",
        "CustPhoneNo_SalesLine": "555-0142",
        "ShipmentDate_SalesLine": date(2026, 5, 4),
        "Quantity_SalesLine": 10,
        "OutstandingQty_SalesLine": 6.5,
    }
    other = {**line, "Quantity_SalesLine": 2, "OutstandingQty_SalesLine": 2}
    return report(path, BACK_ORDERS, [line, other])


def test_the_data_sheet_of_the_back_order_report_gives_late_lines(tmp_path: Path) -> None:
    con = database(tmp_path)
    done = load(con, [back_orders(tmp_path / "Back Orders.xlsx")], AS_OF)
    day = date(2026, 5, 4)
    assert rows(
        con,
        "select line_id, order_date, item_id, ordered_qty, shipped_qty, customer_id,"
        " promised_date, line_status from contract.sales_order_lines order by line_id",
    ) == [
        ("T-100", day, "T-100", 10, 3.5, "Harbour Outfitters", day, "partially_shipped"),
        ("T-100 / 2", day, "T-100", 2, 0, "Harbour Outfitters", day, "open"),
    ]
    assert [one.source_file for one in done.loads] == ["Back Orders.xlsx[Data]"]
    assert any("[Report]: sheet passed over" in note for note in done.notes)


def test_the_report_leaves_an_order_to_sales_lines(tmp_path: Path) -> None:
    con = database(tmp_path)
    lines = tmp_path / "lines.csv"
    lines.write_text(SALES_LINES + "Order,S-ORD1001,20000,Item,T-100,10,2026-05-04,6\n")
    load(con, [back_orders(tmp_path / "Back Orders.xlsx"), lines], AS_OF)
    assert rows(con, "select customer_id, shipped_qty from contract.sales_order_lines") == [
        ("20000", 4)
    ]
    assert rows(
        con,
        "select distinct reason, contains(row_text, 'T-100'), contains(row_text, '0142')"
        " from quality.rejected_rows",
    ) == [("Sales Lines has this order", True, False)]


def test_a_list_of_late_lines_meets_the_same_lines_of_the_whole_list(tmp_path: Path) -> None:
    con = database(tmp_path)
    for name, text in {
        "all.csv": "Order,S-1,20000,Item,A,5,2026-05-04,5\nOrder,S-1,20000,Item,B,7,2026-06-04,7\n",
        "late.csv": "Order,S-1,20000,Item,B,7,2026-05-05,3\n",
    }.items():
        (tmp_path / name).write_text(SALES_LINES + text)
        load(con, [tmp_path / name], AS_OF)
    assert rows(con, "select item_id, shipped_qty from contract.sales_order_lines order by 1") == [
        ("A", 0),
        ("B", 4),
    ]


def test_the_data_sheet_of_the_purchase_report_gives_lines(tmp_path: Path) -> None:
    con = database(tmp_path)
    line = {
        "CompanyName": "CRONUS",
        "ItemNo": "T-100",
        "DocumentNo_PurchaseLine": "P-ORD501",
        "PattoName_PurchaseLine": "Canvas Works",
        "ExpReceiptDt_PurchaseLine": date(2026, 6, 9),
        "Quantity_PurchaseLine": 40,
        "OutStandingQty_PurchLine": 15,
        "DirectUnitCost_PurchLine": 150.25,
    }
    load(con, [report(tmp_path / "Purchases.xlsx", PURCHASES, [line])], AS_OF)
    assert rows(
        con,
        "select po_id, line_id, supplier_id, order_date, ordered_qty, received_qty,"
        " promised_date, unit_price::varchar, status from contract.purchase_order_lines",
    ) == [
        (
            *("P-ORD501", "T-100", "Canvas Works", date(2026, 5, 15), 40, 25),
            *(date(2026, 6, 9), "150.250000", "partially_received"),
        )
    ]


def test_a_vendor_catalog_without_its_item_column_says_what_to_show(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.csv"
    catalog.write_text(
        "Variant Code,Vendor No.,Vendor Item No.,Lead Time Calculation\n,50000,CW-1,2W\n"
    )
    with pytest.raises(InputError, match="item_vendor_catalog, which lacks item_no"):
        load(database(tmp_path), [catalog])
