-- One row per cell of days since the order and days past the first promise: how many of the lines
-- that waited so long were cancelled, per week, from the business's own history.
-- hazard = (cancelled + cancel_prior_weeks x cancel_prior_rate) / (line-weeks + cancel_prior_weeks).
-- A line is at risk on each day after that of its order, until it shipped whole, was cancelled, or
-- the as-of date; lines of unknown end are left out. Cancellations of an unknown day count as those
-- of a known day do; where no day is known all cells have one hazard, that of all lines, and what
-- is cancelled counts as having waited as long as what shipped did on average.
-- grain: wait_rank, late_rank
-- store: table
with

late_buckets as (
    select
        0 as late_rank,
        'not late' as late_bucket,
        -100000 as from_days,
        0 as to_days,
    union all
    select
        bucket_rank as late_rank,
        bucket as late_bucket,
        greatest(from_days, 1) as from_days,
        coalesce(to_days, 100000) as to_days,
    from core.ageing_buckets
),

cells as (
    select
        waits.bucket_rank as wait_rank,
        waits.bucket as wait_bucket,
        waits.from_days as wait_from_days,
        coalesce(waits.to_days, 100000) as wait_to_days,
        lates.late_rank,
        lates.late_bucket,
        lates.from_days as late_from_days,
        lates.to_days as late_to_days,
    from core.ageing_buckets as waits
    cross join late_buckets as lates
    where lates.from_days <= coalesce(waits.to_days, 100000)
),

ended as (
    select
        greatest(
            date_diff(
                'day',
                lines.order_date,
                coalesce(lines.first_promised_date, lines.due_date)
            ),
            0
        ) as promise_days,
        date_diff(
            'day',
            lines.order_date,
            case
                when cancelled.order_id is not null then cancelled.cancelled_date
                when lines.closed_on is not null then lines.closed_on
                when lines.is_open then as_of.as_of
                else lines.last_shipped_date
            end
        ) as wait_days,
        cancelled.order_id is not null as is_cancelled,
        count(*) as lines,
    from core.order_lines as lines
    cross join core.as_of as as_of
    left join risk.cancelled_lines as cancelled
        on lines.order_id = cancelled.order_id
        and lines.line_id = cancelled.line_id
    group by all
),

counts as (
    select
        coalesce(sum(case when is_cancelled then lines end), 0) as cancelled_lines,
        coalesce(sum(case when is_cancelled and wait_days is not null then lines end), 0)
            as dated_lines,
        coalesce(
            sum(case when not is_cancelled then lines * greatest(wait_days, 0) end), 0
        ) / 7.0 as other_weeks,
        coalesce(
            sum(case when not is_cancelled then lines * greatest(wait_days, 0) end)
            / sum(case when not is_cancelled and wait_days is not null then lines end),
            0
        ) / 7.0 as mean_weeks,
    from ended
),

waited as (
    select
        ended.promise_days,
        ended.wait_days,
        ended.is_cancelled,
        ended.lines
        * case
            when ended.is_cancelled
                then counts.cancelled_lines / cast(counts.dated_lines as double)
            else 1
        end as lines,
    from ended
    cross join counts
    where ended.wait_days >= 0
),

by_cell as (
    select
        cells.wait_rank,
        cells.late_rank,
        sum(
            waited.lines
            * greatest(
                least(
                    waited.wait_days,
                    cells.wait_to_days,
                    cells.late_to_days + waited.promise_days
                )
                - greatest(
                    1, cells.wait_from_days, cells.late_from_days + waited.promise_days
                )
                + 1,
                0
            )
        ) / 7.0 as at_risk_weeks,
        sum(
            case
                when
                    waited.is_cancelled
                    and waited.wait_days between cells.wait_from_days and cells.wait_to_days
                    and waited.wait_days - waited.promise_days
                        between cells.late_from_days and cells.late_to_days
                    then waited.lines
                else 0
            end
        ) as cancelled_lines,
    from waited
    cross join cells
    group by cells.wait_rank, cells.late_rank
),

counted as (
    select
        cells.wait_rank,
        cells.wait_bucket,
        cells.wait_from_days,
        cells.wait_to_days,
        cells.late_rank,
        cells.late_bucket,
        cells.late_from_days,
        cells.late_to_days,
        counts.dated_lines > 0 or counts.cancelled_lines = 0 as is_own_cell,
        case
            when counts.dated_lines > 0 or counts.cancelled_lines = 0
                then coalesce(by_cell.cancelled_lines, 0)
            else counts.cancelled_lines
        end as cancelled_lines,
        case
            when counts.dated_lines > 0 or counts.cancelled_lines = 0
                then coalesce(by_cell.at_risk_weeks, 0)
            else counts.other_weeks + counts.cancelled_lines * counts.mean_weeks
        end as at_risk_weeks,
    from cells
    cross join counts
    left join by_cell
        on cells.wait_rank = by_cell.wait_rank
        and cells.late_rank = by_cell.late_rank
)

select
    counted.wait_rank as wait_rank, -- order of the cell by days since the order
    counted.late_rank as late_rank, -- order of the cell by days past the first promise
    counted.wait_bucket as wait_bucket, -- days since the order
    counted.late_bucket as late_bucket, -- days past the first promise, else past due
    cast(counted.wait_from_days as integer) as wait_from_days, -- fewest days since the order
    cast(counted.wait_to_days as integer)
        as wait_to_days, -- most days since the order; 100000 for the last cell
    cast(counted.late_from_days as integer)
        as late_from_days, -- fewest days past the promise; -100000 when not late
    cast(counted.late_to_days as integer)
        as late_to_days, -- most days past the promise; 100000 for the last cell
    counted.is_own_cell
        as is_own_cell, -- false where no day of any cancellation is known: all cells are one
    cast(counted.cancelled_lines as double)
        as cancelled_lines, -- lines cancelled in the cell; those of unknown day shared out
    cast(counted.at_risk_weeks as double) as at_risk_weeks, -- weeks lines waited in the cell
    (counted.cancelled_lines + levers.cancel_prior_weeks * levers.cancel_prior_rate)
    / (counted.at_risk_weeks + levers.cancel_prior_weeks)
        as hazard_per_week, -- cancellations per line and week, shrunk to the assumption
    1 - exp(
        -(counted.cancelled_lines + levers.cancel_prior_weeks * levers.cancel_prior_rate)
        / (counted.at_risk_weeks + levers.cancel_prior_weeks)
    ) as week_cancel_rate -- share of the lines of the cell cancelled within a week of waiting
from counted
cross join core.levers as levers
