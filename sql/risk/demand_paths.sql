-- One row per item sold and item it takes, itself included: how much of it the orders of a week
-- take, through all levels of the bill of materials. The rate is that of the last load_days, or of
-- as many days as there are records.
-- Phantoms are passed through; lines of a loop are not followed.
-- grain: sold_item_id, item_id
-- store: table
with recursive

records as (
    select
        least(
            levers.load_days,
            greatest(date_diff('day', min(lines.order_date), any_value(as_of.as_of)) + 1, 1)
        ) / 7.0 as weeks,
    from core.order_lines as lines
    cross join core.as_of as as_of
    cross join core.levers as levers
    group by levers.load_days
),

sold as (
    select
        buyers.item_id,
        sum(cast(buyers.wanted_qty as double)) / any_value(records.weeks) as week_qty,
        sum(buyers.wanted_value) / any_value(records.weeks) as week_value,
    from risk.buyers as buyers
    cross join records
    group by buyers.item_id
),

bom as (
    select item_id, component_id, per_unit_qty, is_component_phantom
    from materials.bom_lines
    where not is_loop
),

needed as (
    select
        item_id as sold_item_id,
        item_id,
        week_qty,
        false as is_phantom,
    from sold
    union all
    select
        needed.sold_item_id,
        bom.component_id as item_id,
        sum(needed.week_qty * bom.per_unit_qty) as week_qty,
        bom.is_component_phantom as is_phantom,
    from needed
    inner join bom on needed.item_id = bom.item_id
    group by needed.sold_item_id, bom.component_id, bom.is_component_phantom
)

select
    needed.sold_item_id as sold_item_id, -- item sold
    needed.item_id as item_id, -- item it takes: itself, or a component on any level
    sum(needed.week_qty) as week_qty, -- units of it that the orders of a week take
    any_value(sold.week_value)
        as sold_week_value -- value sold a week of the item sold; empty when unpriced
from needed
inner join sold on needed.sold_item_id = sold.item_id
where not needed.is_phantom
group by needed.sold_item_id, needed.item_id
