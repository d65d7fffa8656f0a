"""The dashboard's only door to the data.

Invariant: every figure comes from a model of sql/, read from the snapshot that was current when
the run began, through a cursor of its own. Filters reach the engine as bound parameters, never as
text, and a filtered figure is the model's own SQL run over the filtered rows.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import polars as pl
import streamlit as st

from sql import export, models, sandbox
from sql import scenario as scenarios
from sql import scope as scopes
from sql.store import current_path

Row = Mapping[str, Any]

NONE = "(none)"
"""What a filter calls rows that lack the attribute."""

OPTIONS_SHOWN = 1_000
"""More options than this only slow the browser; the others can still be typed."""

LINES_SHOWN = 1_000
"""Lines sent to the table; the download has them all."""

DIMENSIONS: dict[str, tuple[str, str]] = {
    "item": ("item_id", "item_name"),
    "category": ("category", "category"),
    "customer": ("customer_id", "customer_name"),
    "supplier": ("supplier_id", "supplier_name"),
    "location": ("location_id", "location_name"),
}
"""Filter → the columns of backlog.lines that hold its key and its name."""


class DataError(Exception):
    """The published snapshot cannot answer; the text says why, in the engine's words."""


@dataclass(frozen=True)
class Snapshot:
    """One published file, or what a scenario makes of it, or what of it lies in a scope."""

    path: Path
    scenario: tuple[str, ...] = ()
    scope: scopes.Scope | None = None

    @property
    def version(self) -> str:
        """The sortable version in the file's name."""
        return self.path.stem.removeprefix("backorders-")

    @property
    def published(self) -> Snapshot:
        """The same without a scenario."""
        return replace(self, scenario=())

    @property
    def dictionary(self) -> Snapshot:
        """The file itself: for what its tables and columns mean, never for their rows."""
        return Snapshot(self.path)


@dataclass(frozen=True)
class Filters:
    """What the filter bar holds; empty means everything."""

    item: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    supplier: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    planned: bool | None = None
    ordered_from: date | None = None
    ordered_to: date | None = None
    age: tuple[str, ...] = ()
    # Which shortages: basis and month are set by the page that explains them, not by the bar.
    basis: str | None = None
    fell_due_in: date | None = None

    def active(self) -> tuple[str, ...]:
        """Names of the filters that are set."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) not in ((), None))


EVERYTHING = Filters()
"""No filter is set."""


@dataclass(frozen=True)
class View:
    """What a page shows: one snapshot, filtered."""

    snapshot: Snapshot
    filters: Filters = EVERYTHING


@dataclass(frozen=True)
class Statement:
    """SQL with its bound parameters."""

    sql: str
    params: tuple[tuple[str, Any], ...] = ()

    def text(self) -> str:
        """The statement with the parameters written out, to be read and pasted; never executed."""
        sql = self.sql
        for name, value in sorted(self.params, key=lambda pair: -len(pair[0])):
            sql = sql.replace(f"${name}", _literal(value))
        return sql


@dataclass(frozen=True)
class About:
    """Where the figures come from and how old they are."""

    as_of: date
    currency: str | None
    is_sample: bool
    built_version: str
    loaded_at: datetime | None
    stale_after_days: int
    order_lines: int


@dataclass(frozen=True)
class Earlier:
    """The totals, or another row, to compare with, for the same filters.

    Of the snapshot before this one; in a scenario, of the snapshot itself (`is_published`).
    """

    as_of: date
    totals: Row
    is_published: bool = False


def store_dir() -> Path:
    """The folder of snapshots: BACKORDERS_DB, else data."""
    return Path(os.environ.get("BACKORDERS_DB") or "data")


def snapshot() -> Snapshot | None:
    """The published snapshot, or None before the first refresh."""
    path = current_path(store_dir())
    return Snapshot(path) if path else None


def answering() -> Snapshot:
    """The published snapshot, once it has answered a question.

    DataError says why nobody can be shown any figures.
    """
    snap = snapshot()
    if snap is None:
        raise DataError("no snapshot is published")
    if _fetch(snap, Statement("select as_of from core.as_of")).is_empty():
        raise DataError(f"{snap.path.name} holds no figures")
    return snap


# Two versions: the one on screen and the one before it, which the headline compares with. A
# version that falls out is closed when its last cursor is gone, so no reader is cut off.
@st.cache_resource(max_entries=2, show_spinner=False)
def _instance(path: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(path, read_only=True)
    # Else it would keep up to most of the machine's memory in hand, for each version.
    con.execute("set global memory_limit = '2GB'")
    return con


# A scenario somebody looks at is kept for a while, so that a click does not build it anew.
@st.cache_resource(max_entries=4, show_spinner=False)
def _overlay(path: str, settings: tuple[str, ...]) -> scenarios.Overlay:
    try:
        what = scenarios.scenario(_instance(path).cursor(), settings)
    except models.ModelError as error:
        raise DataError(f"the scenario cannot be shown: {error}") from error
    return scenarios.Overlay(Path(path), what)


# Two versions for each scope, as above; what is held of one are the keys of its lines.
@st.cache_resource(max_entries=8, show_spinner=False)
def _narrowed(path: str, scope: scopes.Scope) -> duckdb.DuckDBPyConnection:
    return scopes.opened(Path(path), scope)


def _whole(snap: Snapshot) -> Snapshot:
    """The snapshot, of which all may be seen; DataError in a scope, which has no scenarios."""
    if snap.scope is not None:
        raise DataError("this cannot be narrowed to a part of the orders")
    return snap


_TABLE = re.compile(r"\b[a-z_]+\.[a-z_]+\b")


def _cursor(snap: Snapshot, sql: str) -> duckdb.DuckDBPyConnection:
    if snap.scope is not None and not snap.scenario:
        return _narrowed(str(snap.path), snap.scope).cursor()
    if not _whole(snap).scenario:
        return _instance(str(snap.path)).cursor()
    names = sorted(set(_TABLE.findall(sql)) & models.load_models().keys())
    return _overlay(str(snap.path), snap.scenario).cursor(names)


def _fetch(snap: Snapshot, statement: Statement) -> pl.DataFrame:
    params = {
        name: list(value) if isinstance(value, tuple) else value for name, value in statement.params
    }
    try:
        with _cursor(snap, statement.sql) as cursor:
            frame: pl.DataFrame = cursor.sql(statement.sql, params=params or None).pl()
            return frame
    except duckdb.Error as error:
        raise DataError(f"{snap.path.name}: {error}") from error


@st.cache_data(max_entries=512, show_spinner=False)
def _cached(
    path: str,
    scenario: tuple[str, ...],
    scope: scopes.Scope | None,
    sql: str,
    params: tuple[tuple[str, Any], ...],
) -> pl.DataFrame:
    return _fetch(Snapshot(Path(path), scenario, scope), Statement(sql, params))


_ASKED: dict[Statement, None] = {}
"""What was asked of what is published, the last at the end."""
_ASKED_KEPT = 200
_ASKING = Lock()


def _read(snap: Snapshot, statement: Statement) -> pl.DataFrame:
    if snap == snap.dictionary:
        with _ASKING:
            _ASKED.pop(statement, None)
            _ASKED[statement] = None
            if len(_ASKED) > _ASKED_KEPT:
                del _ASKED[next(iter(_ASKED))]
    return _cached(str(snap.path), snap.scenario, snap.scope, statement.sql, statement.params)


def questions() -> list[Statement]:
    """What was asked of what is published, the last first."""
    with _ASKING:
        return list(reversed(_ASKED))


def ask_ahead(snap: Snapshot, statement: Statement) -> None:
    """Asks ahead of time, so that nobody waits for the answer."""
    _cached(str(snap.path), (), None, statement.sql, statement.params)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if isinstance(value, date):
        return f"date '{value}'"
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def _where(filters: Filters, *, with_age: bool) -> Statement:
    """The condition the filters make on the filter columns that order lines carry."""
    clauses: list[str] = []
    params: list[tuple[str, Any]] = []
    for name, (column, _) in DIMENSIONS.items():
        wanted = getattr(filters, name)
        if wanted:
            clauses.append(f"list_contains(${name}, coalesce({column}, '{NONE}'))")
            params.append((name, wanted))
    if filters.planned is not None:
        clauses.append("is_planned = $planned")
        params.append(("planned", filters.planned))
    if filters.ordered_from is not None:
        clauses.append("order_date >= $ordered_from")
        params.append(("ordered_from", filters.ordered_from))
    if filters.ordered_to is not None:
        clauses.append("order_date <= $ordered_to")
        params.append(("ordered_to", filters.ordered_to))
    if with_age and filters.age:
        clauses.append("list_contains($age, ageing_bucket)")
        params.append(("age", filters.age))
    return Statement(" and ".join(clauses), tuple(params))


def _filtered(table: str, filters: Filters) -> Statement | None:
    """The rows of a table that the filters leave; None when they leave all."""
    if table == "causes.lines":
        return _filtered_causes(filters)
    # Only open lines have an age: history is filtered by everything else.
    where = _where(filters, with_age=table != "core.order_lines")
    if not where.sql:
        return None
    if table == "backlog.pegs":
        sql = (
            "select pegs.* from backlog.pegs as pegs semi join"
            f" (select order_id, line_id from backlog.lines where {where.sql}) as lines"
            " using (order_id, line_id)"
        )
    else:
        sql = f"select * from {table} where {where.sql}"
    return Statement(sql, where.params)


def _filtered_causes(filters: Filters) -> Statement | None:
    """Short lines by cause that the filters leave; planned is then what a cause is."""
    where = _where(replace(filters, planned=None), with_age=False)
    params = list(where.params)
    sql = "select lines.* from causes.lines as lines"
    if where.sql:
        sql += (
            f" semi join (select order_id, line_id from core.order_lines where {where.sql})"
            " as orders using (order_id, line_id)"
        )
    clauses: list[str] = []
    if filters.planned is not None:
        clauses.append("(lines.cause = 'planned') = $planned")
        params.append(("planned", filters.planned))
    if filters.age and filters.basis == "as_of":
        clauses.append(
            "(lines.order_id, lines.line_id) in (select (order_id, line_id) from backlog.lines"
            " where list_contains($age, ageing_bucket))"
        )
        params.append(("age", filters.age))
    if filters.basis is not None:
        clauses.append("lines.basis = $basis")
        params.append(("basis", filters.basis))
    if filters.fell_due_in is not None:
        clauses.append("date_trunc('month', lines.on_date) = $fell_due_in")
        params.append(("fell_due_in", filters.fell_due_in))
    if not clauses and not where.sql:
        return None
    return Statement(sql + (f" where {' and '.join(clauses)}" if clauses else ""), tuple(params))


_FILTERED_TABLES = ("backlog.lines", "backlog.pegs", "core.order_lines", "causes.lines")


@cache
def _filterable(name: str) -> frozenset[str]:
    """The tables to filter under a model: open lines and pegs, else the history of order lines.

    Nothing beneath backlog.lines is filtered: who gets the stock is decided among all orders, and
    so is why there was too little of it.
    """
    found: set[str] = set()
    for table in models.load_models()[name].depends:
        if table in _FILTERED_TABLES:
            found.add(table)
        elif not (table.startswith("causes.") and models.load_models()[table].store == "table"):
            found |= _filterable(table)
    return frozenset(found - {"core.order_lines"} or found)


def statement(name: str, filters: Filters) -> Statement:
    """The model's formula over the filtered rows; without filters the model as built."""
    if name in _FILTERED_TABLES:
        return _filtered(name, filters) or Statement(f"select * from {name}")
    rows: dict[str, str] = {}
    params: dict[str, Any] = {}
    for table in sorted(_filterable(name)):
        part = _filtered(table, filters)
        if part:
            rows[table] = f"({part.sql})"
            params.update(part.params)
    if not rows:
        return Statement(f"select * from {name}")
    return Statement(models.over(name, rows), tuple(sorted(params.items())))


