"""How well next stock-outs are ranked on public snapshots of items, some of which ran short after.

The score is the formula of risk.stock_outs itself, over rows that a mapping makes of the snapshot:
one definition of risk, judged on data of others. Ties share their ranks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from etl.errors import InputError
from sql import models

TARGET = "went_on_backorder"
REQUIRED = (
    "national_inv",
    "lead_time",
    "in_transit_qty",
    "forecast_3_month",
    "forecast_6_month",
    "forecast_9_month",
    "sales_1_month",
    "sales_3_month",
    "sales_6_month",
    "sales_9_month",
    TARGET,
)
OPTIONAL = ("min_bank", "local_bo_qty", "perf_6_month_avg")
LEAD_UNIT_DAYS = 7
USUAL_LEAD_TIME = "usual_lead_time_days"


@dataclass(frozen=True)
class Judged:
    """One way to rank: the area under the ROC curve and the average precision, None if unknown."""

    score: str
    meaning: str
    roc_auc: float | None
    average_precision: float | None


@dataclass(frozen=True)
class Benchmark:
    """What was judged: rows with a target, those left out, those that ran short, and each score."""

    rows: int
    left_out: int
    short: int
    scores: tuple[Judged, ...]


SCORES = {
    "after_short_rate": "chance to run short within the lead time, with what is on order",
    "before_short_rate": "the same without what is on order",
    "least_stock": "baseline: least stock first",
    "least_cover": "baseline: least stock for its forecast first",
    "below_minimum": "baseline: furthest below the minimum stock first",
    "supplier_performance": "baseline: least reliable supplier first",
    "at_random": "baseline: no order at all",
}

# Stock below zero is owed already. A quarter is 91 days. Sales are told as sums of the last 1, 3, 6
# and 9 months: four stretches, of whose monthly rates the variance is taken. Without any forecast
# the last quarter's sales stand in.
_POSITIONS = """
    create temp table positions as
    with

    numbers as (
        select
            pool_id,
            national_inv,
            case when national_inv < 0 then 0 else coalesce(local_bo_qty, 0) end as owed_qty,
            coalesce(in_transit_qty, 0) as coming_qty,
            coalesce(lead_time * $unit, $usual) as lead_time_days,
            forecast_3_month,
            forecast_6_month,
            forecast_9_month,
            coalesce(forecast_9_month, 0) > 0 as is_forecast,
            sales_3_month,
            sales_9_month / 9 as month_qty,
            sales_1_month as first_qty,
            (sales_3_month - sales_1_month) / 2 as second_qty,
            (sales_6_month - sales_3_month) / 3 as third_qty,
            (sales_9_month - sales_6_month) / 3 as fourth_qty,
        from snapshot
    ),

    likely as (
        select
            numbers.*,
            case
                when not is_forecast then sales_3_month * lead_time_days / 91
                when lead_time_days <= 91 then forecast_3_month * lead_time_days / 91
                when lead_time_days <= 182
                    then forecast_3_month
                        + (forecast_6_month - forecast_3_month) * (lead_time_days - 91) / 91
                when lead_time_days <= 273
                    then forecast_6_month
                        + (forecast_9_month - forecast_6_month) * (lead_time_days - 182) / 91
                else forecast_9_month * lead_time_days / 273
            end as demand_qty,
            (
                power(first_qty - month_qty, 2)
                + 2 * power(second_qty - month_qty, 2)
                + 3 * power(third_qty - month_qty, 2)
                + 3 * power(fourth_qty - month_qty, 2)
            ) / 3 * lead_time_days * 3 / 91 as variance_qty,
        from numbers
    )

    select
        pool_id,
        pool_id as item_id,
        pool_id as item_name,
        null as supplier_id,
        lead_time_days,
        national_inv as usable_qty,
        owed_qty,
        coming_qty,
        greatest(coalesce(demand_qty, 0), 0) as demand_qty,
        sqrt(greatest(coalesce(variance_qty, 0), coalesce(demand_qty, 0), 0)) as demand_sd_qty,
        is_forecast,
        cast(null as double) as unit_price,
        0 as customers,
    from likely
"""

# Rows of one score share a threshold. Area: of all pairs of a short item and another, the share in
# which the short one has the higher score, a tie for half. Precision is averaged over the recall
# gained at each threshold.
_QUALITY = """
    with

    thresholds as (
        select
            coalesce({score}, '-infinity'::double) as score,
            count(*) as items,
            count(*) filter (is_short) as short_items,
        from judged
        group by all
    ),

    summed as (
        select
            items,
            short_items,
            sum(items) over highest_first as items_so_far,
            sum(short_items) over highest_first as short_so_far,
            sum(items) over () as all_items,
            sum(short_items) over () as all_short,
        from thresholds
        window highest_first as (order by score desc)
    )

    select
        sum(
            cast(short_items as double) * (
                (all_items - all_short) - (items_so_far - short_so_far)
                + (items - short_items) / 2.0
            )
        ) / nullif(max(cast(all_short as double) * (all_items - all_short)), 0) as roc_auc,
        sum(cast(short_items as double) * short_so_far / items_so_far)
        / nullif(max(all_short), 0) as average_precision,
    from summed
