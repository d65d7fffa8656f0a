"""Profiles: each built-in system on small files of our own, and on real exports where they are."""

import csv
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from etl.errors import InputError
from etl.load import LoadOptions, LoadReport, load
from etl.profiles import CONTRACT, parse, profiles
from sql.models import build

FIXTURES = Path(__file__).parent / "profiles"
AS_OF = date(2024, 6, 1)
CODES_KNOWN = "not used: the profile knows these codes"


class Loaded:
    """A database with the files of one folder in it, and short ways to ask."""

    def __init__(self, *paths: Path, as_of: date | None = AS_OF) -> None:
        self.con = duckdb.connect()
        self.report = self.more(*paths, as_of=as_of)

    def more(self, *paths: Path, as_of: date | None = AS_OF) -> LoadReport:
        return load(self.con, paths, LoadOptions(as_of=as_of))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, decimals as plain numbers and dates as text."""
        return [tuple(_plain(cell) for cell in row) for row in self.con.execute(query).fetchall()]

    def table(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        return self.rows(f"select {columns} from contract.{table} order by all")

    def books(self) -> dict[str, tuple[int, int, int, int]]:
        return {
            one.source_file: (
                one.rows_in,
                one.rows_loaded,
                one.rows_refused,
                one.rows_superseded,
            )
            for one in self.report.loads
        }

    def refused(self, file: str) -> list[tuple[Any, ...]]:
        return self.rows(
            "select source_row, table_name, column_name, value, reason from quality.rejected_rows"
            f" where source_file = '{file}' order by all"
        )

    def cells(self, file: str) -> list[tuple[Any, ...]]:
        return self.rows(
            "select source_row, column_name, value, reason from quality.rejected_cells"
            f" where source_file = '{file}' order by all"
        )


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return float(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def check_books(loaded: Loaded) -> None:
    """Every row of every file is loaded, refused for a stated reason, or superseded."""
    for one in loaded.report.loads:
        accounted = one.rows_loaded + one.rows_refused + one.rows_superseded
        assert one.rows_in == accounted, one
        rows = loaded.rows(
            "select count(distinct source_row), count(*) filter (where trim(reason) = '')"
            f" from quality.rejected_rows where load_id = {one.load_id}"
        )
        assert rows[0][0] >= one.rows_refused, one
        assert rows[0][1] == 0, one


# Northwind --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def northwind() -> Iterator[Loaded]:
    loaded = Loaded(FIXTURES / "northwind")
    yield loaded
    loaded.con.close()


def test_northwind_lines_of_one_joined_file(northwind: Loaded) -> None:
    columns = (
        "order_id, line_id, order_date, ordered_qty, shipped_qty, customer_id, requested_date,"
        " shipped_date, unit_price, discount_amount, line_status"
    )
    day, who, shipped = "2024-01-05", "KILN", ("2024-01-20", "2024-01-09")
    assert northwind.table("sales_order_lines", columns) == [
        ("0501", "10", day, 4, 4, who, *shipped, 12.5, 0, "shipped"),
        ("0501", "11", day, 3, 3, who, *shipped, 3.3333, 1.5, "shipped"),
        ("0502", "10", "2024-02-01", 2, 0, "MOOR", "2024-02-15", None, 12.5, None, "open"),
        ("0503", "12", "2024-02-02", 5, 0, "KILN", None, None, 8, None, "open"),
    ]
    assert northwind.table("sales_order_lines", "distinct item_id = line_id, currency") == [
        (True, None)
    ]


def test_northwind_bad_cells_are_refused_with_what_was_read(northwind: Loaded) -> None:
    assert northwind.refused("orders.csv") == [
        (5, "sales_order_lines", "order_date", "2024-02-30", "not a date; expected YYYY-MM-DD")
    ]
    assert northwind.cells("orders.csv") == [
        (4, "discount_amount", "8 x 5 x some", "not a number with a decimal point")
    ]


def test_northwind_products_are_items_and_stock(northwind: Loaded) -> None:
    assert northwind.table(
        "items", "item_id, item_name, category, default_supplier_id, list_price, reorder_point_qty"
    ) == [
        ("10", "Stoneware mug", "Ceramics", "1", 12.5, 5),
        ("11", "Beeswax candle", "Wax", "1", 3.3333, 10),
        ("12", "Desk fan", None, "2", 8, None),
    ]
    assert northwind.table("inventory_balances", "as_of, item_id, on_hand_qty") == [
        ("2024-06-01", "10", 20),
        ("2024-06-01", "11", -2),
        ("2024-06-01", "12", 0),
    ]
    assert northwind.table("purchase_order_lines", "po_id") == []


def test_northwind_partners(northwind: Loaded) -> None:
    assert northwind.table("customers", "customer_id, customer_name, region") == [
        ("KILN", "Kiln & Sons", "UK"),
        ("MOOR", "Moor Lights", "UK"),
    ]
    assert northwind.table("suppliers", "supplier_id, supplier_name, country") == [
        ("1", "Potters United", "Netherlands"),
        ("2", "Air Movers", "Italy"),
    ]


def test_northwind_books(northwind: Loaded) -> None:
    check_books(northwind)
    assert northwind.books() == {
        "categories.csv": (3, 2, 1, 0),
        "customers.csv": (2, 2, 0, 0),
        "orders.csv": (5, 4, 1, 0),
        "products.csv": (3, 3, 0, 0),
        "suppliers.csv": (2, 2, 0, 0),
    }
    assert northwind.refused("categories.csv") == [
        (3, "", None, None, "nothing in products refers to it")
    ]


HEADERS = "OrderID,CustomerID,OrderDate,RequiredDate,ShippedDate\n"
LINES = "OrderID,ProductID,UnitPrice,Quantity,Discount\n"


def test_northwind_headers_and_lines_in_two_files(tmp_path: Path) -> None:
    header = write(
        tmp_path / "orders.csv",
        HEADERS
        + "1,KILN,2024-01-05,2024-01-20,\n"
        + "1,KILN,2024-01-05,2024-01-20,2024-01-09\n"
        + "2,MOOR,2024-02-01,,\n"
        + "3,MOOR,2024-02-02,,\n",
    )
    lines = write(tmp_path / "lines.csv", LINES + "1,10,2.5,4,0.5\n2,10,2.5,1,0\n7,10,2.5,1,0\n")
    loaded = Loaded(lines, header)
    assert loaded.table(
        "sales_order_lines", "order_id, shipped_qty, discount_amount, line_status"
    ) == [("1", 4, 5, "shipped"), ("2", 0, 0, "open")]
    assert loaded.refused("lines.csv") == [
        (3, "sales_order_lines", None, None, "no header has this order number")
    ]
    assert loaded.refused("orders.csv") == [
        (4, "", None, None, "nothing in order_details refers to it")
    ]
    check_books(loaded)


def test_lines_without_their_header_file_are_an_error(tmp_path: Path) -> None:
    lines = write(tmp_path / "lines.csv", LINES + "1,10,2.5,4,0.5\n")
    with pytest.raises(InputError) as error:
        Loaded(lines)
    assert str(error.value) == (
        "no order_headers file was given, which sales_order_lines needs (profile northwind)."
        " Load the order_headers export together with the order_details export"
    )


def test_an_optional_look_up_may_be_missing() -> None:
    loaded = Loaded(FIXTURES / "northwind" / "products.csv")
    assert loaded.table("items", "item_id, category") == [("10", None), ("11", None), ("12", None)]


def test_a_look_up_alone_is_refused_not_crashed_on() -> None:
    loaded = Loaded(FIXTURES / "northwind" / "categories.csv")
    assert loaded.books() == {"categories.csv": (3, 0, 3, 0)}


def test_a_new_header_file_reloads_the_lines_it_changes(tmp_path: Path) -> None:
    header = write(tmp_path / "orders.csv", HEADERS + "1,KILN,2024-01-05,,\n")
    lines = write(tmp_path / "lines.csv", LINES + "1,10,2.5,4,0\n")
    loaded = Loaded(tmp_path)
    write(header, HEADERS + "1,KILN,2024-01-05,,2024-01-09\n")
    loaded.more(tmp_path)
    assert loaded.table("sales_order_lines", "order_id, line_status") == [("1", "shipped")]
    write(lines, LINES + "1,10,2.5,4,0\n1,11,9,1,0\n")
    loaded.more(tmp_path)
    assert loaded.table("sales_order_lines", "line_id, line_status") == [
        ("10", "shipped"),
        ("11", "shipped"),
    ]
    again = loaded.more(tmp_path)
    assert again.loads == ()
    assert len(again.notes) == 2
    assert loaded.rows(
        "select sum(rows_in - rows_loaded - rows_refused - rows_superseded) from quality.loads"
    ) == [(0,)]


# mywind -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mywind() -> Iterator[Loaded]:
    loaded = Loaded(FIXTURES / "mywind")
    yield loaded
    loaded.con.close()


def test_mywind_lines_ship_with_their_order(mywind: Loaded) -> None:
    columns = (
        "order_id, line_id, order_date, item_id, ordered_qty, shipped_qty, customer_id,"
        " shipped_date, unit_price, discount_amount, line_status, backorder_reason_code"
    )
    day1, day2, day3 = "2024-03-01", "2024-03-02", "2024-03-03"
    assert mywind.table("sales_order_lines", columns) == [
        ("1", "301", day1, "61", 10, 10, "21", "2024-03-05", 4.5, 4.5, "shipped", None),
        ("2", "302", day2, "61", 5, 0, "22", None, 4.5, 0, "open", None),
        ("2", "303", day2, "62", 8, 0, "22", None, 20, 0, "open", None),
        ("3", "304", day3, "62", 6, 0, "21", None, 20, 0, "open", "On Order"),
        ("3", "305", day3, "63", 0, 0, "21", None, 7, 0, "open", "No Stock"),
    ]


def test_mywind_stock_is_what_has_not_left(mywind: Loaded) -> None:
    """Item 61: 30 bought, 10 sold and shipped, 1 wasted; 5 sold but still there."""
    assert mywind.table("inventory_balances", "as_of, item_id, on_hand_qty, allocated_qty") == [
        ("2024-06-01", "61", 19, 5),
        ("2024-06-01", "62", 10, 8),
    ]
    assert mywind.refused("inventory_transactions.csv") == [
        (7, "inventory_balances", None, None, "an unknown transaction type"),
        (8, "inventory_balances", None, None, "not a quantity"),
    ]


def test_mywind_sales_without_orders_count_as_gone() -> None:
    loaded = Loaded(FIXTURES / "mywind" / "inventory_transactions.csv")
    assert loaded.table("inventory_balances", "item_id, on_hand_qty, allocated_qty") == [
        ("61", 14, 0),
        ("62", 10, 8),
    ]


def test_mywind_purchase_orders_keep_the_link_only_while_it_holds(mywind: Loaded) -> None:
    """Line 402 was bought for order 2, which has its goods from stock by now."""
    columns = (
        "po_id, line_id, supplier_id, item_id, order_date, ordered_qty, received_qty,"
        " promised_date, unit_price, status, sales_order_id"
    )
    assert mywind.table("purchase_order_lines", columns) == [
        ("50", "401", "31", "61", "2024-02-10", 30, 30, None, 2, "received", "1"),
        ("50", "402", "31", "62", "2024-02-10", 8, 0, None, 11, "open", None),
        ("51", "403", "32", "62", "2024-03-04", 6, 0, "2024-03-20", 11, "planned", "3"),
        ("52", "404", "32", "63", "2024-01-02", 4, 0, None, 3, "cancelled", None),
    ]
    assert mywind.refused("purchase_order_details.csv") == [
        (5, "purchase_order_lines", None, None, "no header has this purchase order number")
    ]
    assert mywind.table(
        "receipts", "receipt_id, po_id, po_line_id, item_id, received_date, received_qty"
    ) == [("100", "50", "401", "61", "2024-02-20", 30)]


def test_mywind_masters(mywind: Loaded) -> None:
    columns = "item_id, item_name, category, default_supplier_id, unit_cost, min_order_qty"
    assert mywind.table("items", columns) == [
        ("61", "Tea light", "Wax, scented", "32", 2, 12),
        ("62", "Fan heater", "Heaters", "31", 11, None),
        ("63", "Bowl", "Ceramics", "32", 3, 6),
    ]
    assert mywind.table("customers", "customer_id, customer_name, region") == [
        ("21", "Lantern House", "Somerset"),
        ("22", "Warm Rooms", "Yorkshire"),
    ]
    assert mywind.table("suppliers", "supplier_id, supplier_name, country") == [
        ("31", "Spark Works", "France"),
        ("32", "Clay & Wax", "Belgium"),
    ]


def test_mywind_books(mywind: Loaded) -> None:
    check_books(mywind)
    assert mywind.books() == {
        "customers.csv": (2, 2, 0, 0),
        "inventory_transaction_types.csv": (1, 0, 1, 0),
        "inventory_transactions.csv": (8, 2, 2, 4),
        "invoices.csv": (1, 0, 1, 0),
        "order_details.csv": (6, 5, 1, 0),
        "order_details_status.csv": (1, 0, 1, 0),
        "orders.csv": (4, 3, 1, 0),
        "orders_status.csv": (2, 0, 2, 0),
        "products.csv": (3, 3, 0, 0),
        "purchase_order_details.csv": (5, 4, 1, 0),
        "purchase_order_status.csv": (1, 0, 1, 0),
        "purchase_orders.csv": (4, 4, 0, 0),
        "suppliers.csv": (2, 2, 0, 0),
    }
    assert mywind.refused("orders_status.csv") == [
        (1, "", None, None, CODES_KNOWN),
        (2, "", None, None, CODES_KNOWN),
    ]


def test_same_header_needs_a_telling_name(tmp_path: Path) -> None:
    text = (FIXTURES / "mywind" / "customers.csv").read_text(encoding="utf-8")
    with pytest.raises(InputError) as error:
        Loaded(write(tmp_path / "partners.csv", text))
    assert str(error.value) == (
        "the header fits mywind customers and mywind suppliers equally well (partners.csv)."
        " Name the file after one of them, for example customers.csv, or choose with --profile"
    )


# frePPLe ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frepple() -> Iterator[Loaded]:
    loaded = Loaded(FIXTURES / "frepple")
    yield loaded
    loaded.con.close()


def test_frepple_demand_is_dated_no_later_than_the_export(frepple: Loaded) -> None:
    columns = (
        "order_id, line_id, order_date, requested_date, item_id, location_id, ordered_qty,"
        " shipped_qty, line_status, priority"
    )
    lamp = ("lamp", "hall")
    assert frepple.table("sales_order_lines", columns) == [
        ("D1", "1", "2024-06-01", "2024-06-10", *lamp, 7, 0, "open", 1),
        ("D2", "1", "2024-05-20", "2024-05-20", *lamp, 2, 0, "open", 3),
        ("D3", "1", "2024-04-01", "2024-04-01", *lamp, 9, 9, "shipped", 1),
        ("D4", "1", "2024-06-01", "2024-06-02", *lamp, 4, 0, "cancelled", 1),
        ("D8", "1", "2024-05-21", "2024-05-21", "base", "hall", 5, 0, "open", 2),
    ]
    into = "sales_order_lines"
    assert frepple.refused("demand.csv") == [
        (5, into, None, None, "an inquiry or a quote, not an order"),
        (6, into, None, None, "an inquiry or a quote, not an order"),
        (7, into, "order_date", "soon", "not a date; expected YYYY-MM-DD"),
        (9, into, None, None, "a status that frePPLe does not have"),
    ]


def test_frepple_lead_times_are_whole_days(frepple: Loaded) -> None:
    columns = "item_id, supplier_id, lead_time_days, min_order_qty, order_multiple, supplier_rank"
    assert frepple.table("supplier_items", columns) == [
        ("base", "Foundry", 7, 10, 5, 1),
        ("bulb", "Foundry", 2, 1, None, 1),
        ("cable", "Foundry", 7, 1, None, 1),
        ("screw", "Foundry", 7, 1, None, 1),
        ("shade", "Foundry", 2, 1, None, 1),
    ]
    assert frepple.refused("itemsupplier.csv") == [
        (6, "supplier_items", "lead_time_days", "P7D", "not a whole number"),
        (7, "supplier_items", "lead_time_days", None, "lead_time_days is missing"),
    ]


def test_frepple_routings_are_one_recipe(frepple: Loaded) -> None:
    """Screws are used in two steps (4 + 2); a cast makes two bases of 3 iron."""
    columns = "parent_item_id, component_item_id, bom_id, qty_per"
    assert frepple.table("bom_lines", columns) == [
        ("base", "iron", "Cast base", 1.5),
        ("lamp", "base", "Make lamp", 1),
        ("lamp", "screw", "Make lamp", 6),
    ]
    made = "what the operation makes, not a component; used to find the item made"
    lost = "nothing says which item the operation makes: is the operation file there?"
    assert frepple.refused("operationmaterial.csv") == [
        (4, "bom_lines", None, None, made),
        (5, "bom_lines", None, None, made),
        (7, "bom_lines", "qty_per", "few", "not a number with a decimal point"),
        (8, "bom_lines", None, None, lost),
    ]


def test_frepple_orders_of_every_type_in_one_file(frepple: Loaded) -> None:
    columns = "po_id, supplier_id, item_id, order_date, promised_date, ordered_qty, received_qty"
    assert frepple.table("purchase_order_lines", f"{columns}, status") == [
        ("P1", "Foundry", "base", "2024-05-28", "2024-06-04", 40, 0, "open"),
        ("P2", "Foundry", "base", "2024-06-01", "2024-06-09", 20, 0, "planned"),
        ("P3", "Foundry", "base", "2024-05-01", "2024-05-08", 15, 15, "received"),
    ]
    columns = "production_order_id, item_id, location_id, ordered_qty, completed_qty, due_date"
    assert frepple.table("production_orders", f"{columns}, completed_date, status") == [
        ("M1", "lamp", "hall", 6, 0, "2024-06-03", None, "open"),
        ("M3", "base", "hall", 10, 10, "2024-05-02", "2024-05-02", "completed"),
    ]
    purchase, production = "purchase_order_lines", "production_orders"
    moved = "moves stock between own locations; it is no supply from outside"
    step = "a step of a routing; the order of the routing itself counts"
    other = "neither a purchase, a manufacturing nor a distribution order"
    assert frepple.refused("operationplan.csv") == [
        (4, purchase, None, None, moved),
        (6, production, None, None, step),
        (8, purchase, None, None, other),
    ]


def test_frepple_masters_and_stock(frepple: Loaded) -> None:
    assert frepple.table("items", "item_id, item_name, category, unit_cost") == [
        ("All goods", "All goods", None, None),
        ("base", "base", "Parts", 12.5),
        ("lamp", "Floor lamp", "Lights", 80),
    ]
    assert frepple.table("inventory_balances", "as_of, item_id, location_id, on_hand_qty") == [
        ("2024-06-01", "base", "hall", -1),
        ("2024-06-01", "lamp", "hall", 3),
    ]
    assert frepple.table("locations", "location_id, location_name") == [("hall", "Main hall")]
    assert frepple.table("customers", "customer_id, customer_name") == [("Fair", "Fair")]
    assert frepple.table("suppliers", "supplier_id, supplier_name") == [("Foundry", "Foundry Ltd")]


def test_frepple_books(frepple: Loaded) -> None:
    check_books(frepple)
    assert frepple.books() == {
        "buffer.csv": (2, 2, 0, 0),
        "calendar.csv": (1, 0, 1, 0),
        "calendarbucket.csv": (1, 0, 1, 0),
        "customer.csv": (1, 1, 0, 0),
        "demand.csv": (9, 5, 4, 0),
        "item.csv": (3, 3, 0, 0),
        "itemdistribution.csv": (1, 0, 1, 0),
        "itemsupplier.csv": (7, 5, 2, 0),
        "location.csv": (1, 1, 0, 0),
        "operation.csv": (4, 4, 0, 0),
        "operationmaterial.csv": (8, 3, 4, 1),
        "operationplan.csv": (8, 5, 3, 0),
        "operationresource.csv": (1, 0, 1, 0),
        "resource.csv": (1, 0, 1, 0),
        "resourceskill.csv": (1, 0, 1, 0),
        "skill.csv": (1, 0, 1, 0),
        "supplier.csv": (1, 1, 0, 0),
    }
    assert frepple.refused("skill.csv") == [
        (1, "", None, None, "not used: capacity of machines and people")
    ]


SHEETS: dict[str, list[tuple[Any, ...]]] = {
    "sales order": [
        ("Name", "Item", "Location", "Customer", "Status", "Quantity", "Due", "Priority"),
        ("W1", "lamp", "hall", "Fair", "open", 30, datetime(2024, 6, 28, tzinfo=UTC), 1),
    ],
    "item supplier": [
        ("Item", "Location", "Supplier", "Lead Time", "Size Minimum", "Size Multiple"),
        ("base", "hall", "Foundry", 1209600, 200, 1),
    ],
    "purchase order": [
        ("Reference", "Item", "Supplier", "Ordering Date", "Receipt Date", "Quantity", "Status"),
        ("P7", "base", "Foundry", None, datetime(2024, 6, 20, 12, tzinfo=UTC), 50, "confirmed"),
        ("P8", "base", "Foundry", None, datetime(2024, 5, 20, 12, tzinfo=UTC), 60, "approved"),
    ],
    "operation": [
        ("Name", "Type", "Item", "Location", "Duration", "Duration Per Unit", "Owner"),
        ("Assemble", "time_per", "lamp", "hall", 7200, 3600, None),
    ],
    "operation material": [
        ("Operation", "Item", "Type", "Quantity"),
        ("Assemble", "base", "start", -2),
        ("Cast", "base", "end", 4),
        ("Cast", "iron", "start", -6),
    ],
    "manufacturing order": [
        ("Reference", "Operation", "Start Date", "End Date", "Quantity", "Status"),
        ("M7", "Assemble", datetime(2024, 6, 2, 20, tzinfo=UTC), None, 6, "confirmed"),
        ("M8", "Cast", None, datetime(2024, 6, 9, tzinfo=UTC), 5, "proposed"),
        ("M9", "Polish", None, datetime(2024, 6, 9, tzinfo=UTC), 5, "confirmed"),
    ],
    "distribution order": [
        (
            *("Reference", "Item", "Origin", "Destination"),
            *("Shipping Date", "Receipt Date", "Quantity", "Status"),
        ),
        ("T7", "lamp", "hall", "shop", None, datetime(2024, 6, 9, tzinfo=UTC), 5, "confirmed"),
    ],
    "customer": [("Name",), ("Fair",)],
    "skill": [("Name",), ("sawing",)],
}


OPTIONS = {"default_date_format": "yyyy-mm-dd hh:mm:ss", "remove_timezone": True}


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The same objects as frePPLe exports them: one workbook, one sheet an object."""
    path = tmp_path_factory.mktemp("frepple") / "frepple.xlsx"
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        for name, rows in SHEETS.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    loaded = Loaded(path)
    yield loaded
    loaded.con.close()


