-- One row per level of all bills of materials, exploded from what goes into nothing else: the rows an
-- indented list of all of them would have, and the items they name. Loops are left out.
-- grain: level
with recursive

counted as (
    select
        components.component_id as item_id,
        1 as level,
        cast(count(*) as double) as bom_rows,
    from materials.components as components
    where components.item_id not in (select component_id from materials.components)
    group by components.component_id
    union all
    select
        components.component_id as item_id,
        counted.level + 1 as level,
        sum(counted.bom_rows) as bom_rows,
    from counted
    inner join materials.components as components on counted.item_id = components.item_id
    group by components.component_id, counted.level
)

select
    level, -- level; 1 is what goes straight into an end product
    sum(bom_rows) as bom_rows, -- rows of an indented list: each use of a component counts
    count(*) as components -- different components on the level
from counted
group by level
