-- One row per open order line, with its pool and its place in the pool's queue.
-- The assumption allocation_rule says who is first; older orders go first among equals.
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
        order_lines.order_type,
        order_lines.open_qty,
        case levers.allocation_rule
            when 'due_date'
                then cast(date_diff('day', date '2000-01-01', order_lines.due_date) as double)
            when 'priority'
                then cast(coalesce(order_lines.priority, customers.priority) as double)
            when 'need_by'
                then cast(
                    date_diff('day', date '2000-01-01', order_lines.need_by_date) as double
                )
            when 'value'
                then -cast(order_lines.open_qty as double)
                    * cast(order_lines.unit_price as double)
            when 'margin'
                then -cast(order_lines.open_qty as double)
                    * cast(order_lines.unit_price - items.unit_cost as double)
            when 'smallest_first' then cast(order_lines.open_qty as double)
            else 0
        end as queue_key,
    from core.order_lines as order_lines
    cross join core.levers as levers
    inner join core.pools as pools on order_lines.item_id = pools.item_id
    left join core.customers as customers
        on order_lines.customer_id = customers.customer_id
    left join core.items as items on order_lines.item_id = items.item_id
    where order_lines.open_qty > 0
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    pool_id, -- lines and supply that may meet: the item, or item @ location
    cast(
        row_number() over (
            partition by pool_id
            order by
                queue_key nulls last, order_date, due_date, order_id, line_id
        ) as integer
    ) as queue_rank, -- place in the pool's queue, 1 is served first
    order_date, -- day the order was accepted
    due_date, -- day requested, else promised, else ordered
    order_type, -- how the line is meant to be supplied
    open_qty -- quantity waiting
from lines
