"""What dates foretold were worth: past days built again as they were known, against what happened.

Each day is built by the models themselves, over the snapshot's inputs, in a database of its own
that is thrown away. What was foretold then is compared with what the snapshot knows now. The
results go to quality.backtest of a new snapshot that is otherwise a copy of the one in force, and
later builds keep them.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import InputError, StoreError
from etl.refresh import STORAGE
from etl.snapshot import Store
from sql import models

FIRST_DAYS, LAST_DAYS = 270, 60
"""Days before the as-of date of the first and the last replay, unless others are asked for."""

COLUMNS = (
    "subject",
    "cases_of",
    "method",
    "quantile",
    "cases",
    "early_rate",
    "covered_rate",
    "mean_off_days",
    "unknown_cases",
)


@dataclass(frozen=True)
class Backtest:
    """The days replayed and, in rows of COLUMNS, how good the dates foretold were."""

    days: tuple[date, ...]
    rows: tuple[tuple[Any, ...], ...]


def backtest(
    store: Store,
    first: date | None = None,
    last: date | None = None,
    every_days: int = 14,
    on_day: Callable[[date], None] | None = None,
) -> Backtest:
    """Replay the days from `first` to `last`, keep the results and publish them.

    The caller holds the store's lock. `on_day` is told each day before it is replayed. Raises
    InputError when the days are not before the snapshot's.
    """
    path = store.current()
    if path is None:
        raise StoreError(
            "nothing has been published yet",
            where=str(store.path),
            remedy="Publish exports with `backorders refresh FILES`, or see `backorders demo`",
        )
    as_of, currency, overrides = _asked_for(path)
    days = _days(as_of, first, last, every_days)
    results = []
    # Named as what is being built, so that a killed writer's is removed by the next one.
    with tempfile.TemporaryDirectory(dir=store.path, prefix=".building-backtest-") as folder:
        for number, day in enumerate(days):
            if on_day:
                on_day(day)
            database = Path(folder, f"{number}.duckdb")
            results += _replayed(path, database, day, currency, overrides)
            database.unlink()
    with store.building() as building:
        store.copy(path, building)
        rows = _kept(building, results)
        store.publish(building)
    return Backtest(tuple(days), rows)


def _asked_for(path: Path) -> tuple[date, str | None, dict[str, str]]:
    """The snapshot's day, its currency and the assumptions it was built with."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute("select as_of, reporting_currency from core.as_of").fetchone()
            changed = con.execute(
                "select assumption, value from core.assumptions where value <> default_value"
            ).fetchall()
    except duckdb.Error as error:
        raise _unreadable(path, error) from error
    if row is None or row[0] is None:
        raise InputError(
            "nothing loaded carries a date: there is no past day to replay",
            where=str(path),
            remedy="Load orders and stock first",
        )
    known = models.assumptions()
    return row[0], row[1], {name: value for name, value in changed if name in known}


def _days(as_of: date, first: date | None, last: date | None, every_days: int) -> list[date]:
    first = first or as_of - timedelta(FIRST_DAYS)
    last = last or max(as_of - timedelta(LAST_DAYS), first)
    if not first <= last < as_of:
        raise InputError(
            f"days from {first} to {last} cannot be replayed",
            where=f"the figures are as of {as_of}",
            remedy="Give --from and --to in order, both before the as-of date",
        )
    return [first + timedelta(day) for day in range(0, (last - first).days + 1, every_days)]


def _replayed(
    path: Path,
    database: Path,
    day: date,
    currency: str | None,
    overrides: dict[str, str],
) -> list[tuple[Any, ...]]:
    """Build the promises of a past day over the snapshot's inputs, and score them."""
    try:
        with duckdb.connect(str(database)) as con:
            con.execute(f"attach '{_quoted(path)}' as base (read_only)")
            for model in models.recorded_models().values():
                if model.schema == "core":
                    continue
                con.execute(f"create schema if not exists {model.schema}")
                con.execute(f"create view {model.full_name} as from base.{model.full_name}")
            models.build(con, day, currency, overrides=overrides, only=("backlog.promises",))
            return con.execute(_SCORES).fetchall()
    except models.ModelError as error:
        raise StoreError(
            f"{day} cannot be replayed: {error}",
            where=str(path),
            remedy="Choose other days with --from and --to",
        ) from error
    except duckdb.Error as error:
        raise _unreadable(path, error) from error


