-- One row per made item and component that goes straight into it: what its bill of materials needs
-- per unit. Phantoms are passed through: what they are made of stands in their place. Lines that are
-- part of a loop are left out.
-- grain: item_id, component_id
-- store: table
with recursive

lines as (
    select item_id, component_id, per_unit_qty, is_component_made, is_component_phantom
    from materials.bom_lines
    where not is_loop
),

passed_through as (
    select item_id, component_id, per_unit_qty, is_component_made, is_component_phantom
    from lines
    union all
    select
        passed_through.item_id,
        lines.component_id,
        sum(passed_through.per_unit_qty * lines.per_unit_qty) as per_unit_qty,
        lines.is_component_made,
        lines.is_component_phantom,
    from passed_through
    inner join lines on passed_through.component_id = lines.item_id
    where passed_through.is_component_phantom
    group by
        passed_through.item_id,
        lines.component_id,
        lines.is_component_made,
        lines.is_component_phantom
)

select
    item_id, -- item made
    component_id, -- item that goes straight into it, or by way of phantoms
    sum(per_unit_qty) as per_unit_qty, -- units of it to make one unit, scrap included
    bool_or(is_component_made) as is_component_made -- it is made of other components in turn
from passed_through
where not is_component_phantom
group by item_id, component_id
