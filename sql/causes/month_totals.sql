-- One row per month of lines that fell due short: how much, on purpose or not, and the change from
-- the month before. The changes of the month's causes, in causes.months, add up to it.
-- grain: month_start
with

summed as (
    select
        month_start,
        sum(cause_qty) as short_qty,
        sum(cause_value) as short_value,
        sum(case when is_planned then cause_qty else 0 end) as planned_qty,
        sum(case when is_planned then cause_value else 0 end) as planned_value,
        sum(earlier_qty) as earlier_qty,
        sum(earlier_value) as earlier_value,
        sum(change_qty) as change_qty,
        sum(change_value) as change_value,
    from causes.months
    group by month_start
)

select
    summed.month_start as month_start, -- first day of the month the lines fell due in
    summed.month_start + interval 1 month <= as_of.as_of + interval 1 day
        as is_over, -- the month is over; else more lines may still fall due in it
    cast(summed.short_qty as decimal(38, 4)) as short_qty, -- units short when they fell due
    cast(summed.short_value as decimal(38, 2))
        as short_value, -- value of them; lines of unknown price left out
    cast(summed.planned_qty as decimal(38, 4)) as planned_qty, -- units that waited on purpose
    cast(summed.planned_value as decimal(38, 2)) as planned_value, -- value of them
    cast(summed.earlier_qty as decimal(38, 4))
        as earlier_qty, -- units short in the month before; empty in the first
    cast(summed.earlier_value as decimal(38, 2)) as earlier_value, -- value of them
    cast(summed.change_qty as decimal(38, 4))
        as change_qty, -- change from the month before; empty in the first
    cast(summed.change_value as decimal(38, 2)) as change_value -- change of value
from summed
cross join core.as_of as as_of
