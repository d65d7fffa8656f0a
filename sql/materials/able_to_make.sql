-- One row per made item that order lines wait for: able to make now (clear to build), and what the
-- rest waits for. Production that has started is left out: it has its materials.
-- grain: item_id
with

clear as (
    select
        item_id,
        min(first_due_date) as first_due_date,
        sum(waiting_qty) as waiting_qty,
        sum(waiting_value) as waiting_value,
        case when count(unknown_reason) = 0 then sum(able_to_make_qty) end as able_to_make_qty,
        case when count(unknown_reason) = 0 then sum(blocked_qty) end as blocked_qty,
        case when count(unknown_reason) = 0 then sum(able_to_make_value) end
            as able_to_make_value,
        case when count(unknown_reason) = 0 then sum(blocked_value) end as blocked_value,
        sum(lines) as lines,
        sum(price_missing_lines) as price_missing_lines,
        arg_max(component_id, coalesce(blocked_qty, waiting_qty)) filter (where component_id is not null)
            as component_id,
        max(components) as components,
        min(unknown_reason) as unknown_reason,
    from materials.clear_to_build
    group by item_id
),

free_stock as (
    select item_id, free_qty
    from materials.free_supply
    where supply_kind = 'on_hand'
),

one_level as (
    select
        components.item_id,
        min(
            coalesce(cast(free_stock.free_qty as double), 0) / components.per_unit_qty
        ) as from_parts_qty,
    from materials.components as components
    inner join clear on components.item_id = clear.item_id
    left join free_stock on components.component_id = free_stock.item_id
    left join contract.items as items on components.component_id = items.item_id
    where coalesce(items.inventory_tracked, true)
    group by components.item_id
)

select
    clear.item_id as item_id, -- item made
    items.item_name as item_name, -- name of the item
    items.category as category, -- product group of the item
    clear.first_due_date as first_due_date, -- earliest day an order line that waits was due
    cast(clear.waiting_qty as decimal(18, 4))
        as waiting_qty, -- quantity that waits for something to be started
    cast(clear.waiting_value as decimal(18, 2))
        as waiting_value, -- value of the order lines that wait for it; unpriced ones left out
    cast(clear.able_to_make_qty as decimal(18, 4))
        as able_to_make_qty, -- part that can be made from what is in stock; empty if unknown
    cast(clear.able_to_make_value as decimal(18, 2)) as able_to_make_value, -- value of that part
    cast(clear.blocked_qty as decimal(18, 4))
        as blocked_qty, -- part that waits for materials; empty if unknown
    cast(clear.blocked_value as decimal(18, 2)) as blocked_value, -- value of that part
    cast(clear.able_to_make_qty as double) / cast(clear.waiting_qty as double)
        as able_to_make_rate, -- able_to_make_qty / waiting_qty; empty if unknown
    cast(least(floor(one_level.from_parts_qty + 1e-9), 99999999999999) as decimal(18, 4))
        as from_parts_qty, -- whole units its own parts in stock would make, if nobody else took any
    clear.lines as lines, -- order lines that wait
    clear.price_missing_lines
        as price_missing_lines, -- lines of unknown price among them, left out of values
    clear.component_id as component_id, -- scarcest component; empty when none is short
    components.item_name as component_name, -- name of it
    clear.components as components, -- components that are short
    clear.unknown_reason as unknown_reason -- why it is not known how much can be made
from clear
left join one_level on clear.item_id = one_level.item_id
left join core.items as items on clear.item_id = items.item_id
left join core.items as components on clear.component_id = components.item_id
