-- One row per component of a made item, as its bill of materials stands on the as-of date.
-- Of several bills of an item that are valid the newest counts, then the first by name; of several
-- versions of a component in it the newest. Bills of items that are bought are left aside.
-- A phantom is made of components but never kept in stock: the bill says so, or stock of the item
-- is not counted. A line that is part of a loop is refused: nothing is exploded through it. So is
-- one between two loops, and one in the middle of more than 120 levels, for that takes no looking.
-- grain: item_id, component_id
-- store: table
with recursive

in_force as (
    select
        bom_lines.parent_item_id as item_id,
        bom_lines.component_item_id as component_id,
        bom_lines.bom_id,
        bom_lines.valid_from,
        bom_lines.qty_per,
        coalesce(bom_lines.scrap_rate, 0) as scrap_rate,
        coalesce(bom_lines.is_phantom, false)
        or not coalesce(items.inventory_tracked, true) as is_phantom,
    from contract.bom_lines as bom_lines
    cross join core.as_of as as_of
    left join contract.items as items on bom_lines.parent_item_id = items.item_id
    where
        coalesce(bom_lines.valid_from, as_of.as_of) <= as_of.as_of
        and coalesce(bom_lines.valid_to, as_of.as_of) >= as_of.as_of
        and (
            items.replenishment is distinct from 'buy'
            or coalesce(bom_lines.is_phantom, false)
            or not coalesce(items.inventory_tracked, true)
        )
),

bills as (
    select
        item_id,
        bom_id,
        row_number() over (
            partition by item_id order by max(valid_from) desc nulls last, bom_id nulls first
        ) as bill_rank,
    from in_force
    group by item_id, bom_id
),

versions as (
    select
        in_force.item_id,
        in_force.component_id,
        in_force.bom_id,
        in_force.qty_per,
        in_force.scrap_rate,
        in_force.is_phantom,
        row_number() over (
            partition by in_force.item_id, in_force.component_id
            order by in_force.valid_from desc nulls last
        ) as version_rank,
    from in_force
    inner join bills
        on in_force.item_id = bills.item_id
        and in_force.bom_id is not distinct from bills.bom_id
    where bills.bill_rank = 1
),

lines as (
    select item_id, component_id, bom_id, qty_per, scrap_rate, is_phantom
    from versions
    where version_rank = 1
),

parents as (
    select item_id, bool_or(is_phantom) as is_phantom
    from lines
    group by item_id
),

inner_lines as (
    select item_id, component_id
    from lines
    where component_id in (select item_id from parents)
),

-- Who still has a component after so many steps down, and a use after so many up, is on a loop,
-- or on the way from one to another.
going_down as (
    select distinct component_id as item_id, 1 as steps
    from inner_lines
    union all
    select distinct inner_lines.component_id as item_id, going_down.steps + 1 as steps
    from going_down
    inner join inner_lines on going_down.item_id = inner_lines.item_id
    where going_down.steps < 60
),

going_up as (
    select distinct item_id, 1 as steps
    from inner_lines
    union all
    select distinct inner_lines.item_id, going_up.steps + 1 as steps
    from going_up
    inner join inner_lines on going_up.item_id = inner_lines.component_id
    where going_up.steps < 60
),

looping as (
    select going_down.item_id
    from going_down
    inner join going_up on going_down.item_id = going_up.item_id
    where going_down.steps = 60 and going_up.steps = 60
)

select
    lines.item_id as item_id, -- item made
    lines.component_id as component_id, -- item used to make it
    lines.bom_id as bom_id, -- bill of materials, where the item has several
    lines.qty_per as qty_per, -- units of the component in one unit of the item
    lines.scrap_rate as scrap_rate, -- share of the component lost in making, 0-1
    cast(lines.qty_per as double) / (1 - cast(lines.scrap_rate as double))
        as per_unit_qty, -- units of the component to make one unit, scrap included
    lines.is_phantom
        as is_phantom, -- the item is never kept in stock: its components go into what uses it
    parents.item_id is not null as is_component_made, -- the component is made of others in turn
    coalesce(parents.is_phantom, false)
        as is_component_phantom, -- the component is never kept in stock
    lines.item_id in (select item_id from looping)
    and lines.component_id in (select item_id from looping)
        as is_loop -- refused: by this line an item is a component of itself
from lines
left join parents on lines.component_id = parents.item_id
