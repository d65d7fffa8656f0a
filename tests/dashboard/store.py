"""A small business, built by the real models and published as a refresh does it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from subprocess import DEVNULL, run
from typing import Any

import duckdb

from sql import models

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 3, 31)


@dataclass(frozen=True)
class Line:
    """One sales order line; days count back from the as-of date."""

    order_id: str
    item_id: str
    customer_id: str
    ordered: float
    ordered_days_ago: int
    due_in_days: int
    price: float | None = 10
    shipped: float = 0
    location_id: str = "MAIN"
    order_type: str = "standard"
    hold_reason: str | None = None


ITEMS = [
    ("CANDLE", "Beeswax candle", "Candles", "WAX", 4),
    ("HEATER", "Heater $5 _cheap_ [link](http://example.com)", "Heaters", "COIL", 12),
    ("MUG", "Mug", None, "CLAY", None),
]
STOCK = [("CANDLE", 5), ("HEATER", 0), ("MUG", 100)]
LINES = [
    Line("SO1", "CANDLE", "ANNA", 12, 40, -30),
    Line("SO2", "CANDLE", "BERT", 8, 20, -10, price=11),
    Line("SO3", "HEATER", "ANNA", 3, 15, -5, price=120, order_type="make_to_order"),
    Line("SO4", "HEATER", "CARL", 2, 60, -50, price=120),
    Line("SO5", "HEATER", "BERT", 4, 5, 20, price=120),
    Line("SO6", "MUG", "CARL", 6, 3, -1, price=None),
    Line("SO7", "MUG", "ANNA", 5, 2, -1, price=8, hold_reason="credit"),
    Line("SO8", "MUG", "BERT", 200, 70, -60, price=8, location_id="EAST"),
    Line("SO9", "CANDLE", "CARL", 7, 90, -80, shipped=7),
    # More shipped than ordered: nothing of it is open, and a check finds it.
    Line("SO10", "MUG", "CARL", 1, 90, -80, shipped=2),
]
UNPRICED = [replace(line, price=None) for line in LINES]
SHIPPED = [line for line in LINES if line.shipped >= line.ordered]
# Text that a spreadsheet would run, and that Markdown would show as something else.
BAD_ROW = "=2+5 | _today_ | HEATER"
# Order, supplier, item, quantity; in how many days it was promised at first, and is now.
PURCHASES = [("PO1", "WAX", "CANDLE", 10, 7, 7), ("PO2", "COIL", "HEATER", 1, 4, 14)]

# Ten heaters were to come on the 20th; records reach back to January; somebody typed a reason.
LATE = (
    "update contract.purchase_order_lines set order_date = date '2026-02-11', ordered_qty = 10,"
    " first_promised_date = date '2026-03-20', promised_date = date '2026-03-20'"
    " where supplier_id = 'COIL'",
    "update contract.items set lead_time_days = 14, review_days = 7",
    "update contract.sales_order_lines set backorder_reason_code = 'SUPPLIER'"
    " where order_id = 'SO4'",
    "insert into contract.receipts by name select 'R1' as receipt_id, '1' as line_id,"
    " 'OLD' as po_id, 'CANDLE' as item_id, date '2026-01-01' as received_date,"
    " 1 as received_qty",
)


def publish(
    folder: Path,
    version: str,
    lines: Sequence[Line] = LINES,
    as_of: date = AS_OF,
    is_sample: bool = False,
    statements: Sequence[str] = (),
) -> Path:
    """Builds a snapshot of the lines and points CURRENT at it; `version` is its time, digits.

    `statements` change what is loaded before the models are built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"backorders-{version}-000.duckdb"
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(f"attach '{path}' as db (storage_version 'v1.5.0')")
        con.execute("use db")
        models.create_recorded(con)
        _fill(con, lines, as_of)
        for statement in statements:
            con.execute(statement)
        models.build(con, as_of=as_of, currency="EUR", is_sample=is_sample)
        con.execute("use memory")
        con.execute("checkpoint db")
        con.execute("detach db")
    _point(path)
    return path


def publish_changed(source: Path, folder: Path, version: str, *statements: str) -> Path:
    """Publishes a copy of a snapshot with statements run on it: quicker than building another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"backorders-{version}-000.duckdb"
    path.write_bytes(source.read_bytes())
    with duckdb.connect(str(path), config={"threads": 1}) as con:
        for statement in statements:
            con.execute(statement)
    _point(path)
    return path


class Stores:
    """Stores of the small business, each built once for all tests of all processes.

    Nobody writes to them: who wants to publish more copies one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self,
        *statements: str,
        lines: Sequence[Line] = LINES,
        as_of: date = AS_OF,
        is_sample: bool = False,
    ) -> Path:
        """The store of the lines, changed by the statements before its models were built."""
        what = repr((statements, tuple(lines), as_of, is_sample))
        return self._once(
            sha256(what.encode()).hexdigest()[:16],
            lambda made: publish(
                made, f"{as_of:%Y%m%d}T060000", lines, as_of, is_sample, statements
            ),
        )

    def sample(self) -> Path:
        """The sample business, as `backorders demo` builds it."""
        demo = [sys.executable, "-m", "etl", "demo", "--no-serve", "--db"]
        return self._once(
            "sample", lambda made: run([*demo, made], check=True, cwd=ROOT, stdout=DEVNULL)
        )

    def _once(self, name: str, make: Callable[[Path], object]) -> Path:
        made = self._folder / name
        self._folder.mkdir(parents=True, exist_ok=True)
        with made.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not (made / "CURRENT").exists():
                make(made)
        return made