def test_frepple_workbook_headers_with_spaces(workbook: Loaded) -> None:
    check_books(workbook)
    assert workbook.table("sales_order_lines", "order_id, order_date, requested_date") == [
        ("W1", "2024-06-01", "2024-06-28")
    ]
    columns = "item_id, supplier_id, lead_time_days, min_order_qty, order_multiple"
    assert workbook.table("supplier_items", columns) == [("base", "Foundry", 14, 200, 1)]
    assert workbook.table("customers", "customer_id") == [("Fair",)]


def test_frepple_purchase_order_without_ordering_date(workbook: Loaded) -> None:
    columns = "po_id, order_date, promised_date, ordered_qty, received_qty, status"
    assert workbook.table("purchase_order_lines", columns) == [
        ("P7", "2024-06-01", "2024-06-20", 50, 0, "open"),
        ("P8", "2024-05-20", "2024-05-20", 60, 0, "planned"),
    ]


def test_frepple_manufacturing_order_finishes_as_early_as_it_can(workbook: Loaded) -> None:
    """M7: 20:00 + 2 h + 6 x 1 h ends on the next day. M8 makes four a run."""
    columns = "production_order_id, item_id, ordered_qty, planned_start_date, due_date, status"
    assert workbook.table("production_orders", columns) == [
        ("M7", "lamp", 6, "2024-06-02", "2024-06-03", "open"),
        ("M8", "base", 20, None, "2024-06-09", "planned"),
    ]
    lost = "nothing says which item the operation makes: is the operation file there?"
    assert workbook.refused("frepple.xlsx[manufacturing order]") == [
        (3, "production_orders", None, None, lost)
    ]


