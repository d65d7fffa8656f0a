-- One row per item with open demand, stock or open supply: may one location fill another's orders?
-- Stock, supply and orders of an item meet at their location when all of them name one and
-- allocate_across_locations is false; otherwise all of the item is one pool.
-- grain: item_id
-- store: table
with

sides as (
    select item_id, location_id from core.wanted_lines where open_qty > 0
    union all
    select item_id, location_id from core.balances where usable_qty > 0
    union all
    select item_id, location_id from core.supply_orders where open_qty > 0
)

select
    sides.item_id as item_id, -- item
    not levers.allocate_across_locations and count(*) = count(sides.location_id)
        as is_by_location -- each location fills its own orders only
from sides
cross join core.levers as levers
group by sides.item_id, levers.allocate_across_locations