def newest(store: Path) -> Path:
    """The snapshot a store shows."""
    return store / (store / "CURRENT").read_text().strip()


def _point(path: Path) -> None:
    pointer = path.with_name("CURRENT.new")
    pointer.write_text(path.name + "\n")
    pointer.replace(path.with_name("CURRENT"))


def _fill(con: duckdb.DuckDBPyConnection, lines: Sequence[Line], as_of: date) -> None:
    for item_id, name, category, supplier_id, cost in ITEMS:
        _add(
            con,
            "contract.items",
            item_id=item_id,
            item_name=name,
            category=category,
            default_supplier_id=supplier_id,
            unit_cost=cost,
        )
    for customer_id, name in [("ANNA", "Anna & Co"), ("BERT", "Bert"), ("CARL", "Bert")]:
        _add(con, "contract.customers", customer_id=customer_id, customer_name=name)
    for location_id in ("MAIN", "EAST"):
        _add(con, "contract.locations", location_id=location_id, location_name=location_id.title())
    for supplier_id in ("WAX", "COIL", "CLAY"):
        _add(con, "contract.suppliers", supplier_id=supplier_id, supplier_name=f"{supplier_id} Ltd")
    for item_id, quantity in STOCK:
        _add(
            con,
            "contract.inventory_balances",
            as_of=as_of,
            item_id=item_id,
            location_id="MAIN",
            on_hand_qty=quantity,
        )
    for po_id, supplier_id, item_id, quantity, first_days, in_days in PURCHASES:
        _add(
            con,
            "contract.purchase_order_lines",
            po_id=po_id,
            line_id="1",
            supplier_id=supplier_id,
            item_id=item_id,
            location_id="MAIN",
            order_date=as_of - timedelta(20),
            ordered_qty=quantity,
            first_promised_date=as_of + timedelta(first_days),
            promised_date=as_of + timedelta(in_days),
            status="open",
        )
    for line in lines:
        due = as_of + timedelta(line.due_in_days)
        _add(
            con,
            "contract.sales_order_lines",
            order_id=line.order_id,
            line_id="1",
            order_date=as_of - timedelta(line.ordered_days_ago),
            item_id=line.item_id,
            customer_id=line.customer_id,
            location_id=line.location_id,
            ordered_qty=line.ordered,
            shipped_qty=line.shipped,
            cancelled_qty=0,
            requested_date=due,
            first_promised_date=due,
            promised_date=due,
            shipped_date=due if line.shipped else None,
            unit_price=line.price,
            currency="EUR",
            line_status="shipped" if line.shipped >= line.ordered else "open",
            order_type=line.order_type,
            hold_reason=line.hold_reason,
        )
    moment = datetime.combine(as_of, datetime.min.time()).replace(hour=6)
    for load_id, name, table, loaded, refused in (
        (1, "orders.csv", "sales_order_lines", len(lines), 1),
        (2, "stock.csv", "inventory_balances", len(STOCK), 0),
    ):
        _add(
            con,
            "quality.loads",
            load_id=load_id,
            source_file=name,
            sha256=str(load_id) * 64,
            bytes=1,
            source_system="contract",
            layout=table,
            series=f"contract/{table}",
            exported_at=moment,
            is_full=False,
            tables=table,
            joined_loads="",
            whole_documents="",
            format="UTF-8, comma",
            rows_in=loaded + refused,
            rows_loaded=loaded,
            rows_refused=refused,
            rows_superseded=0,
            refused_cells=refused,
            seconds=0.1,
            loaded_at=moment,
        )
    refusal = {
        "load_id": 1,
        "source_file": "orders.csv",
        "table_name": "sales_order_lines",
        "reason": "not a date; expected YYYY-MM-DD",
    }
    _add(
        con,
        "quality.rejected_rows",
        **refusal,
        source_row=11,
        column_name="order_date",
        value="_today_",
        row_text=BAD_ROW,
    )
    _add(
        con,
        "quality.rejected_cells",
        **refusal,
        source_row=2,
        column_name="requested_date",
        value="soon",
    )


def _add(con: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    columns = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    con.execute(f"insert into {table} ({columns}) values ({marks})", list(row.values()))
