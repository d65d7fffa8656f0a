-- One row per item in bills of materials: its low-level code, the lowest level any bill uses it on.
-- Needs are netted in this order: when an item's turn comes, all that uses it has been.
-- grain: item_id
with recursive

numbered as (
    select distinct item_id, 0 as low_level
    from materials.components
    union all
    select distinct components.component_id as item_id, numbered.low_level + 1 as low_level
    from numbered
    inner join materials.components as components on numbered.item_id = components.item_id
)

select
    item_id, -- item made, or component
    max(low_level) as low_level -- lowest level it is used on; 0 for what goes into nothing
from numbered
group by item_id