def test_frepple_operation_material_names_the_item_when_the_operation_does_not(
    workbook: Loaded,
) -> None:
    columns = "parent_item_id, component_item_id, qty_per"
    assert workbook.table("bom_lines", columns) == [("base", "iron", 1.5), ("lamp", "base", 2)]


def test_a_list_of_names_is_taken_only_under_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="matches no table"):
        Loaded(write(tmp_path / "contacts.csv", "name,description\nAda,a friend\n"))


def test_days_of_a_plain_lead_time_are_not_read_as_seconds(tmp_path: Path) -> None:
    """Without frePPLe's own columns the header is the contract's, and 7 is seven days."""
    text = "Supplier,Item,Lead Time,Priority\nFoundry,base,7,1\n"
    loaded = Loaded(write(tmp_path / "itemsupplier.csv", text))
    assert loaded.table("supplier_items", "supplier_id, item_id, lead_time_days") == [
        ("Foundry", "base", 7)
    ]


# AdventureWorks ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def adventureworks() -> Iterator[Loaded]:
    loaded = Loaded(FIXTURES / "adventureworks")
    yield loaded
    loaded.con.close()


def test_adventureworks_purchase_orders_as_the_source_has_them(adventureworks: Loaded) -> None:
    columns = (
        "po_id, line_id, supplier_id, item_id, order_date, promised_date, ordered_qty,"
        " received_qty, unit_price, status"
    )
    assert adventureworks.table("purchase_order_lines", columns) == [
        ("71", "501", "900", "31", "2024-01-02", "2024-01-16", 4, 3, 50.26, "planned"),
        ("72", "502", "901", "32", "2024-01-03", "2023-12-30", 10, 0, 1.5, "open"),
        ("73", "503", "901", "32", "2024-01-04", "2024-01-18", 6, 6, 1.5, "cancelled"),
        ("74", "504", "900", "31", "2024-01-05", "2024-01-19", 8, 7, 50, "received"),
    ]
    assert adventureworks.table(
        "purchase_order_lines", "min(planned_ship_date), min(currency)"
    ) == [("2024-01-08", "USD")]
    into = "purchase_order_lines"
    assert adventureworks.refused("PurchaseOrderDetail.csv") == [
        (5, into, None, None, "no header has this order number"),
        (6, into, "ordered_qty", "many", "not a number with a decimal point"),
    ]
    assert adventureworks.refused("PurchaseOrderHeader.csv") == [
        (5, "", None, None, "nothing in PurchaseOrderDetail refers to it")
    ]
    assert adventureworks.table("receipts", "receipt_id") == []


