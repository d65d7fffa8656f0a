-- One row per component that keeps made items from being started now: what it blocks, what it would
-- free if it alone came, and what of it is on order. Values overlap where several components are
-- short: they rank, and are not to be added up.
-- grain: component_id
with

blocked as (
    select
        component_id,
        sum(missing_qty) as missing_qty,
        sum(blocked_value) as blocked_value,
        sum(
            cast(
                cast(blocked_value as double) * freed_share / blocked_share as decimal(18, 2)
            )
        ) as freed_value,
        count(distinct item_id) as items,
        sum(lines) as lines,
        sum(price_missing_lines) as price_missing_lines,
        bool_or(is_loop) as is_loop,
        bool_or(is_stock_unknown) as is_stock_unknown,
    from materials.blocks
    where reckoning = 'stock'
    group by component_id
),

coming as (
    select
        item_id,
        sum(free_qty) as coming_qty,
        min(expected_date) as next_date,
        arg_min(supply_id, expected_date) as next_supply_id,
    from materials.free_supply
    where supply_kind <> 'on_hand'
    group by item_id
),

missing as (
    select
        item_id,
        sum(missing_qty) as unordered_qty,
    from materials.netted
    where reckoning = 'plan' and not is_demand
    group by item_id
)

select
    cast(row_number() over (
        order by blocked.blocked_value desc nulls last, blocked.component_id
    ) as integer) as gating_rank, -- 1 blocks the most value
    blocked.component_id as component_id, -- component
    coalesce(items.item_name, blocked.component_id) as component_name, -- name of it
    items.supplier_id as supplier_id, -- usual supplier
    suppliers.supplier_name as supplier_name, -- name of the usual supplier
    cast(blocked.missing_qty as decimal(18, 4))
        as missing_qty, -- quantity that is not in stock for what waits to be started
    cast(blocked.blocked_value as decimal(18, 2))
        as blocked_value, -- value of the backlog it blocks; unpriced lines left out
    cast(blocked.freed_value as decimal(18, 2))
        as freed_value, -- part that could be made if this component alone came
    blocked.items as items, -- made items it blocks
    blocked.lines as lines, -- order lines it blocks, in part or whole
    blocked.price_missing_lines
        as price_missing_lines, -- lines of unknown price among them, left out of values
    cast(coalesce(coming.coming_qty, 0) as decimal(18, 4))
        as on_order_qty, -- free quantity of it on open orders
    coming.next_date as next_date, -- day the next of it is expected
    coming.next_supply_id as next_supply_id, -- that order
    cast(coalesce(missing.unordered_qty, 0) as decimal(18, 4))
        as unordered_qty, -- quantity needed that is neither in stock nor on order
    blocked.is_loop as is_loop, -- it is made of itself: what it takes is not known
    blocked.is_stock_unknown as is_stock_unknown -- nothing tells its stock: taken for none
from blocked
left join coming on blocked.component_id = coming.item_id
left join missing on blocked.component_id = missing.item_id
left join core.items as items on blocked.component_id = items.item_id
left join core.suppliers as suppliers on items.supplier_id = suppliers.supplier_id