"""


def score(file: Path, lead_unit_days: int = LEAD_UNIT_DAYS) -> Benchmark:
    """Rank the items of a snapshot by risk and tell how well those that ran short come first.

    `file` is CSV or Parquet with the columns REQUIRED, whose names may be of any case; the lead
    time is in units of `lead_unit_days`. Raises InputError for a file that cannot be read, lacks a
    column, or has no row with a target.
    """
    with duckdb.connect() as con:
        present = _load(con, file)
        usual = models.assumptions()[USUAL_LEAD_TIME]["default"]
        con.execute(_POSITIONS, {"unit": lead_unit_days, "usual": usual})
        outs = models.over("risk.stock_outs", {"risk.stock_positions": "positions"})
        con.execute(
            "create temp table judged as select outs.before_short_rate, outs.after_short_rate,"
            " snapshot.is_short, -snapshot.national_inv as least_stock,"
            " -(snapshot.national_inv + 0.5) / (outs.demand_qty + 0.5) as least_cover,"
            " snapshot.min_bank - snapshot.national_inv as below_minimum,"
            " -snapshot.perf_6_month_avg as supplier_performance, 0 as at_random"
            f" from ({outs}\n) as outs inner join snapshot using (pool_id)"
        )
        counts = con.execute("select count(*), count(*) filter (is_short) from judged").fetchall()[
            0
        ]
        (read,) = con.execute("select count(*) from read").fetchall()[0]
        return Benchmark(
            rows=counts[0],
            left_out=read - counts[0],
            short=counts[1],
            scores=tuple(_judged(con, present)),
        )


def _judged(con: duckdb.DuckDBPyConnection, present: set[str]) -> Iterator[Judged]:
    needs = {"below_minimum": "min_bank", "supplier_performance": "perf_6_month_avg"}
    for name, meaning in SCORES.items():
        if needs.get(name, TARGET) in present:
            area, precision = con.execute(_QUALITY.format(score=name)).fetchall()[0]
            yield Judged(name, meaning, area, precision)


def _load(con: duckdb.DuckDBPyConnection, file: Path) -> set[str]:
    """Makes `read`, the rows as text, and `snapshot`, those that can be judged, as numbers."""
    reader = "read_parquet" if file.suffix.lower() == ".parquet" else "read_csv"
    options = "" if reader == "read_parquet" else ", all_varchar = true, header = true"
    try:
        con.execute(
            f"create temp table read as select * from {reader}($file{options})",
            {"file": str(file)},
        )
    except duckdb.Error as error:
        raise InputError(
            f"the file cannot be read: {str(error).splitlines()[0]}",
            where=str(file),
            remedy="Give a CSV or Parquet file with a header, one row per item",
        ) from error
    columns = {row[0].strip().lower(): row[0] for row in con.execute("describe read").fetchall()}
    for name in REQUIRED:
        if name not in columns:
            near = get_close_matches(name, columns, n=1)
            raise InputError(
                f"the column {name} is missing",
                where=str(file),
                remedy=f"The nearest one is {near[0]}; rename it"
                if near
                else f"The columns needed are {', '.join(REQUIRED)}",
            )
    numbers = ", ".join(
        f"{_number(name, columns.get(name))} as {name}" for name in (*REQUIRED[:-1], *OPTIONAL)
    )
    target = f'lower(trim(cast("{columns[TARGET]}" as varchar)))'
    con.execute(
        "create temp table snapshot as select row_number() over () as pool_id,"
        f" {target} in ('yes', '1', 'true') as is_short, {numbers} from read"
        f" where {target} in ('yes', 'no', '1', '0', 'true', 'false')"
        f" and {_number('national_inv', columns['national_inv'])} is not null"
    )
    if not con.execute("select count(*) from snapshot").fetchall()[0][0]:
        raise InputError(
            f"no row says Yes or No in {TARGET} and how much is in stock",
            where=str(file),
            remedy="Give a snapshot whose outcome is known",
        )
    return set(columns)


def _number(name: str, column: str | None) -> str:
    """A column as a number; of performance, -99 is how these files write that it is unknown."""
    if column is None:
        return "cast(null as double)"
    number = f'try_cast(cast("{column}" as varchar) as double)'
    return f"nullif({number}, -99)" if name.startswith("perf_") else number