def test_adventureworks_recipes_have_versions(adventureworks: Loaded) -> None:
    columns = "parent_item_id, component_item_id, valid_from, valid_to, qty_per"
    assert adventureworks.table("bom_lines", columns) == [
        ("33", "31", "2023-05-25", "2023-11-30", 32),
        ("33", "31", "2023-12-01", None, 36),
        ("33", "32", "2023-05-25", None, 1),
    ]
    top = "a product sold as it is: the row names no assembly it goes into"
    assert adventureworks.refused("BillOfMaterials.csv") == [(1, "bom_lines", None, None, top)]


def test_adventureworks_items(adventureworks: Loaded) -> None:
    columns = "item_id, item_name, category, replenishment, lead_time_days, unit_cost, list_price"
    assert adventureworks.table("items", columns) == [
        ("31", "Spoke", None, "buy", None, None, None),
        ("32", "Tyre", "Wheels", "buy", None, 9.5, None),
        ("33", "Wheel", "Wheels", "make", 2, 60.25, 99.99),
    ]
    assert adventureworks.table("inventory_balances", "item_id, location_id, on_hand_qty") == [
        ("31", "1", 408),
        ("31", "50", 353),
        ("33", "7", 12),
    ]
    assert adventureworks.table("locations", "location_id, location_name, location_type") == [
        ("1", "Tool room", "storage"),
        ("50", "Lacing", "work centre"),
    ]


