-- One row per made item that is wanted - short today, or to be made by an open or planned
-- production order - and component on any level of its bill of materials: how much of it one
-- unit takes. Parts made on the way are there as well as what they are made of, so that rows of an
-- item are not to be added up. Phantoms are passed through: what they are made of stands in their
-- place. Nothing is exploded through a line that is part of a loop; see materials.bom_loops.
-- grain: item_id, component_id
-- store: table
with recursive

wanted as (
    select item_id
    from core.allocations
    where short_qty > 0
    union
    select item_id
    from core.supply_orders
    where supply_kind = 'production_order' and open_qty > 0
    union
    select item_id
    from core.known_production_orders
    where status = 'planned' and closed_on is null
),

-- Numbers in place of names: a deep explosion has millions of rows to sum.
mentioned as (
    select item_id from materials.components
    union
    select component_id as item_id from materials.components
),

numbered as (
    select item_id, cast(row_number() over (order by item_id) as integer) as item_number
    from mentioned
),

lines as materialized (
    select
        items.item_number,
        parts.item_number as component_number,
        components.per_unit_qty,
    from materials.components as components
    inner join numbered as items on components.item_id = items.item_id
    inner join numbered as parts on components.component_id = parts.item_id
),

exploded as (
    select item_number, component_number, per_unit_qty, 1 as level
    from lines
    where
        item_number in (
            select item_number from numbered where item_id in (select item_id from wanted)
        )
    union all
    select
        exploded.item_number,
        lines.component_number,
        sum(exploded.per_unit_qty * lines.per_unit_qty) as per_unit_qty,
        min(exploded.level) + 1 as level,
    from exploded
    inner join lines on exploded.component_number = lines.item_number
    group by exploded.item_number, lines.component_number
),

summed as (
    select
        item_number,
        component_number,
        sum(per_unit_qty) as per_unit_qty,
        min(level) as first_level,
        max(level) as level,
    from exploded
    group by item_number, component_number
)

select
    items.item_id as item_id, -- item wanted
    parts.item_id as component_id, -- item that goes into it, on any level
    summed.per_unit_qty
        as per_unit_qty, -- units of it to make one unit, scrap included
    summed.first_level as first_level, -- highest level it is used on; 1 is right below the item
    summed.level as level, -- lowest level it is used on
    summed.component_number in (select item_number from lines)
        as is_made -- it is made of other components in turn
from summed
inner join numbered as items on summed.item_number = items.item_number
inner join numbered as parts on summed.component_number = parts.item_number
