-- What one item takes, as an indented list: one row per use of a component on any level, with what of
-- it is free in stock and on order. Of phantoms and loops as in materials.components.
-- macro: wanted_item
-- grain: place
-- engine: duckdb
with recursive

used as (
    select
        components.component_id,
        1 as level,
        components.per_unit_qty,
        components.component_id as place,
        components.is_component_made,
    from materials.components as components
    where components.item_id = wanted_item
    union all
    select
        components.component_id,
        used.level + 1 as level,
        used.per_unit_qty * components.per_unit_qty as per_unit_qty,
        used.place || ' > ' || components.component_id as place,
        components.is_component_made,
    from used
    inner join materials.components as components on used.component_id = components.item_id
),

free as (
    select
        item_id,
        sum(case when supply_kind = 'on_hand' then free_qty else 0 end) as free_qty,
        sum(case when supply_kind <> 'on_hand' then free_qty else 0 end) as coming_qty,
    from materials.free_supply
    where item_id in (select component_id from used)
    group by item_id
)

select
    used.place as place, -- components from the item down to this one
    used.level as level, -- level; 1 goes straight into the item
    used.component_id as component_id, -- component
    items.item_name as item_name, -- name of it
    used.per_unit_qty as per_unit_qty, -- units of it in one unit of the item here, scrap included
    used.is_component_made as is_made, -- it is made of other components in turn
    cast(coalesce(free.free_qty, 0) as decimal(18, 4))
        as free_qty, -- in stock, and not taken by order lines
    cast(coalesce(free.coming_qty, 0) as decimal(18, 4))
        as on_order_qty -- on order, and not taken by order lines
from used
left join free on used.component_id = free.item_id
left join core.items as items on used.component_id = items.item_id
