-- One row per open order line: what stock on hand covers, in queue order.
-- A hard peg wins: what came in on an order placed for this sales order, and has not left, is its
-- stock first; what is still to come on such an order keeps that much of the line out of the queue
-- for free stock. Drop-ship lines take no stock of ours.
-- grain: order_id, line_id
-- store: table
with

dedicated_orders as (
    select
        sales_order_id as order_id,
        item_id,
        sum(accepted_qty) as accepted_qty,
        sum(open_qty) as open_qty,
    from core.supply_orders
    where sales_order_id is not null
    group by sales_order_id, item_id
),

dedicated_shipped as (
    select order_lines.order_id, order_lines.item_id, sum(order_lines.shipped_qty) as shipped_qty
    from core.order_lines as order_lines
    inner join dedicated_orders
        on order_lines.order_id = dedicated_orders.order_id
        and order_lines.item_id = dedicated_orders.item_id
    group by order_lines.order_id, order_lines.item_id
),

dedicated_lines as (
    select
        demand.order_id,
        demand.line_id,
        demand.item_id,
        demand.queue_rank,
        demand.open_qty,
        dedicated_orders.open_qty as dedicated_open_qty,
        least(
            demand.open_qty,
            greatest(
                dedicated_orders.accepted_qty
                - dedicated_shipped.shipped_qty
                - coalesce(
                    sum(demand.open_qty) over (
                        partition by demand.order_id, demand.item_id
                        order by demand.queue_rank, demand.line_id
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as reserved_qty,
    from core.open_demand as demand
    inner join dedicated_orders
        on demand.order_id = dedicated_orders.order_id
        and demand.item_id = dedicated_orders.item_id
    inner join dedicated_shipped
        on demand.order_id = dedicated_shipped.order_id
        and demand.item_id = dedicated_shipped.item_id
),

dedicated as (
    select
        order_id,
        line_id,
        reserved_qty,
        least(
            open_qty - reserved_qty,
            greatest(
                dedicated_open_qty
                - coalesce(
                    sum(open_qty - reserved_qty) over (
                        partition by order_id, item_id
                        order by queue_rank, line_id
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as hard_pegged_qty,
    from dedicated_lines
),

claims as (
    select
        demand.order_id,
        demand.line_id,
        demand.pool_id,
        demand.queue_rank,
        1 as claim_rank,
        dedicated.reserved_qty as claimed_qty,
    from core.open_demand as demand
    inner join dedicated
        on demand.order_id = dedicated.order_id
        and demand.line_id = dedicated.line_id
    where dedicated.reserved_qty > 0
    union all
    select
        demand.order_id,
        demand.line_id,
        demand.pool_id,
        demand.queue_rank,
        2 as claim_rank,
        demand.open_qty
        - coalesce(dedicated.reserved_qty + dedicated.hard_pegged_qty, 0) as claimed_qty,
    from core.open_demand as demand
    left join dedicated
        on demand.order_id = dedicated.order_id
        and demand.line_id = dedicated.line_id
    where demand.order_type <> 'drop_ship'
),

claims_met as (
    select
        claims.order_id,
        claims.line_id,
        least(
            claims.claimed_qty,
            greatest(
                on_hand.usable_qty
                - coalesce(
                    sum(claims.claimed_qty) over (
                        partition by claims.pool_id
                        order by claims.claim_rank, claims.queue_rank
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as allocated_qty,
    from claims
    inner join core.on_hand as on_hand on claims.pool_id = on_hand.pool_id
),

lines_met as (
    select order_id, line_id, sum(allocated_qty) as allocated_qty
    from claims_met
    group by order_id, line_id
)

select
    demand.order_id as order_id, -- order the line belongs to
    demand.line_id as line_id, -- line within the order
    demand.item_id as item_id, -- item sold
    demand.pool_id as pool_id, -- lines and supply that may meet
    demand.queue_rank as queue_rank, -- place in the pool's queue, 1 is served first
    demand.open_qty as open_qty, -- quantity waiting
    cast(coalesce(lines_met.allocated_qty, 0) as decimal(18, 4))
        as allocated_qty, -- part stock on hand covers
    cast(coalesce(dedicated.hard_pegged_qty, 0) as decimal(18, 4))
        as hard_pegged_qty, -- part to come on orders placed for this sales order
    cast(demand.open_qty - coalesce(lines_met.allocated_qty, 0) as decimal(18, 4))
        as short_qty -- part stock on hand does not cover
from core.open_demand as demand
left join lines_met
    on demand.order_id = lines_met.order_id
    and demand.line_id = lines_met.line_id
left join dedicated
    on demand.order_id = dedicated.order_id
    and demand.line_id = dedicated.line_id
