-- No order line may be pegged beyond what is open.
-- grain: order_id, line_id
with

pegged as (
    select order_id, line_id, sum(pegged_qty) as pegged_qty
    from core.pegs
    group by order_id, line_id
)

select
    pegged.order_id as order_id, -- order
    pegged.line_id as line_id, -- line within the order
    cast(pegged.pegged_qty as decimal(38, 4)) as pegged_qty, -- quantity pegged
    demand.open_qty as open_qty -- quantity open
from pegged
left join core.open_demand as demand
    on pegged.order_id = demand.order_id
    and pegged.line_id = demand.line_id
where pegged.pegged_qty > coalesce(demand.open_qty, 0)
