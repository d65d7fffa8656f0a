"""What-if: the same models over a snapshot with something changed, in a second and without a copy.

A scenario changes assumptions (sql/assumptions.toml) and supply and demand (sql/changes.toml). Its
overlay is an in-memory catalog beside the snapshot, attached read-only: what no change touches is
passed through as a view, what is downstream of one is built anew from the same files, when first
asked for. A rebuilt model that came out as it was stops the rebuilding there.
"""

import json
import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from pathlib import Path
from threading import RLock
from typing import Any

import duckdb
import polars as pl

from sql import models
from sql.models import SQL_DIR, ModelError

_SETTING = re.compile(r"(?P<name>\w+)(?::(?P<subject>.+?))?(?:=(?P<value>.*))?", re.DOTALL)
_EXTRA = re.compile(r"(?P<amount>[^@]+)(?:@(?P<days>\d+))?")
_AT_ONCE = 2
"""Models built at the same time: most are too small to keep more than one core busy."""
_LARGE = "causes."
"""Models that look at every day and order line, not at the open lines alone."""


@dataclass(frozen=True)
class Change:
    """One row of core.changes."""

    change: str
    subject_id: str = ""
    location_id: str = ""
    amount: float = 1.0
    after_days: int | None = None

    def __str__(self) -> str:
        subject = "@".join(part for part in (self.subject_id, self.location_id) if part)
        text = f"{self.change}:{subject}" if subject else self.change
        if kinds()[self.change]["minimum"] == kinds()[self.change]["maximum"]:
            return text
        days = "" if self.after_days is None else f"@{self.after_days}"
        return f"{text}={self.amount:g}{days}"


@dataclass(frozen=True)
class Scenario:
    """Assumptions set otherwise, and changes of supply and demand; equal ones are one scenario."""

    assumptions: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()

    def settings(self) -> tuple[str, ...]:
        """The texts that `scenario` reads, in an order of their own."""
        return tuple(
            [f"{name}={value}" for name, value in self.assumptions]
            + [str(change) for change in self.changes]
        )


@cache
def kinds() -> dict[str, dict[str, Any]]:
    """The kinds of change by name: label, subject, minimum, maximum, step, unit, source."""
    return tomllib.loads((SQL_DIR / "changes.toml").read_text(encoding="utf-8"))


def scenario(con: duckdb.DuckDBPyConnection, settings: Iterable[str]) -> Scenario:
    """Read settings such as `allocation_rule=due_date`, `supplier_days:ACME=-5`.

    `con` is open on the snapshot, which knows the supplies, suppliers and items there are. Raises
    ModelError for a name, subject or value there is not.
    """
    assumptions: dict[str, str] = {}
    changes: dict[tuple[str, str, str], Change] = {}
    for text in settings:
        found = _SETTING.fullmatch(text.strip())
        if not found:
            raise ModelError(f"{text!r} is not NAME=VALUE or NAME:SUBJECT=VALUE")
        name, subject, value = found["name"], found["subject"] or "", found["value"]
        if name in models.assumptions():
            if subject or value is None:
                raise ModelError(f"{text!r}: an assumption is set as {name}=VALUE")
            models.check_assumption(name, value)
            assumptions[name] = value
        elif name in kinds():
            for change in _changes(con, name, subject, value):
                changes[change.change, change.subject_id, change.location_id] = change
        else:
            known = [*models.assumptions(), *kinds()]
            near = get_close_matches(name, known, n=1)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise ModelError(f"there is no assumption or change {name}{hint}")
    for kind, item, place in changes:
        if kind == "make_to_order" and ("make_to_stock", item, place) in changes:
            raise ModelError(f"{item} is either made to order or kept in stock, not both")
    by_text = sorted(changes.values(), key=str)
    return Scenario(tuple(sorted(assumptions.items())), tuple(by_text))


