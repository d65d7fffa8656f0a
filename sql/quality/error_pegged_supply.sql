-- No supply may be pegged beyond its quantity.
-- grain: supply_id
with

pegged as (
    select supply_id, sum(pegged_qty) as pegged_qty from core.pegs group by supply_id
)

select
    pegged.supply_id as supply_id, -- supply
    cast(pegged.pegged_qty as decimal(38, 4)) as pegged_qty, -- quantity pegged to it
    supply.supply_qty as supply_qty -- quantity it has
from pegged
left join core.supply as supply on pegged.supply_id = supply.supply_id
where pegged.pegged_qty > coalesce(supply.supply_qty, 0)
