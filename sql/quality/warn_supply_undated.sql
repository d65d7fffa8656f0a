-- An open purchase order has no date: neither promise nor request nor lead time. What is pegged
-- to it has no fill date.
-- grain: supply_id
select
    supply.supply_id as supply_id, -- purchase or production order
    supply.item_id as item_id, -- item
    supply.supply_qty as supply_qty -- quantity still to come
from core.supply as supply
where supply.expected_date is null and supply.supply_kind <> 'on_hand'