def model(view: View, name: str, tail: str = "") -> pl.DataFrame:
    """A model's rows for the view; `tail` is our own order by and limit."""
    made = statement(name, view.filters)
    return _read(view.snapshot, Statement(f"select * from ({made.sql}) {tail}", made.params))


def formula(name: str, filters: Filters) -> str:
    """The SQL behind a figure, ready to paste into `backorders query`."""
    made = statement(name, filters)
    if made.params:
        return made.text()
    return f"-- sql/{name.replace('.', '/')}.sql\n{models.load_models()[name].sql.strip()}"


def about(snap: Snapshot) -> About:
    """As-of date, currency and age of the snapshot."""
    row = _read(
        snap,
        Statement(
            "select as_of.as_of, as_of.reporting_currency, as_of.is_sample,"
            " (select any_value(built_version) from core.run) as built_version,"
            " (select max(loaded_at) from quality.loads) as loaded_at,"
            " (select stale_after_days from core.levers) as stale_after_days,"
            " (select count(*) from core.order_lines) as order_lines"
            " from core.as_of as as_of"
        ),
    ).row(0, named=True)
    return About(
        as_of=row["as_of"],
        currency=row["reporting_currency"],
        is_sample=bool(row["is_sample"]),
        built_version=row["built_version"],
        loaded_at=row["loaded_at"],
        stale_after_days=row["stale_after_days"],
        order_lines=row["order_lines"],
    )


def comments(snap: Snapshot, table: str) -> dict[str, str]:
    """Column → what it means, from the dictionary in the database."""
    schema, name = table.split(".")
    frame = _read(
        snap.dictionary,
        Statement(
            "select column_name, comment from duckdb_columns()"
            " where schema_name = $schema and table_name = $name and comment is not null",
            (("name", name), ("schema", schema)),
        ),
    )
    return dict(frame.iter_rows())


def totals(view: View) -> Row:
    """The one row of backlog.totals for the view."""
    return model(view, "backlog.totals").row(0, named=True)


def earlier(view: View, read: Callable[[View], Row] = totals) -> Earlier | None:
    """The snapshot before this one, when it is older, and in the same currency and kind.

    `read` gives the row to compare.
    """
    here = about(view.snapshot)
    if view.snapshot.scenario:
        published = replace(view, snapshot=view.snapshot.published)
        return Earlier(here.as_of, read(published), is_published=True)
    paths = sorted(view.snapshot.path.parent.glob("backorders-*.duckdb"), reverse=True)
    for path in paths:
        if path.name >= view.snapshot.path.name:
            continue
        before = View(replace(view.snapshot, path=path), view.filters)
        try:
            there = about(before.snapshot)
            comparable = (there.currency, there.is_sample) == (here.currency, here.is_sample)
            if comparable and there.as_of < here.as_of:
                return Earlier(there.as_of, read(before))
        except DataError:
            # Pruned meanwhile, or built by another version: nothing to compare with.
            return None
    return None


def largest(view: View, name: str, unit: str, rows: int) -> pl.DataFrame:
    """The rows of one dimension with most backordered, in `unit`: "value" or "qty"."""
    measure = f"backordered_{unit}"
    key, _ = DIMENSIONS[name]
    tail = f"where {measure} > 0 order by {measure} desc, {key} limit {rows}"
    return model(view, f"backlog.by_{name}", tail)


def months(view: View) -> pl.DataFrame:
    """The backlog by month of order, oldest first."""
    return model(view, "backlog.by_order_month", "order by order_month")


def fill_rates(view: View, which: str) -> pl.DataFrame:
    """Fill rates by month of one pass: "first_pass" or "final"."""
    made = statement("backlog.fill_rates", view.filters)
    sql = f"select * from ({made.sql}) where pass = $pass"
    sql += " order by month_start, list_position(['unit', 'line', 'order'], basis)"
    return _read(view.snapshot, Statement(sql, (*made.params, ("pass", which))))


def on_time(view: View) -> pl.DataFrame:
    """On time and in full by month, the clocks in the order they are set."""
    clocks = "['requested', 'first_promise', 'last_promise']"
    return model(view, "backlog.otif", f"order by month_start, list_position({clocks}, clock)")