def test_adventureworks_suppliers_and_rates(adventureworks: Loaded) -> None:
    assert adventureworks.table("suppliers", "supplier_id, supplier_name, on_hold") == [
        ("900", "Steel & Co", False),
        ("901", "Rubber Union", True),
    ]
    columns = "supplier_id, item_id, lead_time_days, min_order_qty, unit_price, currency"
    assert adventureworks.table("supplier_items", columns) == [("900", "31", 17, 1, 47.87, "USD")]
    assert adventureworks.refused("ProductVendor.csv") == [
        (2, "supplier_items", "lead_time_days", None, "lead_time_days is missing")
    ]
    assert adventureworks.table("exchange_rates", "currency, rate_date, to_reporting_rate") == [
        ("EUR", "2024-01-02", 1.25),
        ("USD", "2024-01-02", 1),
    ]
    assert adventureworks.refused("CurrencyRate.csv") == [
        (3, "exchange_rates", "to_reporting_rate", ".0000", "must be above 0"),
        (4, "exchange_rates", None, None, "not a rate from USD, the currency of the books"),
    ]


def test_adventureworks_books(adventureworks: Loaded) -> None:
    check_books(adventureworks)
    assert adventureworks.books() == {
        "BillOfMaterials.csv": (4, 3, 1, 0),
        "CurrencyRate.csv": (4, 2, 2, 0),
        "Location.csv": (2, 2, 0, 0),
        "Product.csv": (3, 3, 0, 0),
        "ProductInventory.csv": (3, 3, 0, 0),
        "ProductSubcategory.csv": (1, 1, 0, 0),
        "ProductVendor.csv": (2, 1, 1, 0),
        "PurchaseOrderDetail.csv": (6, 4, 2, 0),
        "PurchaseOrderHeader.csv": (5, 4, 1, 0),
        "UnitMeasure.csv": (1, 0, 1, 0),
        "Vendor.csv": (2, 2, 0, 0),
    }


