"""A user's own profile: what it may say, how one is proposed, and how a broken one is reported."""

from pathlib import Path
from typing import Any

import pytest

from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.profiles import parse
from etl.propose import propose
from tests.etl.loading import database, rows

ORDERS = """
title = "Test shop"
[[file]]
id = "orders"
require = ["no", "day", "sku", "qty"]
optional = ["who"]
parent = "no"
fill = ["day", "who"]
[[table]]
into = "sales_order_lines"
from = "orders"
[table.columns]
order_id = "no"
order_date = "day"
item_id = "sku"
ordered_qty = "qty"
customer_id = "who"
"""
STOCK = """
title = "Test shop"
[[file]]
id = "stock"
require = ["sku", "title", "colour"]
without = ["price"]
rest = true
[[table]]
into = "inventory_balances"
from = "stock"
sql = "stock.sql"
[table.columns]
item_id = "sku"
location_id = "place"
on_hand_qty = "qty"
[table.refuse]
"not stocked there" = "qty = 'not stocked'"
"""
STOCK_SQL = """
select _row, sku, one.header as place, one.cell as qty
from (select _row, sku, unnest(_rest) as one from given)
"""


def loaded(folder: Path, profile: str, text: str, **beside: str) -> Any:
    """A database with one file loaded by a profile of our own."""
    (folder / "shop.toml").write_text(profile)
    for name, content in beside.items():
        (folder / f"{name}.sql").write_text(content)
    (folder / "given.csv").write_text(text)
    con = database(folder)
    load(con, [folder / "given.csv"], LoadOptions(profiles=(parse(folder / "shop.toml"),)))
    return con


LINES = "select order_id, line_id, order_date::varchar, customer_id, item_id, ordered_qty::int"


def test_cells_left_blank_below_the_first_line_are_filled(tmp_path: Path) -> None:
    con = loaded(
        tmp_path,
        ORDERS,
        "no,day,who,sku,qty\n"
        "A,2026-05-01,Kim,mug,1\n"
        ",,,jar,2\n"
        ",2026-05-03,,pot,3\n"  # what a line says itself counts
        "B,2026-05-02,,mug,4\n"  # another order: nothing of A reaches it
        ",,,,\n",
    )
    assert rows(con, f"{LINES} from contract.sales_order_lines order by all") == [
        ("A", "1", "2026-05-01", "Kim", "mug", 1),
        ("A", "2", "2026-05-01", "Kim", "jar", 2),
        ("A", "3", "2026-05-03", "Kim", "pot", 3),
        ("B", "1", "2026-05-02", None, "mug", 4),
    ]
    assert rows(con, "select source_row, reason from quality.rejected_rows") == [
        (5, "an empty row")
    ]


def test_a_repeated_key_fills_in_whatever_order_the_rows_come(tmp_path: Path) -> None:
    con = loaded(
        tmp_path,
        ORDERS,
        "no,day,who,sku,qty\nA,,,jar,2\nB,2026-05-02,Bo,mug,4\nA,2026-05-01,Kim,mug,1\n",
    )
    assert rows(con, f"{LINES} from contract.sales_order_lines order by all") == [
        ("A", "1", "2026-05-01", "Kim", "jar", 2),
        ("A", "2", "2026-05-01", "Kim", "mug", 1),
        ("B", "1", "2026-05-02", "Bo", "mug", 4),
    ]


def test_a_line_of_no_document_an_empty_row_and_the_header_again_are_refused(
    tmp_path: Path,
) -> None:
    con = loaded(
        tmp_path,
        ORDERS,
        "no,day,who,sku,qty\n,,,jar,2\n,,,,\nA,2026-05-01,Kim,mug,1\nno,day,who,sku,qty\n",
    )
    assert rows(
        con, "select source_row, reason, row_text from quality.rejected_rows order by 1"
    ) == [
        (1, "no row above it names the document it belongs to", " |  |  | jar | 2"),
        (2, "an empty row", " |  |  |  | "),
        (4, "the header row again", "no | day | who | sku | qty"),
    ]
    assert rows(con, "select count(*) from contract.sales_order_lines") == [(1,)]