def moves(view: View, unit: str) -> list[tuple[int, Any, Any]]:
    """Open backlog then and now: (days back, then, now), for the days the history reaches."""
    made = statement("backlog.daily", view.filters)
    sql = (
        f"with daily as ({made.sql}), newest as (select * from daily order by day desc limit 1)"
        f" select newest.day - daily.day as days, daily.closing_{unit}, newest.closing_{unit}"
        " from daily cross join newest"
        " where newest.day - daily.day in (7, 30) order by days"
    )
    return _read(view.snapshot, Statement(sql, made.params)).rows()


def options(snap: Snapshot, name: str) -> list[tuple[str, str | None]]:
    """Keys and names a filter offers: of open lines, the largest by value, in name order."""
    key, title = DIMENSIONS[name]
    frame = _read(
        snap,
        Statement(
            "select key, name from ("
            f" select coalesce({key}, '{NONE}') as key, any_value({title}) as name,"
            "  sum(open_value) as worth from backlog.lines group by 1"
            f" order by worth desc nulls last, key limit {OPTIONS_SHOWN}"
            ") order by lower(coalesce(name, key)), key"
        ),
    )
    return list(frame.iter_rows())


def has_prices(snap: Snapshot) -> bool:
    """Whether any open line has a value; without, the figures are shown in units."""
    sql = "select count(*) > 0 from backlog.lines where not is_price_missing"
    return bool(_read(snap, Statement(sql)).item())


def ages(snap: Snapshot) -> list[str]:
    """The ageing buckets in order."""
    sql = "select bucket from core.ageing_buckets order by bucket_rank"
    return _read(snap, Statement(sql))["bucket"].to_list()


def lines(view: View, limit: int | None = LINES_SHOWN) -> pl.DataFrame:
    """The open lines of the view, what is backordered and dearest first, with their top cause."""
    part = statement("backlog.lines", view.filters)
    order = (
        " order by backordered_value desc nulls last, backordered_qty desc, open_qty desc,"
        " order_id, line_id"
    )
    shown = part.sql + order + (f" limit {limit}" if limit is not None else "")
    made = Statement(
        f"with shown as ({shown}) select shown.*, tops.top_cause_name, tops.confidence,"
        " tops.is_mixed from shown left join"
        " (select * from causes.line_tops where basis = 'as_of') as tops using (order_id, line_id)"
        + order,
        part.params,
    )
    return _read(view.snapshot, made) if limit is not None else _fetch(view.snapshot, made)


def pegs(view: View, keys: list[tuple[str, str]]) -> pl.DataFrame:
    """The supply pegged to the given (order_id, line_id), in the order it arrives."""
    sql = (
        "select * from backlog.pegs semi join"
        " (select unnest($orders) as order_id, unnest($lines) as line_id) as chosen"
        " using (order_id, line_id) order by order_id, line_id, expected_date nulls last"
    )
    params = (
        ("lines", tuple(line for _, line in keys)),
        ("orders", tuple(order for order, _ in keys)),
    )
    return _read(view.snapshot, Statement(sql, params))


def rules(view: View) -> pl.DataFrame:
    """What each allocation rule does with the same stock, in the order rules are shown."""
    return model(view, "backlog.allocation_rules", "order by rule_rank")


def rule_in_force(view: View) -> Row:
    """The row of the rule the figures are made with; empty when nothing is open."""
    rows = rules(view).filter(pl.col("is_in_force")).rows(named=True)
    return rows[0] if rows else {}


def has_strategies(snap: Snapshot) -> bool:
    """Whether any customer segment has a strategy of its own."""
    sql = "select count(*) > 0 from core.segment_strategies where strategy <> 'redistribute'"
    return bool(_read(snap, Statement(sql)).item())


def winners(view: View, rule: str, unit: str, rows: int) -> pl.DataFrame:
    """The customers who gain most by a rule, and those who lose most: at most `rows` of each."""
    made = statement("backlog.rule_winners", view.filters)
    measure = f"gained_{unit}"
    sql = (
        f"with named as (select * from ({made.sql}) where allocation_rule = $rule"
        f" and {measure} <> 0)"
        f" (select * from named where {measure} > 0 order by {measure} desc, customer_id"
        f" limit {rows}) union all"
        f" (select * from named where {measure} < 0 order by {measure}, customer_id limit {rows})"
        f" order by {measure} desc, customer_id"
    )
    return _read(view.snapshot, Statement(sql, (*made.params, ("rule", rule))))


def rule_lines(view: View, rule: str, limit: int | None = LINES_SHOWN) -> pl.DataFrame:
    """The lines that fare otherwise under a rule, those that gain or lose most first."""
    made = statement("backlog.rule_lines", view.filters)
    sql = (
        f"select * from ({made.sql}) where allocation_rule = $rule and outcome <> 'same'"
        " order by abs(gained_value) desc nulls last, abs(gained_qty) desc,"
        " abs(moved_days) desc nulls last, order_id, line_id"
        + (f" limit {limit}" if limit is not None else "")
    )
    found = Statement(sql, (*made.params, ("rule", rule)))
    return _read(view.snapshot, found) if limit is not None else _fetch(view.snapshot, found)


def file_of_rule_lines(view: View, rule: str, kind: str) -> bytes:
    """Every line that fares otherwise under a rule as a file: csv, xlsx or parquet."""
    return file_of(rule_lines(view, rule, limit=None), kind)


def arrivals(view: View, keys: list[tuple[str, str]]) -> pl.DataFrame:
    """The pegs of the given (order_id, line_id), with the line's customer, item and days.

    In the order of the keys; a line that nothing fills has one row without a supply.
    """
    sql = (
        "with chosen as (select unnest($orders) as order_id, unnest($lines) as line_id,"
        "  generate_subscripts($orders, 1) as place)"
        " select chosen.place, lines.order_id, lines.line_id, lines.customer_name,"
        "  lines.item_name, lines.due_date, lines.promised_date, lines.open_qty,"
        "  pegs.supply_id, pegs.supply_kind, pegs.document_id, pegs.supplier_name,"
        "  pegs.pegged_qty, pegs.pegged_value, pegs.expected_date, pegs.expected_p80_date,"
        "  pegs.expected_p95_date, promises.fill_p50_date, promises.pegged_qty as covered_qty"
        " from chosen"
        " inner join backlog.lines as lines using (order_id, line_id)"
        " left join backlog.promises as promises using (order_id, line_id)"
        " left join backlog.pegs as pegs using (order_id, line_id)"
        " order by chosen.place, pegs.expected_date nulls last, pegs.supply_id"
    )
    params = (
        ("lines", tuple(line for _, line in keys)),
        ("orders", tuple(order for order, _ in keys)),
    )
    return _read(view.snapshot, Statement(sql, params))


def supplies(view: View) -> pl.DataFrame:
    """Open purchase and production orders that lines of the view wait for: what is late for most
    money first."""
    return model(
        view,
        "backlog.supply_pegs",
        "where supply_kind <> 'on_hand' and lines > 0"
        " order by late_lines > 0 desc, pegged_value desc nulls last, pegged_qty desc, supply_id",
    )


def hit_lines(view: View, supply_id: str, limit: int | None = LINES_SHOWN) -> pl.DataFrame:
    """The lines of the view that wait for one supply, those it comes too late for first."""
    made = statement("backlog.pegs", view.filters)
    sql = (
        "select lines.customer_id, lines.customer_name, lines.segment, pegs.order_id, pegs.line_id,"
        " pegs.pegged_qty, pegs.pegged_value, lines.promised_date, lines.due_date,"
        " pegs.expected_date, pegs.slack_days, lines.item_name, lines.hold_reason"
        f" from ({made.sql}) as pegs inner join backlog.lines as lines using (order_id, line_id)"
        " where pegs.supply_id = $supply"
        " order by pegs.slack_days nulls last, pegs.pegged_value desc nulls last,"
        " pegs.order_id, pegs.line_id" + (f" limit {limit}" if limit is not None else "")
    )
    found = Statement(sql, (*made.params, ("supply", supply_id)))
    return _read(view.snapshot, found) if limit is not None else _fetch(view.snapshot, found)


def file_of_hit_lines(view: View, supply_id: str, kind: str) -> bytes:
    """Every line that waits for one supply as a file: csv, xlsx or parquet."""
    return file_of(hit_lines(view, supply_id, limit=None), kind)