def _changes(
    con: duckdb.DuckDBPyConnection, name: str, subject: str, value: str | None
) -> list[Change]:
    kind = kinds()[name]
    after: int | None = None
    if name in _DATED:
        found = _EXTRA.fullmatch(value or "")
        if not found:
            raise ModelError(f"{name} needs a quantity, and days if known: {name}:ITEM=100@14")
        value, after = found["amount"], int(found["days"]) if found["days"] else None
    amount = _amount(name, kind, value)
    about = kind["subject"]
    if not about:
        if subject:
            raise ModelError(f"{name} is about all of it: {name}={amount:g}")
        return [Change(name, amount=amount)]
    if about == "supply":
        return [Change(name, each, amount=amount) for each in _supplies(con, subject)]
    if name in _DATED:
        return [_extra(con, name, subject, amount, after)]
    if subject or name not in _FOR_ALL:
        _must_be_known(con, _CALLED.get(about, about), subject, _KNOWN[about])
    return [Change(name, subject, amount=amount)]


_DATED = ("extra_supply", "demand_spike")
_FOR_ALL = ("supplier_days", "stop_selling")
"""Changes that, without a subject, are about every one of its kind."""
_CALLED = {"any item": "item", "category": "product group", "segment": "customer segment"}
_KNOWN = {
    "supplier": "select supplier_id from core.supply_orders",
    "customer": "select customer_id from core.customers",
    "item": "select item_id from core.items",
    "any item": "select item_id from core.items",
    "category": "select category from core.items where category is not null",
    "segment": "select segment from core.customers union all select '(none)'",
    "cause": "select cause from causes.kinds where not is_planned and cause <> 'unknown'",
}


def _amount(name: str, kind: dict[str, Any], value: str | None) -> float:
    if value is None and kind["minimum"] == kind["maximum"]:
        return float(kind["minimum"])
    try:
        amount = float(value or "")
    except ValueError:
        raise ModelError(f"{name} must be a number, not {value!r}") from None
    if not kind["minimum"] <= amount <= kind["maximum"]:
        span = f"{kind['minimum']:g} to {kind['maximum']:g} {kind['unit']}".strip()
        raise ModelError(f"{name} must be {span}, not {value}")
    return amount


def _supplies(con: duckdb.DuckDBPyConnection, subject: str) -> list[str]:
    """The open orders of this number, or the one of this name."""
    rows = con.execute(
        "select supply_id from core.supply_orders"
        " where open_qty > 0 and (supply_id = $subject or document_id = $subject) order by all",
        {"subject": subject},
    ).fetchall()
    if not rows:
        _must_be_known(
            con,
            "open purchase or production order",
            subject,
            "select document_id from core.supply_orders where open_qty > 0",
        )
    return [supply for (supply,) in rows]


def _extra(
    con: duckdb.DuckDBPyConnection, name: str, subject: str, amount: float, after: int | None
) -> Change:
    """The item's lead time where no days are given; the pool most in need where no location is."""
    item, _, location = subject.rpartition("@") if "@" in subject else (subject, "", "")
    known = _KNOWN["item"]
    if not con.execute(f"select 1 from ({known}) where item_id = ?", [item]).fetchone():
        item, location = subject, ""
    _must_be_known(con, "item", item, known)
    row = con.execute(
        "select coalesce(items.lead_time_days, levers.usual_lead_time_days),"
        " coalesce(pools.is_by_location, false)"
        " from core.items as items cross join core.levers as levers"
        " left join core.pools as pools on items.item_id = pools.item_id where items.item_id = ?",
        [item],
    ).fetchone()
    lead_days, by_location = row or (0, False)
    if by_location and not location:
        most = con.execute(
            "select location_id from ("
            " select location_id, backordered_qty, 0 as usable_qty from backlog.lines"
            " where item_id = $item union all"
            " select location_id, 0, usable_qty from core.balances where item_id = $item)"
            " group by location_id"
            " order by sum(backordered_qty) desc, sum(usable_qty) desc, location_id limit 1",
            {"item": item},
        ).fetchone()
        location = most[0] if most else ""
    place = location if by_location else ""
    return Change(name, item, place, amount, lead_days if after is None else after)


def _must_be_known(con: duckdb.DuckDBPyConnection, what: str, subject: str, known: str) -> None:
    names = [str(name) for (name,) in con.execute(f"select distinct * from ({known})").fetchall()]
    if subject not in names:
        near = get_close_matches(subject, names, n=1, cutoff=0.5)
        hint = f"; the nearest is {near[0]}" if near else ""
        raise ModelError(f"there is no {what} {subject!r}{hint}")


