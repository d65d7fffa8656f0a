-- More was received, or made, than ordered.
-- grain: supply_id
select
    orders.supply_id as supply_id, -- purchase or production order
    orders.item_id as item_id, -- item
    orders.ordered_qty as ordered_qty, -- quantity ordered
    orders.received_qty as received_qty -- quantity received
from core.supply_orders as orders
where orders.received_qty > orders.ordered_qty