# The day of balances that carry none ------------------------------------------------------------


def test_balances_without_a_date_take_the_day_of_their_file(tmp_path: Path) -> None:
    text = (FIXTURES / "frepple" / "buffer.csv").read_text(encoding="utf-8")
    buffer = write(tmp_path / "buffer.csv", text)
    noon = datetime(2024, 3, 9, 12, tzinfo=UTC).timestamp()
    os.utime(buffer, (noon, noon))
    loaded = Loaded(buffer, as_of=None)
    assert loaded.table("inventory_balances", "distinct as_of") == [("2024-03-09",)]
    assert "balances dated 2024-03-09, the file's own date" in loaded.report.loads[0].note


def test_orders_are_no_newer_than_the_balances_they_come_with(tmp_path: Path) -> None:
    """Sales orders saved two days after the stock must not fall behind the as-of date."""
    for name, day in (("demand", 11), ("buffer", 9)):
        text = (FIXTURES / "frepple" / f"{name}.csv").read_text(encoding="utf-8")
        noon = datetime(2024, 5, day, 12, tzinfo=UTC).timestamp()
        os.utime(write(tmp_path / f"{name}.csv", text), (noon, noon))
    loaded = Loaded(tmp_path, as_of=None)
    assert loaded.table("sales_order_lines", "max(order_date)") == [("2024-05-09",)]


# Broken profiles --------------------------------------------------------------------------------

FILE = '[[file]]\nid = "stock"\nrequire = ["part", "count"]\n'
TABLE = '[[table]]\ninto = "inventory_balances"\nfrom = "stock"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('titel = "x"', "unknown key 'titel' (broken.toml). The nearest valid key is 'title'"),
        ("", "lacks the key 'title' (broken.toml). Add it"),
        (
            'title = "x"\n[formats]\ndates = "%d"',
            "unknown key 'dates' (broken.toml, formats). The nearest valid key is 'date'",
        ),
        (
            f'title = "x"\n{FILE}requires = ["bin"]',
            "unknown key 'requires' (broken.toml, file stock). The nearest valid key is 'require'",
        ),
        (
            f'title = "x"\n{FILE}[[table]]\ninto = "inventory_balance"\nfrom = "stock"',
            "the contract has no table 'inventory_balance' (broken.toml, table inventory_balance)."
            " The nearest is 'inventory_balances'",
        ),
        (
            f'title = "x"\n{FILE}{TABLE}[table.columns]\nonhand_qty = "count"',
            "unknown key 'onhand_qty' (broken.toml, table inventory_balances, columns)."
            " The nearest valid key is 'on_hand_qty'",
        ),
        (
            f'title = "x"\n{FILE}{TABLE}[table.columns]\nitem_id = "part"\n'
            '[table.codes.item]\n1 = "x"',
            "unknown key 'item' (broken.toml, table inventory_balances, codes)."
            " The nearest valid key is 'item_id'",
        ),
        (
            f'title = "x"\n{FILE}{TABLE}[[table.join]]\nfile = "stocks"\non = "true"',
            "no file of the profile has the id 'stocks' (broken.toml, table inventory_balances)."
            " The nearest is 'stock'",
        ),
        (
            f'title = "x"\n{FILE}{TABLE}[[table.join]]\nfile = "stock"\nto = "true"',
            "unknown key 'to' (broken.toml, table inventory_balances, join)."
            " The nearest valid key is 'on'",
        ),
        (
            f'title = "x"\n{FILE}{TABLE}[[table.join]]\nfile = "stock"',
            "lacks the key 'on' (broken.toml, table inventory_balances, join). Add it",
        ),
        (
            f'title = "x"\n{FILE}{TABLE}sql = "stok.sql"',
            "no file 'stok.sql' beside the profile (broken.toml, table inventory_balances, sql)."
            " The nearest is 'stock.sql'",
        ),
        ('title = "x', "not valid TOML: "),
    ],
)
def test_a_broken_profile_names_file_key_and_the_nearest_valid_key(
    tmp_path: Path, text: str, message: str
) -> None:
    write(tmp_path / "stock.sql", "select 1")
    with pytest.raises(InputError) as error:
        parse(write(tmp_path / "broken.toml", text))
    assert message in str(error.value)
    assert "broken.toml" in str(error.value)