def test_columns_named_after_places_become_rows(tmp_path: Path) -> None:
    con = loaded(
        tmp_path,
        STOCK,
        "sku,title,colour,Main Shop,Depot\nM1,Mug,red,5,not stocked\nM2,Mug,blue,-1,7\n",
        stock=STOCK_SQL,
    )
    assert rows(
        con,
        "select item_id, location_id, on_hand_qty::int, source_row"
        " from contract.inventory_balances order by all",
    ) == [("M1", "Main Shop", 5, 1), ("M2", "Depot", 7, 2), ("M2", "Main Shop", -1, 2)]
    assert rows(con, "select rows_in, rows_loaded, rows_refused from quality.loads") == [(2, 2, 0)]
    assert rows(con, "select source_row, reason from quality.rejected_rows") == [
        (1, "not stocked there")
    ]


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("SKU,Title,Colour,Depot", True),
        ("sku,title,colour,Depot,Price", False),  # never has a price
        ("sku,title,colour", False),  # names no place
        ("sku,title,Depot", False),  # lacks the colour
    ],
)
def test_a_layout_is_known_by_what_it_has_and_never_has(
    tmp_path: Path, header: str, fits: bool
) -> None:
    (tmp_path / "shop.toml").write_text(STOCK)
    (tmp_path / "stock.sql").write_text(STOCK_SQL)
    (layout,) = parse(tmp_path / "shop.toml").layouts
    assert layout.fits(header.split(",")) is fits


@pytest.mark.parametrize(
    ("old", "new", "what", "remedy"),
    [
        ('fill = ["day"', 'fil = ["day"', "unknown key 'fil'", "The nearest valid key is 'fill'"),
        ('fill = ["day"', 'fill = ["dai"', "no column 'dai'", "The nearest is 'day'"),
        ('into = "sales_order_lines"', 'into = "sales_lines"', "no table 'sales_lines'", "sales_"),
        ("order_id =", "orderid =", "unknown key 'orderid'", "The nearest valid key is 'order_id'"),
        ('from = "orders"', 'from = "order"', "no file of the profile has the id", "'orders'"),
        ("[table.columns]", "[table.columns", "not valid TOML", "Mend that line"),
    ],
)
def test_a_broken_profile_names_the_place_and_the_nearest_key(
    tmp_path: Path, old: str, new: str, what: str, remedy: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ORDERS.replace(old, new))
    with pytest.raises(InputError) as caught:
        parse(path)
    assert what in caught.value.what
    assert caught.value.where.startswith("mine.toml")
    assert remedy in caught.value.remedy


def test_a_number_that_a_rule_cannot_calculate_with_is_an_error_of_the_file(
    tmp_path: Path,
) -> None:
    rule = "cast(cast(qty as double) as decimal(18, 4))"
    profile = ORDERS.replace('ordered_qty = "qty"', f'ordered_qty = "{rule}"')
    with pytest.raises(InputError, match=r"cannot be calculated with: .*inf.*given.csv"):
        loaded(tmp_path, profile, "no,day,who,sku,qty\nA,2026-05-01,Kim,mug,-inf\n")


UNKNOWN = """Orders of the week;;;;;;;;
Order no;Pos;Order day;Article number;Qty ordered;Qty delivered;Customer no;State;Remark
A-001;10;05.05.2026;0471;12;4;K1;Open;x
A-001;20;05.05.2026;4712;1;0;K1;Part shipped;
A-002;10;15.05.2026;0471;3,5;0;K2;Cancelled;
"""


def test_a_proposal_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "orders_2026-05.csv"
    path.write_text(UNKNOWN)
    found = propose(path)
    assert (found.name, found.into, found.missing, found.fault) == (
        "orders",
        "sales_order_lines",
        (),
        "",
    )
    assert "# not used: Remark" in found.toml
    first = dict(zip(found.columns, found.rows[0], strict=True))
    assert {name: str(first[name]) for name in ("order_id", "line_id", "item_id")} == {
        "order_id": "A-001",
        "line_id": "10",
        "item_id": "0471",
    }
    assert [str(row[found.columns.index("line_status")]) for row in found.rows] == [
        "open",
        "partially_shipped",
        "cancelled",
    ]
    (tmp_path / "mine.toml").write_text(found.toml)
    con = database(tmp_path)
    load(con, [path], LoadOptions(profiles=(parse(tmp_path / "mine.toml"),)))
    assert rows(con, "select source_system, tables, rows_in, rows_loaded from quality.loads") == [
        ("mine", "sales_order_lines", 3, 3)
    ]


def test_a_proposal_says_what_it_did_not_find(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("Artikel,Lager\nM1,5\n")
    found = propose(path, into="inventory_balances")
    assert found.missing
    for column in found.missing:
        assert f"# NEEDED and not found: {column} = " in found.toml
    assert found.rows == ()


def test_a_table_that_is_none_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"no table 'balances'.*inventory_balances"):
        propose(path, into="balances")