class Overlay:
    """A scenario over a snapshot: the tables of the snapshot by the same names, as they would be.

    Safe to use from several threads, each with a cursor of its own.
    """

    def __init__(
        self,
        snapshot: Path,
        what: Scenario,
        *,
        changed: Iterable[str] = (),
        memory: str = "1GB",
    ) -> None:
        """Open the overlay; `changed` are models to build anew even if no change touches them."""
        self._con = duckdb.connect(config={"memory_limit": memory})
        self._file = (snapshot.resolve(), snapshot.stat().st_mtime_ns)
        self._lock = RLock()
        self._built: set[str] = set()
        self._same: set[str] = set()
        self._views: set[str] = set()
        self._cores = "default"
        self._passed: set[str] = {"core.assumptions", "core.changes"}
        quoted = str(snapshot).replace("'", "''")
        self._con.execute(f"attach '{quoted}' as snapshot (read_only)")
        self._changed = _directly_changed(what) | set(changed)
        self._con.execute(";".join(f"create schema {schema}" for schema in _schemas()))
        self._write(what)

    def cursor(self, names: Iterable[str]) -> duckdb.DuckDBPyConnection:
        """A cursor on the scenario in which these models are ready to be read."""
        self.ready(names)
        return self._con.cursor()

    def ready(self, names: Iterable[str]) -> tuple[str, ...]:
        """Make the models named readable: what changed built anew, the rest passed through.

        Tells which were built now.
        """
        with self._lock:
            names = tuple(names)
            needed = models.upstream(names) - self._built
            is_small = not any(name.startswith(_LARGE) for name in needed)
            try:
                built = self._build(needed, frozenset(names), "1" if is_small else "default")
            finally:
                if self._cores != "default":
                    self._share("default")
            for name in names:
                self._pass_through(name)
            return (*built, *self._store(self._views & {*names}))

    def asked(self, statement: str) -> duckdb.DuckDBPyConnection:
        """The connection itself, with all there that a SELECT reads; with everything if unsure."""
        names = models.named(statement)
        self.ready(tuple(models.load_models()) if names is None else sorted(names))
        return self._con

    def close(self) -> None:
        """Close the overlay; its cursors end with it."""
        self._con.close()

    def _is_changed(self, model: models.Model) -> bool:
        if model.recorded:
            return False
        return model.full_name in self._changed or any(
            name in self._built and name not in self._same and name != "core.levers"
            for name in model.depends
        )

    def _share(self, cores: str) -> None:
        """How many cores one model may keep busy."""
        self._con.execute(f"set threads = {cores}" if cores != "default" else "reset threads")
        self._cores = cores

    def _build(self, needed: set[str], asked: frozenset[str], cores: str) -> tuple[str, ...]:
        """Build anew what changed of these, each after all it reads, some at the same time.

        First what most others wait for in a row.
        """
        every = models.load_models()
        order = TopologicalSorter({name: needed & {*every[name].depends} for name in needed})
        order.prepare()
        built: list[str] = []
        ready: list[tuple[int, str]] = []
        waiting: dict[Future[str], str] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while order.is_active():
                for name in order.get_ready():
                    if self._is_changed(every[name]):
                        heappush(ready, (-_heights()[name], name))
                    else:
                        order.done(name)
                if ready and self._cores != cores:
                    self._share(cores)
                while ready and len(waiting) < _AT_ONCE:
                    name = heappop(ready)[1]
                    model = every[name]
                    if model.scenario_store and name not in asked:
                        model = replace(model, store=model.scenario_store)
                        self._views.add(name)
                    self._make_room(model)
                    waiting[pool.submit(self._rebuild, model)] = name
                for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                    order.done(waiting.pop(done))
                    built.append(done.result())
        return tuple(built)

    def _store(self, names: set[str]) -> Iterator[str]:
        """Write out what was a view as long as nobody asked for it."""
        for name in sorted(names):
            self._con.execute(f"drop view {name}")
            self._con.execute(models.created(models.load_models()[name]))
            self._views.remove(name)
            yield name

    def _make_room(self, model: models.Model) -> None:
        for read in model.depends:
            self._pass_through(read)
        if model.full_name in self._passed:
            self._con.execute(f"drop view {model.full_name}")

    def _rebuild(self, model: models.Model) -> str:
        """Build one model anew, and see whether it came out as it was; returns its name."""
        name = model.full_name
        with self._con.cursor() as cursor:
            cursor.execute(models.created(model))
            if model.schema == "core" and model.store == "table":
                published = _DIGESTS.get((*self._file, name))
                if published is None:
                    published = _digest(cursor, f"snapshot.{name}")
                    _DIGESTS[*self._file, name] = published
                if _digest(cursor, name) == published:
                    self._same.add(name)
        self._built.add(name)
        return name

    def _pass_through(self, name: str) -> None:
        if name in self._built or name in self._passed:
            return
        model = models.load_models()[name]
        if model.store == "macro":
            for read in model.depends:
                self._pass_through(read)
            self._con.execute(models.created(model))
        else:
            self._con.execute(f"create view {name} as from snapshot.{name}")
        self._passed.add(name)

    def _write(self, what: Scenario) -> None:
        for table in sorted(self._passed):
            self._con.execute(f"create table {table} as from snapshot.{table}")
        for name, value in what.assumptions:
            self._con.execute(
                "update core.assumptions set value = ? where assumption = ?", [value, name]
            )
        for change in what.changes:
            self._con.execute(
                "insert into core.changes values (?, ?, ?, ?, ?)",
                [
                    change.change,
                    change.subject_id,
                    change.location_id,
                    change.amount,
                    change.after_days,
                ],
            )