def tested(snap: Snapshot) -> list[tuple[float, float, int, Any]]:
    """How fill dates did in the backtest: (share foretold, share come, days replayed, the last)."""
    sql = (
        "select quantile, covered_rate, replays, last_replay from quality.forecast_quality"
        " where subject = 'line' and cases_of = 'all' and method = 'expected'"
        " and quantile > 0.5 and covered_rate is not null order by quantile"
    )
    return _read(snap, Statement(sql)).rows()


REFUSED = {"rows": "quality.rejected_rows", "cells": "quality.rejected_cells"}
"""What may be refused: whole records, or cells of records that were loaded without them."""

REFUSED_SHOWN = 1_000
"""Refusals sent to the table; the downloads have them all."""


def table(snap: Snapshot, name: str, tail: str = "") -> pl.DataFrame:
    """The rows of a table or model as published, whatever the filters."""
    return _read(snap, Statement(f"select * from {name} {tail}"))


def books(snap: Snapshot) -> Row:
    """The sums of quality.loads, and how many kinds of contradiction there are in how many rows."""
    return _read(
        snap,
        Statement(
            "select loads.*, checks.* from ("
            " select count(*) as files, coalesce(sum(rows_in), 0) as rows_in,"
            "  coalesce(sum(rows_loaded), 0) as rows_loaded,"
            "  coalesce(sum(rows_refused), 0) as rows_refused,"
            "  coalesce(sum(rows_superseded), 0) as rows_superseded,"
            "  coalesce(sum(refused_cells), 0) as refused_cells from quality.loads) as loads,"
            " (select count(*) as contradictions, coalesce(sum(rows), 0) as contradicting_rows"
            "  from quality.checks where rows > 0 and severity = 'contradiction') as checks"
        ),
    ).row(0, named=True)


def findings(snap: Snapshot) -> pl.DataFrame:
    """The checks that found rows: contradictions first, then what is missing, then what is old."""
    order = "list_position(['contradiction', 'missing', 'stale'], severity)"
    return table(snap, "quality.checks", f"where rows > 0 order by {order}, rows desc, check_name")


def found_by(snap: Snapshot, check: str, limit: int | None = LINES_SHOWN) -> pl.DataFrame:
    """The rows a check found; `check` is one of quality.checks."""
    name = f"quality.{check}"
    if name not in models.load_models():
        raise DataError(f"there is no check {check}")
    made = Statement(f"select * from {name}" + (f" limit {limit}" if limit is not None else ""))
    return _read(snap, made) if limit is not None else _fetch(snap, made)


def refused(
    snap: Snapshot,
    kind: str,
    files: tuple[str, ...] = (),
    text: str = "",
    limit: int | None = REFUSED_SHOWN,
) -> pl.DataFrame:
    """Refused "rows" or "cells" of the files named (none: of all) that contain the text."""
    part = _refused(kind, files, text)
    tail = " order by load_id, source_row, table_name, column_name"
    made = Statement(
        part.sql + tail + (f" limit {limit}" if limit is not None else ""), part.params
    )
    return _read(snap, made) if limit is not None else _fetch(snap, made)


def refused_count(snap: Snapshot, kind: str, files: tuple[str, ...] = (), text: str = "") -> int:
    """How many of them there are."""
    part = _refused(kind, files, text)
    return int(_read(snap, Statement(f"select count(*) from ({part.sql})", part.params)).item())


def _refused(kind: str, files: tuple[str, ...], text: str) -> Statement:
    clauses = ["true"]
    params: list[tuple[str, Any]] = []
    if files:
        clauses.append("list_contains($files, source_file)")
        params.append(("files", files))
    if text:
        whole = "table_name, column_name, value, reason" + (", row_text" if kind == "rows" else "")
        clauses.append(f"contains(lower(concat_ws(' ', {whole})), lower($text))")
        params.append(("text", text))
    return Statement(f"select * from {REFUSED[kind]} where {' and '.join(clauses)}", tuple(params))


def promise_changes(snap: Snapshot, kind: str, party_id: str | None) -> pl.DataFrame:
    """Each move of a promised date by one customer's or supplier's orders, the newest first."""
    sql = (
        "select * from backlog.promise_changes"
        " where kind = $kind and party_id is not distinct from $party"
        f" order by changed_at desc, document_id, line_id limit {LINES_SHOWN}"
    )
    return _read(snap, Statement(sql, (("kind", kind), ("party", party_id))))


def supply_totals(snap: Snapshot) -> Row | None:
    """The one row of suppliers.totals; None without any purchase or production order."""
    frame = table(snap, "suppliers.totals")
    return None if frame.is_empty() else frame.row(0, named=True)


RANKS = {
    "late": "overdue_{unit} desc nulls last, unit_days_late desc nulls last",
    "otif": "otif_rate nulls last, lines_due desc",
    "rejects": "reject_rate desc nulls last",
    "share": "spend_share_rate desc nulls last",
}
"""How suppliers may be ranked, the worst or largest first."""


def suppliers(snap: Snapshot, unit: str, rank: str = "late") -> pl.DataFrame:
    """The suppliers with orders, the worst first; `unit` is "value" or "qty"."""
    order = RANKS[rank].format(unit=unit)
    return table(
        snap, "suppliers.by_supplier", f"where lines > 0 order by {order}, lines desc, supplier_id"
    )


def supplier_names(snap: Snapshot) -> dict[str, str | None]:
    """Every supplier by id: those of open lines and those with orders alike."""
    sql = "select supplier_id, supplier_name from core.suppliers order by lower(supplier_name)"
    return dict(_read(snap, Statement(sql)).iter_rows())


def supplier(snap: Snapshot, supplier_id: str) -> Row | None:
    """One row of suppliers.by_supplier; None for a supplier nobody knows."""
    frame = _of_supplier(snap, "suppliers.by_supplier", supplier_id)
    return None if frame.is_empty() else frame.row(0, named=True)


def supplier_items(snap: Snapshot, supplier_id: str, unit: str) -> pl.DataFrame:
    """The items ordered from a supplier, the latest first."""
    tail = f"order by overdue_{unit} desc nulls last, unit_days_late desc nulls last, item_id"
    return _of_supplier(snap, "suppliers.by_item", supplier_id, tail)


def supplier_orders(
    snap: Snapshot, supplier_id: str, *, is_late: bool, limit: int | None = LINES_SHOWN
) -> pl.DataFrame:
    """A supplier's orders, or only those that are late now, the longest late first."""
    tail = (
        "and overdue_qty > 0 order by first_promised_date, supply_id"
        if is_late
        else "order by order_date desc nulls last, supply_id"
    )
    if limit is not None:
        return _of_supplier(snap, "suppliers.lines", supplier_id, f"{tail} limit {limit}")
    sql = f"select * from suppliers.lines where supplier_id = $supplier {tail}"
    return _fetch(snap, Statement(sql, (("supplier", supplier_id),)))


def slips(snap: Snapshot, supplier_id: str) -> pl.DataFrame:
    """How many lines a supplier delivered so many days after the first promise."""
    sql = (
        "select received_slip_days as slip_days, count(*) as lines from suppliers.lines"
        " where supplier_id = $supplier and received_slip_days is not null"
        " group by all order by all"
    )
    return _read(snap, Statement(sql, (("supplier", supplier_id),)))


def supply_months(snap: Snapshot, supplier_id: str | None) -> pl.DataFrame:
    """Months that have begun, of one supplier or of all, oldest first."""
    sql = (
        "select by_month.* from suppliers.by_month as by_month"
        " inner join core.as_of as as_of on by_month.month_start <= as_of.as_of"
        " where supplier_id is not distinct from $supplier order by month_start"
    )
    return _read(snap, Statement(sql, (("supplier", supplier_id),)))


def _of_supplier(snap: Snapshot, name: str, supplier_id: str, tail: str = "") -> pl.DataFrame:
    sql = f"select * from {name} where supplier_id = $supplier {tail}"
    return _read(snap, Statement(sql, (("supplier", supplier_id),)))


