-- One row per short line: the part of its shortage that no stock was there for, and the part that
-- stock was there for and did not go to it: blocked, reserved for later orders, or held.
-- Whoever ordered first is served first: of all that waited on the day, the pool's shortage falls
-- on the last in the queue.
-- grain: basis, order_id, line_id
-- store: table
with

parts as (
    select
        lines.pool_id,
        lines.order_id,
        lines.line_id,
        lines.order_date,
        lines.last_shipped_date as until_date,
        lines.shipped_qty as qty,
    from core.pooled_lines as lines
    where lines.first_shipped_date = lines.last_shipped_date and lines.shipped_qty > 0
    union all
    select
        lines.pool_id,
        lines.order_id,
        lines.line_id,
        lines.order_date,
        shipments.shipped_date as until_date,
        shipments.shipped_qty as qty,
    from core.pooled_lines as lines
    inner join core.line_shipments as shipments
        on lines.order_id = shipments.order_id
        and lines.line_id = shipments.line_id
    where lines.first_shipped_date < lines.last_shipped_date
    union all
    select
        lines.pool_id,
        lines.order_id,
        lines.line_id,
        lines.order_date,
        as_of.as_of + 1 as until_date,
        lines.open_qty as qty,
    from core.pooled_lines as lines
    cross join core.as_of as as_of
    where lines.open_qty > 0
),

-- A part waits in each fortnight from its order to its shipment: equal keys to join on.
fortnights as (
    select
        pool_id,
        order_id,
        line_id,
        order_date,
        until_date,
        qty,
        unnest(
            range(
                date_diff('day', date '2000-01-03', order_date) // 14,
                date_diff('day', date '2000-01-03', until_date - 1) // 14 + 1
            )
        ) as fortnight,
    from parts
    where until_date > order_date and pool_id in (select pool_id from causes.pool_dates)
),

points as (
    select
        pool_id,
        on_date,
        date_diff('day', date '2000-01-03', on_date) // 14 as fortnight,
        greatest(-net_inventory_qty, 0) as pool_short_qty,
    from causes.pool_dates
),

queued as (
    select
        points.pool_id,
        points.on_date,
        points.pool_short_qty,
        waiting.order_id,
        waiting.line_id,
        sum(waiting.qty) as qty,
        sum(sum(waiting.qty)) over (
            partition by points.pool_id, points.on_date
            order by waiting.order_date desc, waiting.order_id desc, waiting.line_id desc
            rows between unbounded preceding and current row
        ) - sum(waiting.qty) as behind_qty,
    from points
    inner join fortnights as waiting
        on points.pool_id = waiting.pool_id
        and points.fortnight = waiting.fortnight
        and waiting.order_date <= points.on_date
        and waiting.until_date > points.on_date
    group by
        points.pool_id,
        points.on_date,
        points.pool_short_qty,
        waiting.order_id,
        waiting.line_id,
        waiting.order_date
)

select
    short_lines.basis as basis, -- fell_due: on the day it fell due; as_of: today
    short_lines.order_id as order_id, -- order the line belongs to
    short_lines.line_id as line_id, -- line within the order
    short_lines.pool_id as pool_id, -- lines and supply that may meet
    short_lines.on_date as on_date, -- day the line was short
    short_lines.short_qty as short_qty, -- quantity short that day
    cast(
        least(
            greatest(queued.pool_short_qty - queued.behind_qty, 0), short_lines.short_qty
        ) as decimal(18, 4)
    ) as no_stock_qty, -- part of it that no stock was there for
    cast(queued.behind_qty as decimal(18, 4))
        as behind_qty -- quantity that waits behind it in the queue
from core.short_lines as short_lines
left join queued
    on short_lines.pool_id = queued.pool_id
    and short_lines.on_date = queued.on_date
    and short_lines.order_id = queued.order_id
    and short_lines.line_id = queued.line_id
