-- One row per sales order and item that something was bought or made for: a hard peg.
-- grain: order_id, item_id
-- store: table
with

to_come as (
    select sales_order_id, item_id, sum(supply_qty) as open_qty
    from core.expected_supply
    where sales_order_id is not null
    group by sales_order_id, item_id
),

ordered as (
    select sales_order_id, item_id, sum(accepted_qty) as accepted_qty
    from core.supply_orders
    where sales_order_id is not null
    group by sales_order_id, item_id
)

select
    ordered.sales_order_id as order_id, -- sales order it is for
    ordered.item_id as item_id, -- item ordered or made
    cast(ordered.accepted_qty as decimal(18, 4)) as accepted_qty, -- received for it and not refused
    cast(coalesce(to_come.open_qty, 0) as decimal(18, 4)) as open_qty -- still to come for it
from ordered
left join to_come
    on ordered.sales_order_id = to_come.sales_order_id
    and ordered.item_id = to_come.item_id