def _kept(building: Path, results: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    try:
        with duckdb.connect(
            str(building), config={"storage_compatibility_version": STORAGE}
        ) as con:
            con.execute("begin")
            con.execute("delete from quality.backtest")
            if results:
                marks = ", ".join("?" for _ in results[0])
                con.executemany(f"insert into quality.backtest values ({marks})", results)
            con.execute("commit")
            rows = con.execute(
                f"select {', '.join(COLUMNS)} from quality.forecast_quality"
                " order by subject, cases_of, quantile, method"
            ).fetchall()
            con.execute("checkpoint")
    except duckdb.Error as error:
        raise StoreError(
            f"the results cannot be written: {str(error).splitlines()[0]}",
            where=str(building.parent),
            remedy="Free disk space, or build the snapshot again with `backorders build`",
        ) from error
    return tuple(rows)


def _unreadable(path: Path, error: duckdb.Error) -> StoreError:
    return StoreError(
        f"the snapshot cannot be replayed: {str(error).splitlines()[0]}",
        where=str(path),
        remedy="Build it again with `backorders build`",
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


_SCORES = """
with

now as (
    select past.as_of as replayed_on, base_day.as_of, run.built_version
    from core.as_of as past
    cross join base.core.as_of as base_day
    cross join base.core.run as run
),

quantiles as (
    select * from (values (0.5), (0.8), (0.95)) as quantiles (quantile)
),

-- What was open then, by the day foretold by each method.

usual as (
    select
        progress.supply_id,
        quantiles.quantile,
        min(distribution.slip_days) as slip_days,
    from core.supply_progress as progress
    cross join quantiles
    inner join core.slip_distribution as distribution
        on progress.supplier_id = distribution.supplier_id
        and distribution.slip_basis = 'first promise'
        and distribution.waiting_rate <= 1 - quantiles.quantile + 1e-9
    where progress.open_qty > 0
    group by progress.supply_id, quantiles.quantile
),

supply_then as (
    select
        orders.supply_id,
        orders.open_qty,
        progress.known_date <= now.replayed_on as is_late,
        quantiles.quantile,
        case quantiles.quantile
            when 0.5 then orders.expected_date
            when 0.8 then orders.expected_p80_date
            else orders.expected_p95_date
        end as expected,
        greatest(progress.known_date, now.replayed_on + 1) as promise,
        case
            when usual.slip_days is not null
                then greatest(progress.known_date + usual.slip_days, now.replayed_on + 1)
        end as unconditional,
    from core.supply_orders as orders
    inner join core.supply_progress as progress on orders.supply_id = progress.supply_id
    cross join now
    cross join quantiles
    left join usual
        on orders.supply_id = usual.supply_id
        and quantiles.quantile = usual.quantile
    where orders.open_qty > 0 and progress.known_date is not null
),

lines_then as (
    select
        pegs.order_id,
        pegs.line_id,
        supply_then.quantile,
        bool_or(supply_then.is_late) as is_late,
        case when bool_and(supply_then.expected is not null) then max(supply_then.expected) end
            as expected,
        max(supply_then.promise) as promise,
        case
            when bool_and(supply_then.unconditional is not null)
                then max(supply_then.unconditional)
        end as unconditional,
    from core.pegs as pegs
    inner join backlog.promises as promises
        on pegs.order_id = promises.order_id
        and pegs.line_id = promises.line_id
    inner join supply_then on pegs.supply_id = supply_then.supply_id
    cross join now
    where
        promises.fill_p50_date is not null
        and not promises.is_held
        and promises.due_date <= now.replayed_on
    group by pegs.order_id, pegs.line_id, supply_then.quantile
),

-- What became of it, as the snapshot knows; a day of receipt or shipment may be unknown for ever.

came_so_far as (
    select
        receipts.supply_id,
        receipts.received_date,
        sum(receipts.received_qty) over (
            partition by receipts.supply_id
            order by receipts.received_date
            range between unbounded preceding and current row
        ) as so_far_qty,
    from base.core.receipts as receipts
    cross join now
    where
        receipts.received_date > now.replayed_on
        and receipts.received_date <= now.as_of
),

came as (
    select came_so_far.supply_id, min(came_so_far.received_date) as came_on
    from came_so_far
    inner join core.supply_orders as orders on came_so_far.supply_id = orders.supply_id
    where came_so_far.so_far_qty * 2 >= orders.open_qty
    group by came_so_far.supply_id
),

cases as (
    select
        'supply' as subject,
        supply_then.is_late,
        supply_then.quantile,
        supply_then.expected,
        supply_then.promise,
        supply_then.unconditional,
        came.came_on,
    from supply_then
    inner join base.core.supply_orders as orders on supply_then.supply_id = orders.supply_id
    left join came on supply_then.supply_id = came.supply_id
    where came.came_on is not null or orders.open_qty > 0
    union all
    select
        'line' as subject,
        lines_then.is_late,
        lines_then.quantile,
        lines_then.expected,
        lines_then.promise,
        lines_then.unconditional,
        case when order_lines.open_qty = 0 then order_lines.last_shipped_date end as came_on,
    from lines_then
    inner join base.core.order_lines as order_lines
        on lines_then.order_id = order_lines.order_id
        and lines_then.line_id = order_lines.line_id
    cross join now
    where order_lines.open_qty > 0 or order_lines.last_shipped_date > now.replayed_on
),

-- The same cases by each method: those that the models foretell a day for.

told as (
    select
        cases.subject,
        cases.is_late,
        methods.method,
        cases.quantile,
        case methods.method
            when 'expected' then cases.expected
            when 'promise' then cases.promise
            else cases.unconditional
        end as told_date,
        cases.came_on,
        now.as_of,
    from cases
    cross join now
    cross join (values ('expected'), ('promise'), ('unconditional')) as methods (method)
    where cases.expected is not null
),

scored as (
    select
        subject,
        is_late,
        method,
        quantile,
        came_on is null and told_date > as_of as is_unknown,
        coalesce(came_on <= told_date, false) as is_covered,
        coalesce(came_on < told_date, false) as is_early,
        -- what has not come yet comes tomorrow at the earliest
        date_diff('day', told_date, coalesce(came_on, as_of + 1)) as late_days,
    from told
    where told_date is not null
)

select
    now.replayed_on,
    scored.subject,
    scored.is_late,
    scored.method,
    scored.quantile,
    count(case when not is_unknown then 1 end) as cases,
    count(case when not is_unknown and is_covered then 1 end) as covered_cases,
    count(case when not is_unknown and is_early then 1 end) as early_cases,
    coalesce(
        sum(
            case
                when is_unknown then 0
                when late_days >= 0 then late_days * quantile
                else late_days * (quantile - 1)
            end
        ),
        0
    ) as off_days,
    count(case when is_unknown then 1 end) as unknown_cases,
    now.as_of,
    now.built_version,
from scored
cross join now
group by all
order by all
"""
