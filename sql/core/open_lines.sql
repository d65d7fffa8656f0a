-- One row per open order line: its pool, and all that the rules of allocation look at.
-- A hard peg wins under every rule: what came in on an order placed for this sales order, and has
-- not left, is its stock first; what is still to come on such an order keeps that much of the line
-- out of the queue for free stock. Drop-ship lines take no stock of ours.
-- grain: order_id, line_id
-- store: table
with

lines as (
    select
        order_lines.order_id,
        order_lines.line_id,
        order_lines.item_id,
        case
            when pools.is_by_location
                then order_lines.item_id || ' @ ' || order_lines.location_id
            else order_lines.item_id
        end as pool_id,
        order_lines.order_date,
        order_lines.due_date,
        order_lines.need_by_date,
        coalesce(order_lines.priority, customers.priority) as priority,
        order_lines.order_type,
        holds.order_id is not null as is_blocked,
        strategies.strategy,
        order_lines.open_qty,
        cast(order_lines.open_qty as double) * cast(order_lines.unit_price as double)
            as value,
        cast(order_lines.open_qty as double)
        * cast(order_lines.unit_price - items.unit_cost as double) as margin,
    from core.waiting_lines as order_lines
    inner join core.pools as pools on order_lines.item_id = pools.item_id
    left join core.customers as customers
        on order_lines.customer_id = customers.customer_id
    left join core.items as items on order_lines.item_id = items.item_id
    left join core.holds as holds
        on order_lines.order_id = holds.order_id
        and order_lines.line_id = holds.line_id
    inner join core.segment_strategies as strategies
        on coalesce(customers.segment, '(none)') = strategies.segment
    where order_lines.open_qty > 0
),

lines_ranked as (
    select
        order_id,
        line_id,
        item_id,
        pool_id,
        row_number() over (
            partition by pool_id order by order_date, due_date, order_id, line_id
        ) as first_come_rank,
        order_date,
        due_date,
        need_by_date,
        priority,
        order_type,
        is_blocked,
        strategy,
        open_qty,
        value,
        margin,
    from lines
),

dedicated_lines as (
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.first_come_rank,
        lines.open_qty,
        hard_supply.open_qty as dedicated_open_qty,
        least(
            lines.open_qty,
            greatest(
                hard_supply.accepted_qty
                - shipped.shipped_qty
                - coalesce(
                    sum(lines.open_qty) over (
                        partition by lines.order_id, lines.item_id
                        order by lines.first_come_rank, lines.line_id
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as reserved_qty,
    from lines_ranked as lines
    inner join core.hard_supply as hard_supply
        on lines.order_id = hard_supply.order_id
        and lines.item_id = hard_supply.item_id
    inner join core.hard_shipments as shipped
        on lines.order_id = shipped.order_id
        and lines.item_id = shipped.item_id
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
                        order by first_come_rank, line_id
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as hard_pegged_qty,
    from dedicated_lines
)

select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item sold
    lines.pool_id
        as pool_id, -- lines and supply that may meet: the item, or item @ location
    cast(lines.first_come_rank as integer)
        as first_come_rank, -- place in the pool by order date: who came first among equals
    lines.order_date as order_date, -- day the order was accepted
    lines.due_date as due_date, -- day requested, else promised, else ordered
    lines.need_by_date as need_by_date, -- day after which the goods are worthless
    lines.priority as priority, -- the line's, else its customer's; 1 is served first
    lines.order_type as order_type, -- how the line is meant to be supplied
    lines.is_blocked as is_blocked, -- a hold keeps it from shipping
    lines.strategy as strategy, -- strategy of its customer's segment
    lines.open_qty as open_qty, -- quantity waiting
    cast(coalesce(dedicated.reserved_qty, 0) as decimal(18, 4))
        as reserved_qty, -- part that came in on orders placed for this sales order
    cast(coalesce(dedicated.hard_pegged_qty, 0) as decimal(18, 4))
        as hard_pegged_qty, -- part to come on orders placed for this sales order
    cast(
        case
            when lines.order_type = 'drop_ship' then 0
            else lines.open_qty
                - coalesce(dedicated.reserved_qty + dedicated.hard_pegged_qty, 0)
        end as decimal(18, 4)
    ) as free_qty, -- part that asks for free stock
    lines.value as open_value, -- value of the quantity waiting, to sort by; empty if unknown
    lines.margin as open_margin -- margin of it, to sort by; empty when price or cost is unknown
from lines_ranked as lines
left join dedicated
    on lines.order_id = dedicated.order_id
    and lines.line_id = dedicated.line_id
