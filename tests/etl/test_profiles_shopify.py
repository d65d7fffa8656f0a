"""Shopify's exports: what the text cases of tests/etl/profiles/shopify cannot say."""

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.profiles import CONTRACT, recognise
from etl.read import read
from sql.models import build, create_recorded

CASES = Path(__file__).parent / "profiles" / "shopify"
LINES = (
    "order_id, order_date, item_id, ordered_qty, shipped_qty, cancelled_qty, line_status,"
    " unit_price, discount_amount, currency, shipped_date, location_id, customer_id, hold_reason"
)
NEEDED = (
    "Name",
    "Created at",
    "Financial Status",
    "Fulfillment Status",
    "Cancelled at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem fulfillment status",
)
Rows = Sequence[Mapping[str, str]]


class Shop:
    """A database, a folder for exports of our own, and short ways to load and ask."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder = folder
        self.con = duckdb.connect(database, config={"threads": 1})

    def load(self, *paths: Path, as_of: date | None = date(2026, 5, 31)) -> None:
        load(self.con, paths, LoadOptions(as_of=as_of))

    def load_rows(self, rows: Rows, columns: Sequence[str] = (), **options: Any) -> None:
        self.load(write(self.folder / "orders_export.csv", rows, columns), **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def lines(self) -> list[tuple[Any, ...]]:
        return self.rows(f"select {LINES} from contract.sales_order_lines order by all")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "empty.duckdb"
    with duckdb.connect(path, config={"threads": 1}) as con:
        create_recorded(con)
    return path


@pytest.fixture
def shop(empty: Path, tmp_path: Path) -> Iterator[Shop]:
    one = Shop(tmp_path, Path(shutil.copy(empty, tmp_path)))
    yield one
    one.con.close()


@pytest.fixture(scope="module")
def exported() -> Rows:
    with (CASES / "orders" / "orders_export_1.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def open_shop(
    empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Shop]]:
    """Opens a shop that several tests ask, with nothing loaded yet."""
    shops: list[Shop] = []

    def open_one() -> Shop:
        folder = tmp_path_factory.mktemp("shared")
        shops.append(Shop(folder, Path(shutil.copy(empty, folder))))
        return shops[-1]

    yield open_one
    for one in shops:
        one.con.close()


@pytest.fixture(scope="module")
def as_exported(open_shop: Callable[[], Shop], exported: Rows) -> Shop:
    """The export with its rows as Shopify orders them."""
    one = open_shop()
    one.load_rows(exported)
    return one


def write(path: Path, rows: Rows, columns: Sequence[str] = ()) -> Path:
    header = list(columns or rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def order(name: str, *lines: tuple[int, str, str], **cells: str) -> list[dict[str, str]]:
    """An unfulfilled order: lines of quantity, SKU and price; `cells` of its first row."""
    rows = [
        {
            "Name": name,
            "Created at": "2026-05-01 10:00:00 +0100",
            "Lineitem quantity": str(quantity),
            "Lineitem name": f"{sku}, by name",
            "Lineitem sku": sku,
            "Lineitem price": price,
            "Lineitem fulfillment status": "pending",
        }
        for quantity, sku, price in lines
    ]
    rows[0] |= {"Financial Status": "paid", "Fulfillment Status": "unfulfilled", "Currency": "GBP"}
    rows[0] |= {name.replace("_", " "): cell for name, cell in cells.items()}
    columns = [*dict.fromkeys(column for row in rows for column in row), "Cancelled at"]
    return [{column: row.get(column, "") for column in columns} for row in rows]


# Orders ------------------------------------------------------------------------------------------


def test_a_sorted_export_gives_the_same_lines(
    shop: Shop, exported: Rows, as_exported: Shop
) -> None:
    shop.load_rows(sorted(exported, key=lambda row: row["Lineitem price"], reverse=True))
    assert shop.lines() == as_exported.lines()


def test_columns_are_found_by_name_whatever_their_place_and_case(
    shop: Shop, exported: Rows, as_exported: Shop
) -> None:
    rows = [{name.upper(): cell for name, cell in reversed(row.items())} for row in exported]
    shop.load_rows([row for row in rows if row["NAME"] != "Name"])
    assert shop.lines() == as_exported.lines()


def test_the_columns_of_the_open_line_rule_are_enough(
    shop: Shop, exported: Rows, as_exported: Shop
) -> None:
    shop.load_rows(exported, NEEDED)
    states = shop.rows(
        "select order_id, line_status, ordered_qty from contract.sales_order_lines"
        " where item_id <> 'title:Gift wrap' order by all"
    )
    assert states == sorted((line[0], line[6], line[3]) for line in as_exported.lines())


@pytest.mark.parametrize("column", ["Cancelled at", "Financial Status", "Fulfillment Status"])
def test_without_a_column_of_the_rule_cancelled_orders_are_not_taken_for_open_ones(
    shop: Shop, exported: Rows, column: str
) -> None:
    with pytest.raises(InputError, match=rf"shopify orders, which lacks {column}"):
        shop.load_rows(exported, [name for name in exported[0] if name != column])


def test_an_order_that_an_edit_made_shorter_is_replaced_as_a_whole(shop: Shop) -> None:
    shop.load_rows(order("#1", (1, "A", "1.00"), (2, "B", "1.00"), (3, "C", "1.00")))
    shop.load_rows(order("#1", (3, "C", "1.00")), as_of=date(2026, 6, 1))
    assert shop.rows("select item_id, ordered_qty from contract.sales_order_lines") == [("C", 3)]


@pytest.fixture(scope="module")
def ledger(open_shop: Callable[[], Shop]) -> Shop:
    """Orders that differ in what was paid, by whom, and in their discount."""
    line = (1, "A", "10.00")
    paid = {
        "Paid_at": "2026-05-01 10:00:09 +0100",
        "Total": "10.00",
        "Refunded_Amount": "0.00",
        "Outstanding_Balance": "0.00",
    }
    thirds = [(1, "A", "10.00"), (1, "B", "10.00"), (2, "C", "5.00")]
    orders = [
        order("paid", line, **paid, Email="Ada@Example.org"),
        order("never captured", line, **(paid | {"Outstanding_Balance": "10.00"})),
        order("balance unknown", line, **(paid | {"Outstanding_Balance": ""})),
        order("refunded", line, **(paid | {"Refunded_Amount": "4.00"}), Email=" ada@example.org"),
        order("no day", line, **(paid | {"Paid_at": ""}), Email="ben@example.org"),
        order("free", line, **(paid | {"Total": "0.00"}), Discount_Amount="a tenth"),
        order("pending", line, **(paid | {"Financial_Status": "pending"})),
        order("thirds", *thirds, Discount_Amount="10.00"),
        order("thirds, sorted", *thirds, Discount_Amount="10.00"),
    ]
    rows = [row for one in orders[:-1] for row in one] + orders[-1][::-1]
    columns = dict.fromkeys(column for row in rows for column in row)
    one = open_shop()
    one.load_rows(rows, [*columns])
    return one


def test_money_counts_as_paid_only_where_nothing_contradicts_it(ledger: Shop) -> None:
    assert ledger.rows("select order_id, amount, paid_on from contract.payments") == [
        ("paid", 10, date(2026, 5, 1))
    ]


def test_customers_are_told_apart_without_naming_them(ledger: Shop) -> None:
    ids = dict(ledger.rows("select order_id, customer_id from contract.sales_order_lines"))
    assert ids["paid"] == ids["refunded"] != ids["no day"]
    assert ids["free"] is None
    assert len(ids["paid"]) == len(ids["no day"]) == 16


def test_the_cents_of_an_order_discount_add_up_in_any_order_of_rows(ledger: Shop) -> None:
    spread, sorted_spread = (
        ledger.rows(
            "select item_id, discount_amount from contract.sales_order_lines"
            f" where order_id = '{name}' order by all"
        )
        for name in ("thirds", "thirds, sorted")
    )
    assert sum(amount for _, amount in spread) == 10
    assert {float(amount) for _, amount in spread} == {3.33, 3.34}
    assert sorted_spread == spread


def test_a_discount_that_is_no_number_is_refused_with_its_text(ledger: Shop) -> None:
    assert ledger.rows("select column_name, value from quality.rejected_cells") == [
        ("discount_amount", "a tenth")
    ]


def test_nobodys_name_address_or_phone_is_kept(as_exported: Shop) -> None:
    for schema, table in as_exported.rows(
        "select schema_name, table_name from duckdb_tables()"
        " where schema_name in ('contract', 'history', 'quality')"
    ):
        text = str(as_exported.rows(f"select * from {schema}.{table}"))
        assert not any(word in text for word in ("xample.org", "Sampl", "01234", "5550100"))
    refused = as_exported.rows("select row_text from quality.rejected_rows")
    assert refused
    assert all("***" in text for (text,) in refused)


# Inventory and products --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        ("Handle,SKU,Location,Committed (not editable),On hand (current)", "shopify inventory"),
        ("SKU,Handle,Location,Committed,On hand,Available", "shopify inventory"),
        ("Handle,Option1 Value,SKU,Harbour,Mill", "shopify inventory_available"),
        (
            "Variant Inventory Policy,Variant Inventory Tracker,Handle,Variant SKU,Variant Price",
            "shopify products",
        ),
        (
            "URL handle,SKU,Price,Inventory tracker,Continue selling when out of stock",
            "shopify products",
        ),
        (",".join(NEEDED), "shopify orders"),
        ("SKU,Location,Committed,On hand", "contract inventory_balances"),
        ("Handle,Title,Option1 Value,SKU,Price,Cost", "contract items"),
        ("Order,Line,SKU,Quantity,Created at,Lineitem price", "contract sales_order_lines"),
    ],
)
def test_layouts_are_told_by_their_headers(tmp_path: Path, header: str, layout: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(header + "\n", encoding="utf-8")
    [source] = read(path, tmp_path, None)
    match = recognise(source)
    assert f"{match.profile.name} {match.layout.id}" == layout
    assert (
        len(match.bound) == len(header.split(","))
        or match.profile.name == CONTRACT
        or (match.layout.rest)
    )


# What it comes to --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(open_shop: Callable[[], Shop]) -> Shop:
    """Stock of the text case, a gift wrap that is not tracked, and orders of what is committed."""
    one = open_shop()
    committed = [(6, "MUG-1", "1.00"), (2, "LAMP-1", "1.00"), (2, "TRAY-1", "1.00")]
    partial = order("#2", (5, "CUP-1", "8.00"), Fulfillment_Status="partial")
    partial[0]["Lineitem fulfillment status"] = "partial"
    one.load(
        CASES / "inventory" / "inventory_export_1.csv",
        CASES / "products" / "products_export_1.csv",
        CASES / "orders_mostly_not_open" / "orders_export_2.csv",
        write(
            one.folder / "orders_export.csv", order("#1", *committed, (4, "WRAP", "3.00")) + partial
        ),
    )
    build(one.con)
    return one


def test_of_many_pending_lines_few_are_backlog(built: Shop) -> None:
    assert built.rows(
        "select order_id, sum(open_qty) from core.order_lines where open_qty > 0"
        " group by order_id order by order_id"
    ) == [("#1", 14), ("#2", 5), ("#2014", 4)]


def test_shortage_is_what_available_falls_below_zero_and_no_more_than_committed(
    built: Shop,
) -> None:
    """Mug: committed 6, available -3. Tray: 2 and -9. Candle: 0 and -12: nobody waits for one."""
    assert built.rows(
        "select item_id, sum(backordered_qty) from backlog.lines"
        " where order_id = '#1' and item_id <> 'WRAP' group by item_id order by item_id"
    ) == [("LAMP-1", 0), ("MUG-1", 3), ("TRAY-1", 2)]
    assert built.rows("select * from backlog.lines where item_id = 'CAN-1'") == []


def test_what_is_not_tracked_is_never_short(built: Shop) -> None:
    assert built.rows(
        "select open_qty, backordered_qty from backlog.lines where item_id = 'WRAP'"
    ) == [(4, 0)]


def test_what_shipped_of_a_partial_line_is_flagged_as_unknown(built: Shop) -> None:
    assert built.rows(
        "select order_id, line_id, ordered_qty from quality.warn_shipped_unknown"
    ) == [("#2", "1", 5)]