# Risk, cash, planned waiting, materials, actions: their figures are of all that is loaded, for what
# is short or owed is decided among all orders. Of their rows a filter leaves those that carry it.

_ANY_LINE = "order lines"
"""Rows that are of one order line each heed every filter, by way of that line."""

_PARTY = {
    # Filter → the condition, where one column holds customers and suppliers.
    "cash_flow.events": {
        "customer": "(list_contains($customer, party_id) and not"
        " (starts_with(kind, 'supplier') or kind = 'payable'))",
        "supplier": "(list_contains($supplier, party_id) and"
        " (starts_with(kind, 'supplier') or kind = 'payable'))",
    },
    "actions.ranked": {
        "customer": "(list_contains($customer, party_id)"
        " and list_contains(['notify', 'offer_cancel', 'refund'], action_kind))",
        "supplier": "(list_contains($supplier, party_id)"
        " and not list_contains(['notify', 'offer_cancel', 'refund'], action_kind))",
    },
    "cash_flow.dues": {
        "customer": "(list_contains($customer, party_id) and side = 'customer')",
        "supplier": "(list_contains($supplier, party_id) and side = 'supplier')",
    },
}


def _conditions(name: str, tail: str) -> dict[str, str]:
    """Filter → the condition it makes on the rows of a model; those it cannot speak of are not in.

    The condition is _ANY_LINE where the rows are of order lines. `tail` may leave one side only.
    """
    columns = models.load_models()[name].columns
    if {"order_id", "line_id"} <= columns.keys():
        return dict.fromkeys((f.name for f in fields(Filters)), _ANY_LINE)
    found = {
        party: condition
        for party, condition in _PARTY.get(name, {}).items()
        if "side = " not in tail or f"side = '{party}'" in tail
    }
    key = next((each for each in ("item_id", "component_id") if each in columns), None)
    if key:
        found["item"] = f"list_contains($item, {key})"
        for dimension in ("category", "supplier"):
            column, _ = DIMENSIONS[dimension]
            holds = f"list_contains(${dimension}, coalesce({column}, '{NONE}'))"
            of_item = f"{key} in (select item_id from core.items where {holds})"
            found.setdefault(dimension, holds if column in columns else of_item)
    if "customer_id" in columns:
        found["customer"] = f"list_contains($customer, coalesce(customer_id, '{NONE}'))"
    return found


def heeded(rows: tuple[str, str], filters: Filters) -> tuple[str, ...]:
    """The filters set that leave some of the rows (a model, and which of its rows)."""
    conditions = _conditions(*rows)
    return tuple(each for each in filters.active() if each in conditions)


def _left(name: str, filters: Filters, tail: str = "") -> Statement:
    """The rows of a model that the filters leave, as far as they can speak of them."""
    active = heeded((name, tail), filters)
    sql = f"select * from {name}"
    if not active:
        return Statement(sql)
    conditions = _conditions(name, tail)
    if _ANY_LINE in conditions.values():
        where = _where(filters, with_age=True)
        return Statement(
            f"{sql} semi join (select order_id, line_id from backlog.lines where {where.sql})"
            " as lines using (order_id, line_id)",
            where.params,
        )
    # A party is a customer or a supplier: who asks for one of each asks for both.
    parties = [conditions[each] for each in active if each in _PARTY.get(name, {})]
    others = [conditions[each] for each in active if each not in _PARTY.get(name, {})]
    clauses = others + ([f"({' or '.join(parties)})"] if parties else [])
    params = tuple((each, getattr(filters, each)) for each in active)
    return Statement(f"{sql} where {' and '.join(clauses)}", params)


RISK_ROWS = {
    "Lines": (
        "risk.lines",
        "order by expected_cancel_value desc nulls last, cancel_rate desc, order_id, line_id",
    ),
    "Customers": (
        "risk.customers",
        "order by expected_loss_value desc nulls last, worst_delay_days desc, customer_id",
    ),
    "Events": (
        "risk.events",
        "order by expected_miss_value desc nulls last, ship_by_date, order_id, line_id",
    ),
    "Notices of delay": ("risk.notices", "order by notice_date, order_id, line_id"),
    "Next stock-outs": (
        "risk.next_stock_outs",
        "order by after_short_value desc nulls last, after_short_rate desc nulls last, pool_id",
    ),
    "Capacity": (
        "risk.scaling",
        "where demand_factor = 1 order by breaks_at_factor nulls last, item_id",
    ),
    "Brand": ("risk.brand_months", "order by month_start desc"),
    "Cancellations so far": ("risk.cancel_hazards", "order by wait_rank, late_rank"),
}
"""Rows the page of risk offers: the model, and which of its rows in which order."""


def risks(snap: Snapshot) -> pl.DataFrame:
    """The risks, the most money expected to be lost first, conditional ones last."""
    return table(snap, "risk.totals", "order by risk_rank")


def risk(view: View, name: str) -> Row:
    """One row of risk.totals."""
    return risks(view.snapshot).filter(pl.col("risk") == name).row(0, named=True)


def risk_basis(snap: Snapshot) -> Row:
    """The one row of risk.basis."""
    return table(snap, "risk.basis").row(0, named=True)


def risk_rows(
    snap: Snapshot, title: str, limit: int | None = LINES_SHOWN, filters: Filters = EVERYTHING
) -> pl.DataFrame:
    """One of RISK_ROWS, what costs most or is due first on top."""
    name, tail = RISK_ROWS[title]
    return _some(snap, name, tail, limit, filters)


def growth(snap: Snapshot) -> pl.DataFrame:
    """What breaks at which demand, by kind of source."""
    return table(snap, "risk.scaling_totals", "order by demand_factor, load_kind")


def concentration(snap: Snapshot) -> Row:
    """The one row of risk.concentration."""
    return table(snap, "risk.concentration").row(0, named=True)


def files_with_refusals(snap: Snapshot) -> list[str]:
    """Files that had rows or cells refused, by name."""
    names = " union ".join(f"select source_file from {each}" for each in REFUSED.values())
    return _read(snap, Statement(f"{names} order by 1"))["source_file"].to_list()


SHEET_ROWS = export.SHEET_ROWS
"""Lines a workbook can hold."""

EXPORTS: dict[str, tuple[str, Callable[[pl.DataFrame], bytes]]] = {
    "csv": ("text/csv", export.to_csv),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        export.to_xlsx,
    ),
    "parquet": ("application/vnd.apache.parquet", export.to_parquet),
}
"""Kind of file → its media type and its writer."""


def file_of_lines(view: View, kind: str) -> bytes:
    """Every line of the view as a file: csv, xlsx or parquet."""
    return file_of(lines(view, limit=None), kind)


def file_of(frame: pl.DataFrame, kind: str) -> bytes:
    """Rows as a file in which nothing runs: csv, xlsx or parquet."""
    return EXPORTS[kind][1](frame)


# Causes of shortages. A view of them says which: its filters name the basis, and a month.

AS_OF, FELL_DUE = "as_of", "fell_due"
"""Bases of a shortage: lines that are short today, or that were when they fell due."""


def short_totals(view: View) -> Row:
    """The one row of causes.totals for the view's basis; empty when nothing is short."""
    rows = model(view, "causes.totals").rows(named=True)
    return rows[0] if rows else {}


def causes(view: View, unit: str) -> pl.DataFrame:
    """The causes of the view's basis, the largest first, then what is on purpose, then unknown."""
    return model(
        view,
        "causes.by_cause",
        f"order by is_planned or cause = 'unknown', cause_{unit} desc nulls last, cause_rank",
    )


def cause_months(view: View) -> pl.DataFrame:
    """Units and value by month and cause of lines that fell due, oldest first."""
    return model(view, "causes.months", "order by month_start, cause_rank")


def cause_month_totals(view: View) -> pl.DataFrame:
    """The months lines fell due short in, the newest first."""
    return model(view, "causes.month_totals", "order by month_start desc")


