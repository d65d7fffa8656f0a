-- One row per day up to the as-of date: how the backlog came about.
-- closing = opening + ordered - shipped - cancelled + unreconciled, and the last closing is the
-- backlog. Cancellations carry no date and count on the order's day. Unreconciled is what lines
-- say has changed without a dated event: shipped without a date, closed short, shipped beyond the
-- order; it counts on the last day the line is known to have shipped, else the order's. Lines
-- that a full extract closed count on its day. Lines in an unknown unit of measure are left out.
-- grain: day
-- store: table
with

line_events as (
    select
        order_date as event_date,
        greatest(order_date, due_date + 1) as past_due_date,
        ordered_qty,
        0 as shipped_qty,
        cancelled_qty,
        0 as unreconciled_qty,
        unit_price,
    from core.order_lines
    union all
    select
        shipments.shipped_date as event_date,
        greatest(shipments.shipped_date, lines.due_date + 1) as past_due_date,
        0 as ordered_qty,
        shipments.shipped_qty,
        0 as cancelled_qty,
        0 as unreconciled_qty,
        lines.unit_price,
    from core.line_shipments as shipments
    inner join core.order_lines as lines
        on shipments.order_id = lines.order_id
        and shipments.line_id = lines.line_id
    union all
    select
        coalesce(closed_on, last_shipped_date, order_date) as event_date,
        greatest(coalesce(closed_on, last_shipped_date, order_date), due_date + 1)
            as past_due_date,
        0 as ordered_qty,
        0 as shipped_qty,
        0 as cancelled_qty,
        open_qty - ordered_qty + dated_shipped_qty + cancelled_qty as unreconciled_qty,
        unit_price,
    from core.order_lines
    where open_qty <> ordered_qty - dated_shipped_qty - cancelled_qty
),

events as (
    select
        event_date,
        past_due_date,
        sum(ordered_qty) as ordered_qty,
        sum(shipped_qty) as shipped_qty,
        sum(cancelled_qty) as cancelled_qty,
        sum(unreconciled_qty) as unreconciled_qty,
        sum(ordered_qty - shipped_qty - cancelled_qty + unreconciled_qty) as changed_qty,
        sum(
            (ordered_qty - shipped_qty - cancelled_qty + unreconciled_qty) * unit_price
        ) as changed_value,
    from line_events
    group by event_date, past_due_date
),

by_event_date as (
    select
        event_date,
        sum(ordered_qty) as ordered_qty,
        sum(shipped_qty) as shipped_qty,
        sum(cancelled_qty) as cancelled_qty,
        sum(unreconciled_qty) as unreconciled_qty,
        sum(changed_qty) as changed_qty,
        sum(changed_value) as changed_value,
    from events
    group by event_date
),

by_past_due_date as (
    select past_due_date, sum(changed_qty) as changed_qty from events group by past_due_date
),

days as (
    select calendar.day
    from core.calendar as calendar
    inner join core.as_of as as_of on calendar.day <= as_of.as_of
    where calendar.day >= (select min(event_date) from by_event_date)
),

before_first_day as (
    select
        sum(case when event_date < first_day then changed_qty end) as changed_qty,
        sum(case when event_date < first_day then changed_value end) as changed_value,
    from by_event_date
    cross join (select min(day) as first_day from days) as bounds
),

past_due_before_first_day as (
    select sum(case when past_due_date < first_day then changed_qty end) as changed_qty
    from by_past_due_date
    cross join (select min(day) as first_day from days) as bounds
),

closed as (
    select
        days.day,
        coalesce(events.ordered_qty, 0) as ordered_qty,
        coalesce(events.shipped_qty, 0) as shipped_qty,
        coalesce(events.cancelled_qty, 0) as cancelled_qty,
        coalesce(events.unreconciled_qty, 0) as unreconciled_qty,
        coalesce(events.changed_qty, 0) as changed_qty,
        coalesce(before_first_day.changed_qty, 0)
        + coalesce(sum(events.changed_qty) over until_day, 0) as closing_qty,
        coalesce(past_due_before_first_day.changed_qty, 0)
        + coalesce(sum(past_due.changed_qty) over until_day, 0) as past_due_qty,
        coalesce(
            before_first_day.changed_value
            + coalesce(sum(events.changed_value) over until_day, 0),
            sum(events.changed_value) over until_day
        ) as closing_value,
    from days
    cross join before_first_day
    cross join past_due_before_first_day
    left join by_event_date as events on days.day = events.event_date
    left join by_past_due_date as past_due on days.day = past_due.past_due_date
    window until_day as (
        order by days.day rows between unbounded preceding and current row
    )
)

select
    day, -- day
    cast(closing_qty - changed_qty as decimal(38, 4)) as opening_qty, -- backlog at its start
    cast(ordered_qty as decimal(38, 4)) as ordered_qty, -- quantity ordered that day
    cast(shipped_qty as decimal(38, 4)) as shipped_qty, -- quantity shipped that day
    cast(cancelled_qty as decimal(38, 4))
        as cancelled_qty, -- quantity since cancelled of that day's orders
    cast(unreconciled_qty as decimal(38, 4))
        as unreconciled_qty, -- change that no dated event explains
    cast(closing_qty as decimal(38, 4)) as closing_qty, -- backlog at the day's end
    cast(past_due_qty as decimal(38, 4)) as past_due_qty, -- part of it due before that day
    cast(closing_value as decimal(38, 2))
        as closing_value -- value of the backlog at the day's end; unknown prices left out
from closed
