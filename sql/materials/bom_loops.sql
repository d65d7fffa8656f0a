-- One row per loop in bills of materials: an item that, over some levels, is a component of
-- itself. Each loop is told from the first by name of its items on, the shortest where several
-- start there; of the first hundred items on loops. Mend these and the next refresh tells of the
-- rest.
-- grain: item_id
with recursive

refused as (
    select item_id, component_id
    from materials.bom_lines
    where is_loop
),

starts as (
    select item_id
    from refused
    group by item_id
    order by item_id
    limit 100
),

walks as (
    select
        starts.item_id as start_id,
        refused.component_id as item_id,
        [starts.item_id, refused.component_id] as path,
    from starts
    inner join refused on starts.item_id = refused.item_id
    where refused.component_id >= starts.item_id
    union all
    select
        walks.start_id,
        refused.component_id as item_id,
        min(list_append(walks.path, refused.component_id)) as path,
    from walks
    inner join refused on walks.item_id = refused.item_id
    where
        walks.item_id <> walks.start_id
        and refused.component_id >= walks.start_id
        and len(walks.path) <= 60
    group by walks.start_id, refused.component_id
)

select
    start_id as item_id, -- first by name of the items on the loop
    arg_min(array_to_string(path, ' > '), len(path))
        as loop_items, -- the items on the loop, each made of the next
    cast(min(len(path)) - 1 as integer) as levels -- levels until it comes back to itself
from walks
where item_id = start_id
group by start_id