def causes_by(view: View, dimension: str, cause: str | None, unit: str, rows: int) -> pl.DataFrame:
    """Members of a dimension by cause, or of one cause; those with most of it first."""
    made = statement("causes.by_dimension", view.filters)
    sql = (
        f"with parts as (select * from ({made.sql}) where dimension = $dimension"
        " and cause = coalesce($cause, cause)),"
        f" members as (select member_id, sum(cause_{unit}) as worth from parts group by member_id"
        f" order by worth desc nulls last, member_id limit {rows})"
        " select parts.*, kinds.cause_group from parts"
        " inner join members on parts.member_id is not distinct from members.member_id"
        " inner join causes.kinds as kinds on parts.cause = kinds.cause"
        " order by members.worth desc nulls last, parts.member_id, parts.cause_rank"
    )
    params = (*made.params, ("dimension", dimension), ("cause", cause))
    return _read(view.snapshot, Statement(sql, params))


def short_lines(view: View, cause: str | None, limit: int | None = LINES_SHOWN) -> pl.DataFrame:
    """The short lines of the view, or those with units of a cause and how many; dearest first."""
    details = statement("causes.line_details", view.filters)
    parts = statement("causes.lines", view.filters)
    sql = f"with details as ({details.sql}), parts as ({parts.sql})"
    if cause is None:
        sql += " select details.*, null as cause_qty, null as cause_value from details"
        sql += " order by short_value desc nulls last, short_qty desc, order_id, line_id"
    else:
        sql += (
            " select details.*, parts.cause_qty, parts.cause_value from details"
            " inner join parts using (basis, order_id, line_id) where parts.cause = $cause"
            " order by cause_value desc nulls last, cause_qty desc, order_id, line_id"
        )
    made = Statement(
        sql + (f" limit {limit}" if limit is not None else ""),
        (*details.params, *(() if cause is None else (("cause", cause),))),
    )
    return _read(view.snapshot, made) if limit is not None else _fetch(view.snapshot, made)


def file_of_short_lines(view: View, cause: str | None, kind: str) -> bytes:
    """Every short line of the view as a file: csv, xlsx or parquet."""
    return file_of(short_lines(view, cause, limit=None), kind)


def mended(view: View, unit: str) -> pl.DataFrame:
    """What mending one cause alone would change, the most first."""
    tail = f"where cause <> 'unknown' order by but_for_{unit} desc nulls last, cause_rank"
    return model(view, "causes.mended_by_cause", tail)


def mended_items(view: View, cause: str | None, unit: str) -> pl.DataFrame:
    """The same by item, of one cause or of all."""
    made = statement("causes.if_mended", view.filters)
    sql = (
        f"select * from ({made.sql}) where cause <> 'unknown' and cause = coalesce($cause, cause)"
        f" order by but_for_{unit} desc nulls last, item_id, cause_rank limit {LINES_SHOWN}"
    )
    return _read(view.snapshot, Statement(sql, (*made.params, ("cause", cause))))


def unknown_causes(view: View, unit: str) -> pl.DataFrame:
    """What is unknown by the table that would tell, and what else answers lack without it."""
    made = statement("causes.unknowns", view.filters)
    sql = (
        "select unknowns.*, answers.is_loaded, answers.costs"
        f" from ({made.sql}) as unknowns"
        " left join quality.answers as answers on unknowns.missing_table = answers.table_name"
        f" order by unknown_{unit} desc nulls last, missing_table"
    )
    return _read(view.snapshot, Statement(sql, made.params))


def typed_reasons(view: View) -> pl.DataFrame:
    """Reasons people typed beside the computed cause, where any was typed."""
    return model(
        view,
        "causes.typed_reasons",
        "where reason_code is not null order by reason_code, cause_qty desc, cause",
    )


def bases_of(snap: Snapshot, order_id: str, line_id: str) -> list[str]:
    """The bases a line is short on: today's first."""
    sql = (
        "select distinct basis from causes.lines"
        " where order_id = $order and line_id = $line order by basis"
    )
    params = (("order", order_id), ("line", line_id))
    return _read(snap, Statement(sql, params))["basis"].to_list()


def short_line(snap: Snapshot, basis: str, order_id: str, line_id: str) -> Row:
    """One row of causes.line_details."""
    return _of_line(snap, "causes.line_details", basis, order_id, line_id).row(0, named=True)


def line_causes(snap: Snapshot, basis: str, order_id: str, line_id: str) -> pl.DataFrame:
    """The causes of one line, the largest first."""
    sql = (
        "select lines.*, kinds.cause_name, kinds.cause_group, kinds.meaning, kinds.is_planned,"
        " claims.cause_share, claims.missing_table from causes.lines as lines"
        " inner join causes.kinds as kinds using (cause)"
        " inner join causes.claims as claims using (basis, pool_id, on_date, cause)"
        " where lines.basis = $basis and order_id = $order and line_id = $line"
        " order by cause_qty desc, cause_share desc, kinds.cause_rank"
    )
    params = (("basis", basis), ("order", order_id), ("line", line_id))
    return _read(snap, Statement(sql, params))


def line_evidence(snap: Snapshot, basis: str, order_id: str, line_id: str) -> pl.DataFrame:
    """The records behind the causes of one line, those with most of its units first."""
    tail = "order by cause, evidence_qty desc, evidence_kind, evidence_id"
    return _of_line(snap, "causes.line_evidence", basis, order_id, line_id, tail)


def _of_line(
    snap: Snapshot, name: str, basis: str, order_id: str, line_id: str, tail: str = ""
) -> pl.DataFrame:
    sql = f"select * from {name} where basis = $basis and order_id = $order and line_id = $line"
    params = (("basis", basis), ("order", order_id), ("line", line_id))
    return _read(snap, Statement(f"{sql} {tail}", params))


def line_is_known(snap: Snapshot, order_id: str, line_id: str) -> bool:
    """Whether there is such an order line at all."""
    sql = "select count(*) > 0 from core.order_lines where order_id = $order and line_id = $line"
    return bool(_read(snap, Statement(sql, (("order", order_id), ("line", line_id)))).item())


ASK_LIMITS = sandbox.Limits(seconds=30, memory_mb=1024, rows=10_000)
"""What a question typed on the page *SQL* may take."""


def ask(snap: Snapshot, sql: str) -> sandbox.Query:
    """Start a SELECT somebody typed, in a process of its own that holds it to ASK_LIMITS."""
    return sandbox.Query(_whole(snap).path, sql, ASK_LIMITS, scenario=snap.scenario)


def first_rows(table: str) -> str:
    """A statement to begin with."""
    return f"select *\nfrom {table}\nlimit 100"


def examples() -> dict[str, str]:
    """Question → the SELECT that answers it, to begin with."""
    text = (models.SQL_DIR / "examples.toml").read_text(encoding="utf-8")
    return {one["question"]: one["sql"].strip() for one in tomllib.loads(text).values()}


def tables(snap: Snapshot) -> dict[str, str]:
    """Table → what its rows are, of every table and model, by name."""
    frame = _read(
        snap.dictionary,
        Statement(
            "select schema_name || '.' || name as name, comment from ("
            "  select schema_name, table_name as name, comment from duckdb_tables()"
            "  where not internal union all"
            "  select schema_name, view_name, comment from duckdb_views() where not internal"
            ") order by name"
        ),
    )
    return {name: comment or "" for name, comment in frame.iter_rows()}


def columns(snap: Snapshot, table: str) -> pl.DataFrame:
    """The columns of a table or model: name, type, meaning."""
    schema, name = table.split(".")
    return _read(
        snap.dictionary,
        Statement(
            "select column_name as column, lower(data_type) as type, comment as meaning"
            " from duckdb_columns() where schema_name = $schema and table_name = $name"
            " order by column_index",
            (("name", name), ("schema", schema)),
        ),
    )


def levers() -> dict[str, dict[str, Any]]:
    """What a scenario may set, by name: the kinds of change, then the assumptions."""
    return scenarios.kinds() | models.assumptions()


def understood(snap: Snapshot, settings: Iterable[str]) -> tuple[str, ...]:
    """Settings as the engine reads them, each once; DataError for one there is not."""
    try:
        return scenarios.scenario(_instance(str(_whole(snap).path)).cursor(), settings).settings()
    except models.ModelError as error:
        raise DataError(str(error)) from error