def test_codes_match_whatever_their_case(tmp_path: Path) -> None:
    codes = '[table.columns]\nitem_id = "part"\n[table.codes.item_id]\nABC = "abc-1"\n"*" = "rest"'
    profile = parse(write(tmp_path / "coded.toml", f'title = "x"\n{FILE}{TABLE}{codes}'))
    case = profile.rules[0].columns["item_id"]
    texts = "(values (' abc'), ('ABC '), ('b')) as t (part)"
    with duckdb.connect() as con:
        rows = con.execute(f"select {case} from {texts}").fetchall()
    assert rows == [("abc-1",), ("abc-1",), ("rest",)]


def test_every_layout_is_used_or_says_why_not() -> None:
    for profile in profiles().values():
        if profile.name == CONTRACT:
            continue
        for layout in profile.layouts:
            used = any(rule.source == layout.id or rule.reads(layout.id) for rule in profile.rules)
            assert used != bool(layout.ignore), f"{profile.name} {layout.id}"


# Real exports -----------------------------------------------------------------------------------


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def real_northwind(real_data: Path) -> Loaded:
    return Loaded(real_data / "northwind", as_of=date(1998, 5, 6))


@pytest.fixture(scope="module")
def real_mywind(real_data: Path) -> Loaded:
    return Loaded(real_data / "mywind", as_of=date(2006, 6, 23))


@pytest.fixture(scope="module")
def real_adventureworks(real_data: Path) -> Loaded:
    return Loaded(real_data / "adventureworks", as_of=date(2025, 9, 21))


@pytest.fixture(scope="module")
def real_manufacturing(real_data: Path) -> Loaded:
    return Loaded(real_data / "frepple" / "manufacturing_demo", as_of=date(2021, 1, 1))


def test_real_northwind(real_northwind: Loaded, real_data: Path) -> None:
    check_books(real_northwind)
    raw = records(real_data / "northwind" / "orders.csv")
    waiting = [row for row in raw if not row["ShippedDate"]]
    assert len({row["OrderID"] for row in waiting}) == 21
    assert real_northwind.rows(
        "select count(distinct order_id), count(*), sum(ordered_qty - shipped_qty)"
        " from contract.sales_order_lines where line_status = 'open'"
    ) == [(21, len(waiting), sum(int(row["Quantity"]) for row in waiting))]
    discount = sum(
        round(Decimal(row["UnitPrice"]) * int(row["Quantity"]) * Decimal(row["Discount"]), 2)
        for row in raw
    )
    [(count, loaded_discount)] = real_northwind.rows(
        "select count(*), sum(discount_amount) from contract.sales_order_lines"
    )
    assert count == len(raw) == 2155
    assert loaded_discount == pytest.approx(float(discount), abs=len(raw) * 0.01 / 2)
    assert real_northwind.books()["products.csv"] == (77, 77, 0, 0)


def test_real_northwind_backlog_is_its_21_open_orders(real_northwind: Loaded) -> None:
    build(real_northwind.con, as_of=date(1998, 5, 6), currency=None)
    assert real_northwind.rows("select orders, lines from backlog.totals") == [(21, 73)]


def test_real_mywind(real_mywind: Loaded, real_data: Path) -> None:
    check_books(real_mywind)
    folder = real_data / "mywind"
    books = real_mywind.books()
    assert books["order_details.csv"] == (58, 58, 0, 0)
    lines = records(folder / "order_details.csv")
    orders = {row["id"]: row for row in records(folder / "orders.csv")}
    without = set(orders) - {row["order_id"] for row in lines}
    assert len(without) == 8
    assert books["orders.csv"] == (48, 40, 8, 0)
    unshipped = {row["id"] for row in lines if not orders[row["order_id"]]["shipped_date"]}
    assert len(unshipped) == 12
    assert {
        row[0]
        for row in real_mywind.table("sales_order_lines", "line_id, line_status")
        if row[1] == "open"
    } == unshipped
    assert real_mywind.rows(
        "select order_id, line_id from contract.sales_order_lines where ordered_qty = 0"
    ) == [("81", "90"), ("81", "91")]


