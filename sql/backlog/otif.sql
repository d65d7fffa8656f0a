-- One row per clock and month of the clock's date: lines on time and in full.
-- Clocks: the date requested, the first date promised, the date promised now; a line without the
-- date is not counted on that clock. Every line whose date has passed counts, also those still
-- open. On time: something shipped by the date and no more than the tolerance later or still open.
-- In full: shipped, of what was ordered and not cancelled, all but the tolerance. On time in full:
-- both, line by line; never a product of averages. Lines shipped on an unknown day are left out,
-- and so are lines a full extract closed and lines in an unknown unit of measure.
-- grain: month_start, clock
-- store: table
with

clocked as (
    select
        'requested' as clock,
        requested_date as clock_date,
        shipped_by_requested_qty as shipped_by_qty,
        shipped_qty,
        open_qty,
        ordered_qty - cancelled_qty as due_qty,
    from core.order_lines
    where closed_on is null
    union all
    select
        'first_promise' as clock,
        first_promised_date as clock_date,
        shipped_by_first_promise_qty as shipped_by_qty,
        shipped_qty,
        open_qty,
        ordered_qty - cancelled_qty as due_qty,
    from core.order_lines
    where closed_on is null
    union all
    select
        'last_promise' as clock,
        promised_date as clock_date,
        shipped_by_last_promise_qty as shipped_by_qty,
        shipped_qty,
        open_qty,
        ordered_qty - cancelled_qty as due_qty,
    from core.order_lines
    where closed_on is null
),

judged as (
    select
        clocked.clock,
        clocked.clock_date,
        clocked.shipped_by_qty > 0
        and clocked.shipped_qty - clocked.shipped_by_qty + clocked.open_qty
        <= clocked.due_qty * levers.in_full_tolerance_rate as is_on_time,
        clocked.shipped_qty >= clocked.due_qty * (1 - levers.in_full_tolerance_rate)
            as is_in_full,
    from clocked
    cross join core.levers as levers
    inner join core.as_of as as_of
        on clocked.clock_date + levers.on_time_tolerance_days <= as_of.as_of
    where clocked.due_qty > 0 and clocked.shipped_by_qty is not null
),

by_month as (
    select
        clock,
        cast(date_trunc('month', clock_date) as date) as month_start,
        count(*) as lines_due,
        count(case when is_on_time then 1 end) as on_time_lines,
        count(case when is_in_full then 1 end) as in_full_lines,
        count(case when is_on_time and is_in_full then 1 end) as otif_lines,
    from judged
    group by clock, cast(date_trunc('month', clock_date) as date)
)

select
    month_start, -- first day of the month of the clock's date
    clock, -- requested, first_promise or last_promise: the date a line is held to
    lines_due, -- lines whose date has passed, open ones included
    on_time_lines, -- lines shipped by the date
    in_full_lines, -- lines shipped whole, by the date or later
    otif_lines, -- lines shipped whole by the date
    cast(on_time_lines as double) / nullif(cast(lines_due as double), 0)
        as on_time_rate, -- on_time_lines / lines_due
    cast(in_full_lines as double) / nullif(cast(lines_due as double), 0)
        as in_full_rate, -- in_full_lines / lines_due
    cast(otif_lines as double) / nullif(cast(lines_due as double), 0)
        as otif_rate -- otif_lines / lines_due
from by_month