def subjects(snap: Snapshot, kind: str) -> dict[str, str]:
    """Id → name of the suppliers, items or open orders that a change may be about."""
    sql = {
        "supplier": (
            "select supplier_id, any_value(supplier_name) from backlog.supply_pegs"
            " where supplier_id is not null group by supplier_id"
            " order by sum(pegged_value) desc nulls last, supplier_id"
        ),
        "supply": (
            # Named after the item of it that most waits for.
            "select document_id, max_by(item_name || ', ' || coalesce(supplier_name, ''),"
            " row(coalesce(pegged_value, 0), item_id))"
            " from backlog.supply_pegs where supply_kind <> 'on_hand' group by document_id"
            " order by sum(pegged_value) desc nulls last, document_id"
        ),
        "item": (
            "select items.item_id, items.item_name from core.items as items"
            " left join backlog.by_item as backlog on items.item_id = backlog.item_id"
            " order by backlog.backordered_value desc nulls last, items.item_id"
        ),
        "customer": (
            "select customer_id, any_value(customer_name) from backlog.lines"
            " where customer_id is not null group by customer_id"
            " order by sum(open_value) desc nulls last, customer_id"
        ),
        "category": (
            "select category, category from core.items where category is not null"
            " group by category order by category"
        ),
        "segment": (
            "select segment, segment from core.customers where segment is not null"
            " group by segment order by segment"
        ),
        "cause": (
            "select causes.cause, causes.cause_name from what_if.causes as causes"
            " inner join causes.kinds as kinds on causes.cause = kinds.cause"
            " where not kinds.is_planned and causes.cause <> 'unknown'"
            " order by causes.cause_qty desc, causes.cause_rank"
        ),
    }[kind.removeprefix("any ")]
    rows = _read(snap.published, Statement(f"{sql} limit {OPTIONS_SHOWN}")).rows()
    return {key: name or key for key, name in rows}


@dataclass(frozen=True)
class Outcome:
    """The figures of a scenario beside those published, and the lines filled on another day.

    `earlier` and `later` count these; later is also what is not filled at all.
    """

    figures: pl.DataFrame
    moved: pl.DataFrame
    earlier: int
    later: int


@st.cache_data(max_entries=64, show_spinner=False)
def _outcome(path: str, settings: tuple[str, ...]) -> Outcome:
    overlay = _overlay(path, settings)
    try:
        figures = scenarios.figures(overlay)
        moved, counts = scenarios.moved_lines(overlay), scenarios.moved_counts(overlay)
        return Outcome(figures, moved, *counts)
    except duckdb.Error as error:
        raise DataError(f"the scenario cannot be computed: {error}") from error


def outcome(snap: Snapshot, settings: tuple[str, ...]) -> Outcome:
    """What a scenario does, beside what is published."""
    return _outcome(str(_whole(snap).path), settings)


@st.cache_data(max_entries=64, show_spinner=False)
def _cause_outcome(path: str, settings: tuple[str, ...]) -> pl.DataFrame:
    try:
        return scenarios.cause_figures(_overlay(path, settings))
    except duckdb.Error as error:
        raise DataError(f"the scenario cannot be computed: {error}") from error


def cause_outcome(snap: Snapshot, settings: tuple[str, ...]) -> pl.DataFrame:
    """Why what is short today is short: the figures of a scenario beside those published."""
    return scenarios.told(_cause_outcome(str(_whole(snap).path), settings))


def saved_scenarios() -> dict[str, tuple[str, ...]]:
    """Name → settings of the scenarios saved beside the snapshots."""
    try:
        return scenarios.saved(store_dir())
    except models.ModelError as error:
        raise DataError(str(error)) from error


def save_scenario(snap: Snapshot, name: str, settings: tuple[str, ...] | None) -> None:
    """Keep a scenario under a name; None forgets the name. DataError when it cannot be kept."""
    try:
        what = settings and scenarios.scenario(_instance(str(_whole(snap).path)).cursor(), settings)
        scenarios.save(store_dir(), name, what or None)
    except (models.ModelError, OSError) as error:
        raise DataError(f"the scenario cannot be saved: {error}") from error


COMPARED = scenarios.COMPARED

TRIED = 6
"""Suppliers and orders that the tornado tries: those most money waits for."""


def tornado(snap: Snapshot, figure: str) -> pl.DataFrame:
    """What each lever, tried alone both ways, does to a figure: the widest first.

    Columns: lever, setting, difference, outcome (better or worse).
    """
    tried = _tornado(str(_whole(snap).path))
    moved = tried.filter((pl.col("figure") == figure) & (pl.col("difference") != 0))
    return moved.drop("figure").sort(pl.col("difference").abs(), descending=True)


BOTH_WAYS = (
    ("supplier_days", "-5", "5"),
    ("capacity_rate", "1.25", "0.8"),
    ("demand_percent", "-20", "20"),
    ("stop_selling", "1", "1"),
    ("deposit_rate_added", "0.2", "0.2"),
    ("customer_net_days_added", "-15", "15"),
    ("supplier_net_days_added", "15", "-15"),
)
"""Levers of everything, and the values that the tornado tries."""


@st.cache_data(max_entries=2, show_spinner=False)
def _tornado(path: str) -> pl.DataFrame:
    snap = Snapshot(Path(path))
    known = scenarios.kinds() | models.assumptions()
    levers = [
        (known[name]["label"].partition(";")[0], f"{name}={value}")
        for name, *values in BOTH_WAYS
        for value in dict.fromkeys(values)
    ]
    suppliers = list(subjects(snap, "supplier").items())[:TRIED]
    levers += [
        (f"{name}: {days:+d} days", f"supplier_days:{key}={days}")
        for key, name in suppliers
        for days in (-7, 7)
    ]
    levers += [
        (f"Order {key}: 14 days earlier", f"supply_days:{key}=-14")
        for key in list(subjects(snap, "supply"))[:TRIED]
    ]
    levers += [
        (f"Served first by {rule.replace('_', ' ')}", f"allocation_rule={rule}")
        for rule in models.assumptions()["allocation_rule"]["choices"]
    ]
    found = []
    for lever, setting in levers:
        overlay = scenarios.Overlay(
            Path(path), scenarios.scenario(_instance(path).cursor(), [setting])
        )
        try:
            rows = scenarios.figures(overlay)
        finally:
            overlay.close()
        found.append(
            rows.select(
                pl.lit(lever).alias("lever"),
                pl.lit(setting).alias("setting"),
                "figure",
                "difference",
                "outcome",
            )
        )
    return pl.concat(found)


