-- One row per item and unit of measure that converts to the item's base unit. Codes compare
-- without regard to case; a unit given two factors has none.
-- grain: item_id, uom
-- store: table
select
    item_id, -- item
    lower(from_uom) as uom, -- unit of measure, in lower case
    cast(max(to_base_factor) as decimal(19, 8)) as uom_factor -- base units in one such unit
from contract.uom_conversions
group by item_id, lower(from_uom)
having min(to_base_factor) = max(to_base_factor)
