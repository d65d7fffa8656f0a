-- One row per sales order and item that something was bought or made for: what has left of it.
-- grain: order_id, item_id
-- store: table
select
    order_lines.order_id as order_id, -- sales order
    order_lines.item_id as item_id, -- item sold
    cast(sum(order_lines.shipped_qty) as decimal(38, 4)) as shipped_qty -- quantity shipped
from core.order_lines as order_lines
inner join core.hard_supply as hard_supply
    on order_lines.order_id = hard_supply.order_id
    and order_lines.item_id = hard_supply.item_id
group by order_lines.order_id, order_lines.item_id
