-- One row per short line: the part of its shortage that no stock was there for, and the part that
-- stock was there for and did not go to it: blocked, reserved for later orders, or held.
-- Whoever ordered first is served first: of all that waited on the day, the pool's shortage falls
-- on the last in the queue. A line that ships only as a whole and lacked a part when it fell due
-- waited with all of it for that part.
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

-- Places in the queue and points are numbered: millions of rows are sorted by them.
ranked as (
    select
        pool_id,
        order_id,
        line_id,
        order_date,
        until_date,
        qty,
        dense_rank() over (partition by pool_id order by order_date, order_id, line_id)
            as queue_rank,
    from parts
    where until_date > order_date and pool_id in (select pool_id from causes.pool_dates)
),

-- A part waits in each fortnight from its order to its shipment: equal keys to join on.
fortnights as (
    select
        pool_id,
        queue_rank,
        order_date,
        until_date,
        qty,
        unnest(
            range(
                date_diff('day', date '2000-01-03', order_date) // 14,
                date_diff('day', date '2000-01-03', until_date - 1) // 14 + 1
            )
        ) as fortnight,
    from ranked
),

points as (
    select
        pool_id,
        on_date,
        row_number() over () as point_number,
        date_diff('day', date '2000-01-03', on_date) // 14 as fortnight,
        -net_inventory_qty as pool_short_qty,
    from causes.pool_dates
    where
        net_inventory_qty < 0
        and (pool_id, on_date) in (select pool_id, on_date from core.short_lines)
),

queued as (
    select
        points.point_number,
        fortnights.queue_rank,
        points.pool_short_qty
        - coalesce(
            sum(fortnights.qty) over (
                partition by points.point_number order by fortnights.queue_rank desc
                groups between unbounded preceding and 1 preceding
            ),
            0
        ) as reached_qty,
    from points
    inner join fortnights
        on points.pool_id = fortnights.pool_id
        and points.fortnight = fortnights.fortnight
        and fortnights.order_date <= points.on_date
        and fortnights.until_date > points.on_date
),

ranks as (
    select order_id, line_id, any_value(queue_rank) as queue_rank,
    from ranked
    group by order_id, line_id
),

-- Shortage of the pool that is left when it has fallen on all behind in the queue. Left joins,
-- for places in the queue alone would match those of every other point.
reached as (
    select
        short_lines.basis,
        short_lines.order_id,
        short_lines.line_id,
        any_value(queued.reached_qty) as reached_qty,
    from core.short_lines as short_lines
    left join points
        on short_lines.pool_id = points.pool_id
        and short_lines.on_date = points.on_date
    left join ranks
        on short_lines.order_id = ranks.order_id
        and short_lines.line_id = ranks.line_id
    left join queued
        on points.point_number = queued.point_number
        and ranks.queue_rank = queued.queue_rank
    group by short_lines.basis, short_lines.order_id, short_lines.line_id
)

select
    short_lines.basis as basis, -- fell_due: on the day it fell due; as_of: today
    short_lines.order_id as order_id, -- order the line belongs to
    short_lines.line_id as line_id, -- line within the order
    short_lines.pool_id as pool_id, -- lines and supply that may meet
    short_lines.on_date as on_date, -- day the line was short
    short_lines.short_qty as short_qty, -- quantity short that day
    cast(
        case
            when
                reached.reached_qty > 0
                and short_lines.basis = 'fell_due'
                and orders.ship_complete
                then short_lines.short_qty
            else least(greatest(reached.reached_qty, 0), short_lines.short_qty)
        end as decimal(18, 4)
    ) as no_stock_qty, -- part of it that no stock was there for, or that waited for such a part
    cast(reached.reached_qty as decimal(18, 4))
        as reached_qty -- the pool's shortage, less what has fallen on those behind in the queue
from core.short_lines as short_lines
inner join core.order_lines as orders
    on short_lines.order_id = orders.order_id
    and short_lines.line_id = orders.line_id
left join reached
    on short_lines.basis = reached.basis
    and short_lines.order_id = reached.order_id
    and short_lines.line_id = reached.line_id
