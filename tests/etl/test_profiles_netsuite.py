"""NetSuite: searches that lack what tells what is open, and dates in the user's order."""

from pathlib import Path

import pytest

from etl.errors import InputError
from tests.etl.loading import database, load_text, rows

HEAD = "Date,Document Number,Name,Status,Item,Quantity,Quantity Fulfilled/Received"


def test_a_search_without_committed_quantity_says_what_to_add(tmp_path: Path) -> None:
    text = f"{HEAD},Ship Date\n5/14/2026,SO1,Kite Club,Pending Fulfillment,A,1,0,6/1/2026\n"
    with pytest.raises(InputError, match=r"netsuite .*, which lacks quantity_committed"):
        load_text(database(tmp_path), tmp_path / "search.csv", text)


def test_dates_that_fit_both_orders_are_asked_for(tmp_path: Path) -> None:
    text = f"{HEAD},Quantity Committed\n5/4/2026,SO1,Kite Club,Pending Fulfillment,A,1,0,0\n"
    with pytest.raises(InputError, match="cannot tell day from month"):
        load_text(database(tmp_path), tmp_path / "search.csv", text)
    con = database(tmp_path)
    load_text(con, tmp_path / "search.csv", text, date_format="month-first")
    assert rows(con, "select order_date::varchar from contract.sales_order_lines") == [
        ("2026-05-04",)
    ]


@pytest.mark.parametrize(
    ("columns", "cells", "promised"),
    [
        ("Expected Receipt Date", "2026-06-01", "2026-06-01"),
        ("Due Date/Receive By", "2026-06-02", "2026-06-02"),
        ("Due Date/Receive By,Expected Receipt Date", "2026-06-02,2026-06-01", "2026-06-01"),
        ("Due Date/Receive By,Expected Receipt Date", "2026-06-02,", "2026-06-02"),
    ],
)
def test_a_purchase_search_has_one_date_of_receipt_or_two(
    tmp_path: Path, columns: str, cells: str, promised: str
) -> None:
    text = f"{HEAD},{columns}\n2026-05-14,PO1,Canvas Works,Pending Receipt,A,1,0,{cells}\n"
    con = database(tmp_path)
    load_text(con, tmp_path / "search.csv", text)
    assert rows(con, "select promised_date::varchar from contract.purchase_order_lines") == [
        (promised,)
    ]
