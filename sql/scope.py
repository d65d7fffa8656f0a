"""A snapshot narrowed to some customers' regions or some locations, with no way to the rest.

A scoped reader's queries run in an in-memory catalog in which the tables of the snapshot stand by
their own names, cut to the order lines in scope. Only the tables named here are there: what
follows from order lines is computed from those in scope by its own model, and what cannot be
narrowed (cash, stock, suppliers, risk as a whole) does not exist for that reader.

Nothing beneath the backlog is narrowed: who gets the stock is decided among all orders.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from sql import models


@dataclass(frozen=True)
class Scope:
    """The regions of customers and the locations a reader may see; None: all of them."""

    regions: tuple[str, ...] | None = None
    locations: tuple[str, ...] | None = None

    def both(self, other: "Scope") -> "Scope":
        """What lies in this scope and in the other."""
        return Scope(_both(self.regions, other.regions), _both(self.locations, other.locations))


def _both(ours: tuple[str, ...] | None, theirs: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if ours is None or theirs is None:
        return theirs if ours is None else ours
    return tuple(one for one in ours if one in theirs)


_WHOLE = {
    "causes.kinds",
    "core.ageing_buckets",
    "core.as_of",
    "core.assumptions",
    "core.calendar",
    "core.items",
    "core.levers",
    "core.rules",
    "core.run",
    "core.suppliers",
}
"""Dates, rules and names: nothing of anybody's orders."""

_OF_LINES = {
    "backlog.lines",
    "backlog.promises",
    "causes.lines",
    "contract.sales_order_lines",
    "core.line_fills",
    "core.line_shipments",
    "core.order_lines",
    "core.pegs",
    "core.rule_lines",
}
"""Tables with an order line in each row: cut to the lines in scope."""

_POOLS = (
    "(select distinct {} from snapshot.causes.lines"
    " semi join scope.lines using (order_id, line_id))"
)
_CUT = {
    "core.customers": "select * from snapshot.core.customers"
    " where customer_id in (select customer_id from scope.lines)",
    # Of a supply its readers see what is pegged to their lines.
    "core.supply": "select supply.* replace (pegs.pegged_qty as supply_qty)"
    " from snapshot.core.supply as supply inner join (select supply_id,"
    " cast(sum(pegged_qty) as decimal(18, 4)) as pegged_qty from snapshot.core.pegs"
    " semi join scope.lines using (order_id, line_id) group by supply_id) as pegs"
    " using (supply_id)",
    "causes.claims": "select * from snapshot.causes.claims semi join "
    + _POOLS.format("basis, pool_id, on_date, cause")
    + " using (basis, pool_id, on_date, cause)",
    "causes.pool_dates": "select * from snapshot.causes.pool_dates semi join "
    + _POOLS.format("pool_id, on_date")
    + " using (pool_id, on_date)",
    # What was ordered from a supplier may be seen; what all customers bought may not.
    "causes.evidence": "select * replace ("
    "case when evidence_kind in ('purchase_order', 'production_order') then planned_qty end"
    " as planned_qty,"
    " case when evidence_kind in ('purchase_order', 'production_order') then happened_qty end"
    " as happened_qty) from snapshot.causes.evidence semi join "
    + _POOLS.format("basis, pool_id, on_date, cause")
    + " using (basis, pool_id, on_date, cause)",
    "quality.answers": "select table_name, is_loaded, costs from snapshot.quality.answers",
    "quality.forecast_quality": "select * from snapshot.quality.forecast_quality where false",
    "quality.loads": "select loaded_at from snapshot.quality.loads",
}
"""Tables cut in another way."""

_COMPUTED = {
    "backlog.ageing",
    "backlog.allocation_rules",
    "backlog.by_category",
    "backlog.by_customer",
    "backlog.by_dimension",
    "backlog.by_item",
    "backlog.by_location",
    "backlog.by_order_month",
    "backlog.by_supplier",
    "backlog.by_type",
    "backlog.daily",
    "backlog.fill_rates",
    "backlog.otif",
    "backlog.pegs",
    "backlog.projected",
    "backlog.rule_lines",
    "backlog.rule_winners",
    "backlog.supply_pegs",
    "backlog.totals",
    "causes.by_cause",
    "causes.by_dimension",
    "causes.if_mended",
    "causes.line_details",
    "causes.line_evidence",
    "causes.line_tops",
    "causes.mended_by_cause",
    "causes.month_totals",
    "causes.months",
    "causes.totals",
    "causes.typed_reasons",
    "causes.unknowns",
    "core.segment_strategies",
}
"""Models computed anew from the tables above by their own files."""

READABLE = frozenset(_WHOLE | _OF_LINES | _CUT.keys() | _COMPUTED)
"""All that exists for a scoped reader."""


def opened(snapshot: Path, scope: Scope, memory: str = "512MB") -> duckdb.DuckDBPyConnection:
    """A connection on the snapshot in which only what is in scope can be read by its name."""
    con = duckdb.connect(config={"memory_limit": memory})
    quoted = str(snapshot).replace("'", "''")
    con.execute(f"attach '{quoted}' as snapshot (read_only)")
    con.execute("create schema scope")
    con.execute(
        "create table scope.lines as select lines.order_id, lines.line_id, lines.customer_id"
        " from snapshot.core.order_lines as lines"
        " left join snapshot.core.customers as customers using (customer_id)"
        " where ($regions is null or list_contains($regions, customers.region))"
        " and ($locations is null or list_contains($locations, lines.location_id))",
        {
            "regions": None if scope.regions is None else list(scope.regions),
            "locations": None if scope.locations is None else list(scope.locations),
        },
    )
    for schema in sorted({name.partition(".")[0] for name in READABLE}):
        con.execute(f"create schema {schema}")
    for name, model in models.load_models().items():
        if name in READABLE:
            con.execute(f"create view {name} as {_definition(name, model.sql)}")
    return con


def _definition(name: str, sql: str) -> str:
    if name in _COMPUTED:
        return sql
    if name in _WHOLE:
        return f"from snapshot.{name}"
    if name in _OF_LINES:
        return f"from snapshot.{name} semi join scope.lines using (order_id, line_id)"
    return _CUT[name]