def side_by_side(snap: Snapshot, named: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """One row per figure: as published, and in each scenario."""
    return scenarios.side_by_side(
        {name: all_figures(snap, settings) for name, settings in named.items()}
    )


def file_of_figures(snap: Snapshot, settings: tuple[str, ...], kind: str) -> bytes:
    """Every figure of a scenario beside those published as a file: csv, xlsx or parquet."""
    return file_of(all_figures(snap, settings), kind)


def all_figures(snap: Snapshot, settings: tuple[str, ...]) -> pl.DataFrame:
    """Every figure of a scenario beside those published."""
    path = str(_whole(snap).path)
    return pl.concat([_outcome(path, settings).figures, _cause_outcome(path, settings)])


def assumptions(snap: Snapshot, names: Sequence[str]) -> pl.DataFrame:
    """The assumptions named, in that order, with their value, default and source."""
    sql = (
        "select * from core.assumptions where list_contains($names, assumption)"
        " order by list_position($names, assumption)"
    )
    return _read(snap, Statement(sql, (("names", tuple(names)),)))


def cash_totals(view: View) -> Row:
    """The one row of cash_flow.totals."""
    return table(view.snapshot, "cash_flow.totals").row(0, named=True)


def cash_daily(snap: Snapshot) -> pl.DataFrame:
    """The cash position by certainty and day."""
    return table(snap, "cash_flow.daily", "order by certainty, day")


def cash_ageing(snap: Snapshot) -> pl.DataFrame:
    """What is delivered and not paid, the youngest first."""
    return table(snap, "cash_flow.ageing", "order by bucket_rank, side")


def cash_cycle(snap: Snapshot) -> Row:
    """The one row of cash_flow.cycle."""
    return table(snap, "cash_flow.cycle").row(0, named=True)


CASH_RANKS = {
    "customer": "receivable_value + held_value",
    "supplier": "payable_value + prepaid_value",
    "currency": "to_come_value + to_pay_value",
}
"""What makes members of a dimension large."""


def cash_by(snap: Snapshot, dimension: str, rows: int) -> pl.DataFrame:
    """The members of a dimension with most money, the largest first."""
    rank = CASH_RANKS[dimension]
    sql = (
        f"select * from cash_flow.by_dimension where dimension = $dimension and {rank} > 0"
        f" order by {rank} desc, member_id limit {rows}"
    )
    return _read(snap, Statement(sql, (("dimension", dimension),)))


CASH_ROWS = {
    "Open lines": (
        "cash_flow.lines",
        "order by open_value desc nulls last, order_id, line_id",
    ),
    "Owed to us": (
        "cash_flow.dues",
        "where side = 'customer' order by overdue_days desc nulls last, due_value desc,"
        " document_id, line_id, delivered_date",
    ),
    "Owed by us": (
        "cash_flow.dues",
        "where side = 'supplier' order by due_date nulls last, due_value desc,"
        " document_id, line_id, delivered_date",
    ),
    "To come": (
        "cash_flow.events",
        "where not is_past order by p50_date nulls last, abs(event_value) desc,"
        " kind, document_id, line_id, part_id",
    ),
    "So far": (
        "cash_flow.events",
        "where is_past order by p50_date desc, abs(event_value) desc nulls last,"
        " kind, document_id, line_id, part_id",
    ),
}
"""Rows the page of cash offers: the model, and which of its rows in which order."""


def cash_rows(
    snap: Snapshot, title: str, limit: int | None = LINES_SHOWN, filters: Filters = EVERYTHING
) -> pl.DataFrame:
    """One of CASH_ROWS, the largest or latest first."""
    name, tail = CASH_ROWS[title]
    return _some(snap, name, tail, limit, filters)


def plan_totals(view: View, *, is_planned: bool = True) -> Row:
    """One row of planned.totals: of what waits on purpose, or against the plan."""
    frame = table(view.snapshot, "planned.totals")
    return frame.filter(pl.col("is_planned") == is_planned).row(0, named=True)


def plan_parts(snap: Snapshot, *, is_planned: bool) -> pl.DataFrame:
    """The parts of one ledger in the order they are shown."""
    frame = table(snap, "planned.components", "order by component_rank")
    return frame.filter(pl.col("is_planned") == is_planned)


def plan_items(
    snap: Snapshot,
    *,
    is_planned: bool,
    limit: int | None = LINES_SHOWN,
    filters: Filters = EVERYTHING,
) -> pl.DataFrame:
    """The items of one ledger, those that earn least first."""
    tail = (
        f"where is_planned = {str(is_planned).lower()}"
        " order by net_value nulls last, wait_qty desc, item_id"
    )
    return _some(snap, "planned.ledger", tail, limit, filters)


def plan_policies(
    snap: Snapshot, limit: int | None = LINES_SHOWN, filters: Filters = EVERYTHING
) -> pl.DataFrame:
    """Order quantities of items; those whose policy would better change stand first."""
    tail = (
        "order by better_policy is null, better_policy is not distinct from stocking_policy,"
        " saved_value desc nulls last, item_id"
    )
    return _some(snap, "planned.policies", tail, limit, filters)


def _some(
    snap: Snapshot, name: str, tail: str, limit: int | None, filters: Filters
) -> pl.DataFrame:
    part = _left(name, filters, tail)
    made = Statement(
        f"select * from ({part.sql}) {tail}" + (f" limit {limit}" if limit is not None else ""),
        part.params,
    )
    return _read(snap, made) if limit is not None else _fetch(snap, made)


def action_kinds(snap: Snapshot) -> pl.DataFrame:
    """Each kind of action: how many there are, how many overdue, what they are worth."""
    return table(snap, "actions.by_kind", "order by kind_rank")


def actions(
    snap: Snapshot, kinds: tuple[str, ...], limit: int | None, filters: Filters = EVERYTHING
) -> pl.DataFrame:
    """The actions of some kinds, or of all, what is worth most first."""
    part = _actions(kinds, filters)
    made = Statement(
        f"{part.sql} order by action_rank" + (f" limit {limit}" if limit is not None else ""),
        part.params,
    )
    return _read(snap, made) if limit is not None else _fetch(snap, made)


def actions_count(snap: Snapshot, kinds: tuple[str, ...], filters: Filters) -> int:
    """How many of them there are."""
    part = _actions(kinds, filters)
    return int(_read(snap, Statement(f"select count(*) from ({part.sql})", part.params)).item())


def _actions(kinds: tuple[str, ...], filters: Filters) -> Statement:
    part = _left("actions.ranked", filters)
    where = " where list_contains($kinds, action_kind)" if kinds else ""
    params = (*part.params, *((("kinds", kinds),) if kinds else ()))
    return Statement(f"select * from ({part.sql}){where}", params)


def file_of_actions(snap: Snapshot, kinds: tuple[str, ...], filters: Filters, kind: str) -> bytes:
    """Every action of some kinds as a file: csv, xlsx or parquet."""
    return file_of(actions(snap, kinds, None, filters), kind)


def draft_purchases(snap: Snapshot) -> pl.DataFrame:
    """Suggested purchases as lines of purchase orders."""
    return table(snap, "actions.draft_purchases", "order by po_id, cast(line_id as integer)")


MATERIAL_ROWS = {
    "To order or make": (
        "materials.proposals",
        "order by freed_value desc nulls last, wanted_qty > 0 desc, latest_order_date, item_id",
    ),
    "To hurry": ("materials.expedites", "order by expedite_rank"),
    "Gating components": ("materials.gating", "order by gating_rank"),
    "Able to make": (
        "materials.able_to_make",
        "order by blocked_value desc nulls last, waiting_qty desc, item_id",
    ),
    "Short components": (
        "materials.shortages",
        "order by overdue_days desc nulls last, order_by_date nulls last, item_id",
    ),
    "Needs by day": ("materials.requirements", "order by needed_date, item_id"),
    "Stock rules": (
        "materials.positions",
        "where reorder_point_qty is not null or safety_stock_qty is not null"
        " order by is_to_reorder desc nulls last, is_below_safety_stock desc nulls last, item_id",
    ),
}
"""Lists of the page of materials: the model, and which of its rows in which order."""


def material_totals(view: View) -> Row:
    """The one row of materials.totals."""
    return table(view.snapshot, "materials.totals").row(0, named=True)


def material_rows(
    snap: Snapshot, title: str, limit: int | None = LINES_SHOWN, filters: Filters = EVERYTHING
) -> pl.DataFrame:
    """One of MATERIAL_ROWS, the most pressing first."""
    name, tail = MATERIAL_ROWS[title]
    return _some(snap, name, tail, limit, filters)


def gating(view: View, rows: int) -> pl.DataFrame:
    """The components that block most value, the first ones."""
    return _some(view.snapshot, "materials.gating", "order by gating_rank", rows, view.filters)


def able_to_make(view: View, unit: str, rows: int) -> pl.DataFrame:
    """Made items most of which waits, the largest first."""
    order = f"order by waiting_{unit} desc nulls last, item_id"
    return _some(view.snapshot, "materials.able_to_make", order, rows, view.filters)


def made_items(snap: Snapshot) -> dict[str, str | None]:
    """Items with a bill of materials, by name."""
    sql = (
        "select made.item_id, items.item_name"
        " from (select distinct item_id from materials.components) as made"
        " left join core.items as items using (item_id)"
        f" order by lower(coalesce(items.item_name, made.item_id)), 1 limit {OPTIONS_SHOWN}"
    )
    return dict(_read(snap, Statement(sql)).iter_rows())


def bill_of(snap: Snapshot, item_id: str) -> pl.DataFrame:
    """What an item takes, as an indented list."""
    sql = f"select * from materials.bom_of($item) order by place limit {LINES_SHOWN}"
    return _read(snap, Statement(sql, (("item", item_id),)))