_FIGURES = """
    select ours.figure, ours.subject, ours.figure_name, ours.unit, ours.is_more_better,
        theirs.value as baseline, ours.value as scenario, ours.value - theirs.value as difference,
        (ours.value - theirs.value) / nullif(abs(theirs.value), 0) as change_rate,
        case
            when ours.value = theirs.value then 'same'
            when (ours.value > theirs.value) = ours.is_more_better then 'better'
            when ours.value <> theirs.value then 'worse'
        end as outcome
    from {name} as ours
    inner join snapshot.{name} as theirs on ours.figure = theirs.figure
    order by ours.figure_rank
"""
_MOVED = """
    select ours.order_id, ours.line_id, ours.customer_name, ours.item_name, ours.open_qty,
        ours.open_value, ours.promised_date, theirs.fill_p50_date as baseline_fill_date,
        ours.fill_p50_date as scenario_fill_date,
        date_diff('day', theirs.fill_p50_date, ours.fill_p50_date) as moved_days,
        case
            when theirs.fill_p50_date is null then 'better'
            when ours.fill_p50_date is null or ours.fill_p50_date > theirs.fill_p50_date
                then 'worse'
            else 'better'
        end as outcome
    from backlog.promises as ours
    inner join snapshot.backlog.promises as theirs
        on ours.order_id = theirs.order_id
        and ours.line_id = theirs.line_id
    where ours.fill_p50_date is distinct from theirs.fill_p50_date
"""
_MOST_FIRST = """
    order by abs(coalesce(moved_days, 10000)) desc, ours.open_value desc nulls last, ours.order_id,
        ours.line_id
"""


def figures(overlay: Overlay) -> pl.DataFrame:
    """what_if.figures as they are and as they would be, and which way they moved."""
    return _compared(overlay, "what_if.figures")


def cause_figures(overlay: Overlay) -> pl.DataFrame:
    """The same of what_if.cause_figures.

    Apart from the others, for a change of demand or of who is served first has to explain all of
    today's shortage anew.
    """
    return _compared(overlay, "what_if.cause_figures")


def told(rows: pl.DataFrame) -> pl.DataFrame:
    """Figures without causes that nothing is short for, neither as it is nor as it would be."""
    values = [name for name, kind in rows.schema.items() if kind.is_numeric()]
    is_nothing = pl.all_horizontal(pl.col(values).fill_null(0) == 0)
    return rows.filter((pl.col("subject") != "causes") | ~is_nothing)


