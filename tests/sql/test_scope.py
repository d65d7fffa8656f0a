"""A scope: what may be read in it is cut to it, adds up, and nothing else exists."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from sql import models, scope
from sql.scope import Scope
from tests.dashboard.store import Stores, newest


@pytest.fixture(scope="module")
def snapshot(stores: Stores) -> Path:
    """The small business with regions: ANNA in the north, BERT in the south, CARL in none."""
    return newest(
        stores(
            "update contract.customers set region = 'North' where customer_id = 'ANNA'",
            "update contract.customers set region = 'South' where customer_id = 'BERT'",
        )
    )


@pytest.fixture(scope="module")
def north(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with scope.opened(snapshot, Scope(("North",))) as con:
        yield con


@pytest.fixture(scope="module")
def whole(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(snapshot), read_only=True) as con:
        yield con


def test_what_may_be_read_is_what_there_is(north: duckdb.DuckDBPyConnection) -> None:
    found = north.execute(
        "select schema_name || '.' || view_name from duckdb_views()"
        " where database_name = 'memory' and not internal"
    ).fetchall()
    assert {name for (name,) in found} == scope.READABLE
    for name in models.load_models().keys() - scope.READABLE:
        with pytest.raises(duckdb.Error):
            north.execute(f"select * from {name}")


@pytest.mark.parametrize("name", sorted(scope.READABLE))
def test_nobody_out_of_scope_is_in_any_row(north: duckdb.DuckDBPyConnection, name: str) -> None:
    names = [column for column, *_ in north.execute(f"describe {name}").fetchall()]
    for column in {"customer_id", "customer_name", "region"} & set(names):
        found = {value for (value,) in north.execute(f"select {column} from {name}").fetchall()}
        assert found <= {"ANNA", "Anna & Co", "North", None}, name
    if "order_id" in names:
        orders = {value for (value,) in north.execute(f"select order_id from {name}").fetchall()}
        assert orders <= {"SO1", "SO3", "SO7"}, name


@pytest.mark.parametrize("name", sorted(scope._COMPUTED))
def test_a_scope_of_everything_gives_what_was_published(
    snapshot: Path, whole: duckdb.DuckDBPyConnection, name: str
) -> None:
    if name == "causes.line_evidence":
        columns = "* exclude (planned_qty, happened_qty)"
    elif name == "backlog.supply_pegs":
        # Supply that serves nobody is not shown, and of the rest what serves.
        columns = "* exclude (supply_qty, free_qty)"
    else:
        columns = "*"
    where = " where lines > 0" if name == "backlog.supply_pegs" else ""
    asked = f"select {columns} from {name}{where} order by all"
    with scope.opened(snapshot, Scope()) as con:
        assert con.execute(asked).fetchall() == whole.execute(asked).fetchall()


def test_the_regions_and_none_make_the_whole(
    snapshot: Path, whole: duckdb.DuckDBPyConnection
) -> None:
    asked = (
        "select (select coalesce(sum(backordered_value), 0) from backlog.lines),"
        " (select coalesce(sum(cause_qty), 0) from causes.lines),"
        " (select coalesce(sum(open_qty), 0) from backlog.totals),"
        " (select coalesce(sum(pegged_qty), 0) from backlog.supply_pegs)"
    )
    parts = []
    for region in ("North", "South"):
        with scope.opened(snapshot, Scope((region,))) as con:
            parts.append(con.execute(asked).fetchone())
    told = whole.execute(asked).fetchone()
    carl = whole.execute(
        "select (select sum(backordered_value) from backlog.lines where customer_id = 'CARL'),"
        " (select sum(cause_qty) from causes.lines"
        "  semi join (select order_id from core.order_lines where customer_id = 'CARL') as theirs"
        "  using (order_id)),"
        " (select sum(open_qty) from backlog.lines where customer_id = 'CARL'),"
        " (select sum(pegged_qty) from core.pegs"
        "  semi join (select order_id from core.order_lines where customer_id = 'CARL') as theirs"
        "  using (order_id))"
    ).fetchone()
    assert told is not None
    assert carl is not None
    for total, *shares in zip(told, *parts, carl, strict=True):
        assert total == sum(share or 0 for share in shares)


def test_a_location_narrows_too_and_both_narrow_together(snapshot: Path) -> None:
    orders = "select list(order_id order by order_id) from backlog.lines"
    for wanted, found in (
        (Scope(locations=("EAST",)), ["SO8"]),
        (Scope(("South",), ("EAST",)), ["SO8"]),
        (Scope(("North",), ("EAST",)), None),
        (Scope(()), None),
        (Scope(("'; drop",)), None),
    ):
        with scope.opened(snapshot, wanted) as con:
            assert con.execute(orders).fetchone() == (found,)


def test_what_all_customers_bought_is_not_told(north: duckdb.DuckDBPyConnection) -> None:
    row = north.execute(
        "select count(*) from causes.line_evidence"
        " where evidence_kind not in ('purchase_order', 'production_order')"
        " and (planned_qty is not null or happened_qty is not null)"
    ).fetchone()
    assert row == (0,)
    free = north.execute("select count(*) from backlog.supply_pegs where free_qty <> 0").fetchone()
    assert free == (0,)