def test_real_mywind_stock_adds_up(real_mywind: Loaded, real_data: Path) -> None:
    """By hand: all bought less all wasted less what was sold on lines whose order has shipped."""
    folder = real_data / "mywind"
    orders = {row["id"]: row for row in records(folder / "orders.csv")}
    staying = {
        row["inventory_id"]
        for row in records(folder / "order_details.csv")
        if not orders[row["order_id"]]["shipped_date"]
    }
    stock: dict[str, int] = {}
    for row in records(folder / "inventory_transactions.csv"):
        kind, qty = row["transaction_type"], int(row["quantity"])
        left = kind == "4" or (kind == "2" and row["id"] not in staying)
        change = qty if kind == "1" else -qty if left else 0
        stock[row["product_id"]] = stock.get(row["product_id"], 0) + change
    assert dict(real_mywind.table("inventory_balances", "item_id, on_hand_qty")) == stock
    assert len(stock) == 28
    assert stock["43"] == 325


def test_real_mywind_short_lines_against_its_own_status(real_mywind: Loaded) -> None:
    """One line is "No Stock" and none "On Order"; its quantity is 0, so no line is short."""
    build(real_mywind.con, as_of=date(2006, 6, 23), currency=None)
    assert real_mywind.rows(
        "select order_id, line_id, backorder_reason_code, ordered_qty"
        " from contract.sales_order_lines where backorder_reason_code is not null"
    ) == [("81", "90", "No Stock", 0)]
    assert real_mywind.rows(
        "select count(*), sum(open_qty), sum(allocated_qty), sum(backordered_qty)"
        " from backlog.lines"
    ) == [(10, 530, 530, 0)]


def test_real_manufacturing_demo(real_manufacturing: Loaded, real_data: Path) -> None:
    check_books(real_manufacturing)
    raw = records(real_data / "frepple" / "manufacturing_demo" / "demand.csv")
    waiting = [row for row in raw if row["status"] == "open"]
    assert len(waiting) == 16
    assert real_manufacturing.rows(
        "select count(*), sum(ordered_qty - shipped_qty), max(order_date)"
        " from contract.sales_order_lines where line_status = 'open'"
    ) == [(16, sum(int(row["quantity"]) for row in waiting), "2021-01-01")]
    assert real_manufacturing.table("supplier_items", "item_id, lead_time_days") == [
        ("chair", 30),
        ("cushion", 14),
        ("screws", 1),
        ("wooden beam", 7),
        ("wooden panel", 1),
    ]
    assert real_manufacturing.books()["operationmaterial.csv"] == (20, 13, 7, 0)
    columns = "component_item_id, qty_per, bom_id"
    assert real_manufacturing.rows(
        f"select {columns} from contract.bom_lines where parent_item_id = 'varnished chair'"
    ) == [("chair", 1, "Varnish chair")]


def test_real_distribution_demo_has_history_only(real_data: Path) -> None:
    loaded = Loaded(real_data / "frepple" / "distribution_demo", as_of=date(2021, 1, 1))
    check_books(loaded)
    assert loaded.rows(
        "select line_status, count(*) from contract.sales_order_lines group by all"
    ) == [("shipped", 3294)]


def test_real_frepple_workbooks(real_data: Path) -> None:
    loaded = Loaded(real_data / "frepple_xlsx", as_of=date(2019, 6, 20))
    check_books(loaded)
    assert loaded.table("supplier_items", "item_id, lead_time_days, min_order_qty") == [
        ("cushion", 14, 200),
        ("screws", 1, 3000),
        ("wooden beam", 7, 1),
    ]
    assert loaded.rows(
        "select line_status, count(*), sum(ordered_qty) from contract.sales_order_lines"
        " where line_status = 'open' group by all"
    ) == [("open", 5, 250)]
    assert loaded.table("production_orders", "production_order_id, item_id, due_date") == [
        ("MO #1", "varnished chair", "2019-07-13"),
        ("MO #2", "chair", "2019-10-15"),
    ]
    assert loaded.books()["item.fcst.xlsx"] == (7, 0, 0, 7)


def test_real_adventureworks(real_adventureworks: Loaded, real_data: Path) -> None:
    check_books(real_adventureworks)
    folder = real_data / "adventureworks"
    status = {
        r["PurchaseOrderID"]: r["Status"] for r in records(folder / "PurchaseOrderHeader.csv")
    }
    lines = records(folder / "PurchaseOrderDetail.csv")
    assert (len(lines), len(status)) == (8845, 4012)
    names = {"1": "planned", "2": "open", "3": "cancelled", "4": "received"}
    expected: dict[str, tuple[int, float]] = {}
    for row in lines:
        name = names[status[row["PurchaseOrderID"]]]
        count, qty = expected.get(name, (0, 0.0))
        expected[name] = (count + 1, qty + float(row["ReceivedQty"]))
    assert {
        name: (count, qty)
        for name, count, qty in real_adventureworks.rows(
            "select status, count(*), sum(received_qty)"
            " from contract.purchase_order_lines group by all"
        )
    } == expected
    assert real_adventureworks.rows(
        "select count(distinct po_id), count(*) filter (where promised_date < order_date)"
        " from contract.purchase_order_lines"
    ) == [(4012, 7)]
    books = real_adventureworks.books()
    recipes = records(folder / "BillOfMaterials.csv")
    tops = sum(not row["ProductAssemblyID"] for row in recipes)
    assert books["BillOfMaterials.csv"] == (len(recipes), len(recipes) - tops, tops, 0)
    assert (len(recipes), tops) == (2679, 103)
    ended = sum(bool(row["EndDate"] and row["ProductAssemblyID"]) for row in recipes)
    assert real_adventureworks.table("bom_lines", "count(valid_to)") == [(ended,)]
    assert books["UnitMeasure.csv"] == (38, 0, 38, 0)


def test_real_files_without_headers_are_a_clear_error(real_data: Path) -> None:
    for path in sorted((real_data / "adventureworks_raw").glob("*.csv")):
        with pytest.raises(InputError) as error:
            Loaded(path)
        assert str(error.value).startswith("no header of a known layout was found; the first row")
