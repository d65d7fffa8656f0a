-- One row per month and cause of lines that fell due short: how many units, how many the month
-- before, and so what moved the shortage. The changes of a month's causes add up to its change.
-- grain: month_start, cause
with

by_month as (
    select cast(member_id as date) as month_start, cause, cause_qty, cause_value
    from causes.by_dimension
    where basis = 'fell_due' and dimension = 'month'
),

span as (
    select min(month_start) as first_month, max(month_start) as last_month from by_month
),

months as (
    select distinct calendar.month_start
    from core.calendar as calendar
    inner join span
        on calendar.month_start >= span.first_month
        and calendar.month_start <= span.last_month
),

filled as (
    select
        months.month_start,
        kinds.cause,
        kinds.cause_name,
        kinds.cause_group,
        kinds.cause_rank,
        kinds.is_planned,
        coalesce(by_month.cause_qty, 0) as cause_qty,
        case when by_month.cause is null then 0 else by_month.cause_value end as cause_value,
    from months
    cross join causes.kinds as kinds
    left join by_month
        on months.month_start = by_month.month_start
        and kinds.cause = by_month.cause
),

compared as (
    select
        month_start,
        cause,
        cause_name,
        cause_group,
        cause_rank,
        is_planned,
        cause_qty,
        cause_value,
        sum(cause_qty) over (partition by month_start) as short_qty,
        lag(cause_qty) over (partition by cause order by month_start) as earlier_qty,
        lag(cause_value) over (partition by cause order by month_start) as earlier_value,
    from filled
)

select
    month_start, -- first day of the month the lines fell due in
    cause, -- cause
    cause_name, -- name of the cause
    cause_group, -- where it lies: demand, supply, own operation, …
    cause_rank, -- order it is shown in
    is_planned, -- waiting on purpose
    cast(cause_qty as decimal(38, 4)) as cause_qty, -- short units that are the cause's
    cast(cause_value as decimal(38, 2))
        as cause_value, -- value of them; lines of unknown price left out
    cast(short_qty as decimal(38, 4)) as short_qty, -- units short in the month, of all causes
    cast(cause_qty as double) / nullif(cast(short_qty as double), 0)
        as cause_share, -- cause_qty / short_qty
    cast(earlier_qty as decimal(38, 4)) as earlier_qty, -- the cause's units in the month before
    cast(earlier_value as decimal(38, 2)) as earlier_value, -- value of them
    cast(cause_qty - earlier_qty as decimal(38, 4))
        as change_qty, -- change from the month before; empty in the first
    cast(cause_value - earlier_value as decimal(38, 2)) as change_value -- change of value
from compared