COMPARED = 4
"""Scenarios that are shown side by side at most."""


def side_by_side(named: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Figures of several scenarios: one row per figure, as published and in each of them."""
    about = ["figure", "subject", "figure_name", "unit"]
    frames = [frame.select(*about, published="baseline") for frame in named.values()]
    rows = pl.concat(frames).unique("figure", keep="first", maintain_order=True)
    for name, frame in named.items():
        rows = rows.join(
            frame.select("figure", scenario="scenario").rename({"scenario": name}),
            on="figure",
            how="left",
            maintain_order="left",
        )
    return told(rows.drop("figure"))


def _compared(overlay: Overlay, name: str) -> pl.DataFrame:
    with overlay.cursor([name]) as cursor:
        rows: pl.DataFrame = cursor.sql(_FIGURES.format(name=name)).pl()
        return rows


def moved_lines(overlay: Overlay) -> pl.DataFrame:
    """The open lines filled on another day than in the snapshot, those that move most first."""
    with overlay.cursor(["backlog.promises"]) as cursor:
        rows: pl.DataFrame = cursor.sql(_MOVED + _MOST_FIRST).pl()
        return rows


def moved_counts(overlay: Overlay) -> tuple[int, int]:
    """How many of them are filled earlier, and how many later or not at all."""
    with overlay.cursor(["backlog.promises"]) as cursor:
        counted = cursor.execute(
            "select count(*) filter (outcome = 'better'), count(*) filter (outcome = 'worse')"
            f" from ({_MOVED})"
        ).fetchone()
    assert counted is not None
    return counted


# Saved scenarios: a small file beside the snapshots, whose names people share

_SAVED = "scenarios.json"
_NAME = re.compile(r"[^\x00-\x1f]{1,80}")


def saved(store: Path) -> dict[str, tuple[str, ...]]:
    """Name → settings of the scenarios saved in a store."""
    try:
        found = json.loads((store / _SAVED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ModelError(f"{store / _SAVED} cannot be read: {error}") from error
    return {name: tuple(settings) for name, settings in found.items()}


def save(store: Path, name: str, what: Scenario | None) -> None:
    """Keep a scenario under a name, in the place of one of that name; None forgets it."""
    if not _NAME.fullmatch(name):
        raise ModelError(f"{name!r} is no name: give up to 80 letters in one line")
    kept: dict[str, tuple[str, ...]] = {
        other: settings for other, settings in saved(store).items() if other != name
    }
    if what is not None:
        kept[name] = what.settings()
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=store, prefix=".scenarios-", delete=False
    ) as file:
        json.dump(dict(sorted(kept.items())), file, indent=2, ensure_ascii=False)
        file.write("\n")
    Path(file.name).replace(store / _SAVED)


_DIGESTS: dict[tuple[Path, int, str], tuple[Any, ...]] = {}
"""Snapshot, when it was written, and model → what its rows amount to."""


def _digest(con: duckdb.DuckDBPyConnection, table: str) -> tuple[Any, ...]:
    row = con.execute(f"select count(*), bit_xor(hash(rows)) from {table} as rows").fetchone()
    assert row is not None
    return row


@cache
def _heights() -> dict[str, int]:
    """Model → how many others wait for it one after the other."""
    every = models.load_models()
    found = dict.fromkeys(every, 0)
    for name in reversed(every):
        for read in every[name].depends:
            found[read] = max(found[read], found[name] + 1)
    return found


@cache
def _schemas() -> Sequence[str]:
    return sorted({model.schema for model in models.load_models().values()})


def _directly_changed(what: Scenario) -> set[str]:
    """Models whose own text names what changed: nothing else of core.levers reaches a model."""
    levers = {name for name, _ in what.assumptions}
    changed_kinds = {change.change for change in what.changes}
    changed = {"core.levers"} if levers else set()
    for name, model in models.load_models().items():
        words = _words(name)
        if "core.levers" in model.depends and words & levers:
            changed.add(name)
        if "core.changes" in model.depends and words & changed_kinds:
            changed.add(name)
    return changed


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", models.load_models()[name].sql))
