-- One row per reckoning, and demand that asks for materials: what is to be made or bought.
-- Reckoning plan looks at all that is on order: its demands are order lines that neither stock nor
-- an open order fills, of one item and day, and open production orders that have not started.
-- Reckoning stock looks at stock alone: its demands are order lines of made items that wait for
-- something to be started, of one item and day.
-- What has started has its materials. An order line is needed on its due date, today when that has
-- passed; the materials of a production order on its planned start, else its lead time before it
-- is due.
-- grain: reckoning, demand_id
-- store: table
with

started as (
    select supply_id
    from core.pooled_supply
    where
        supply_kind = 'production_order'
        and open_qty > 0
        and (start_date is not null or received_qty > 0)
),

coming as (
    select
        pegs.order_id,
        pegs.line_id,
        sum(pegs.pegged_qty) as coming_qty,
        sum(
            case
                when pegs.supply_kind = 'production_order' and started.supply_id is null
                    then pegs.pegged_qty
                else 0
            end
        ) as not_started_qty,
    from core.pegs as pegs
    left join started on pegs.supply_id = started.supply_id
    where pegs.supply_kind <> 'on_hand'
    group by pegs.order_id, pegs.line_id
),

made as (
    select distinct item_id from materials.bom_lines
),

short_lines as (
    select
        allocations.order_id,
        allocations.line_id,
        allocations.item_id,
        made.item_id is not null as is_made,
        lines.due_date,
        lines.unit_price,
        items.unit_cost,
        allocations.short_qty - coalesce(coming.coming_qty, 0) as uncovered_qty,
        coalesce(coming.not_started_qty, 0) as not_started_qty,
    from core.allocations as allocations
    inner join core.order_lines as lines
        on allocations.order_id = lines.order_id
        and allocations.line_id = lines.line_id
    left join coming
        on allocations.order_id = coming.order_id
        and allocations.line_id = coming.line_id
    left join made on allocations.item_id = made.item_id
    left join core.items as items on allocations.item_id = items.item_id
    where allocations.short_qty > 0
),

line_demands as (
    select
        'plan' as reckoning,
        item_id,
        is_made,
        due_date,
        order_id,
        unit_price,
        unit_cost,
        uncovered_qty as demand_qty,
    from short_lines
    where uncovered_qty > 0
    union all
    select
        'stock' as reckoning,
        item_id,
        is_made,
        due_date,
        order_id,
        unit_price,
        unit_cost,
        uncovered_qty + not_started_qty as demand_qty,
    from short_lines
    where is_made and uncovered_qty + not_started_qty > 0
),

line_groups as (
    select
        line_demands.reckoning,
        'orders ' || line_demands.item_id || ' '
        || greatest(line_demands.due_date, as_of.as_of) as demand_id,
        'sales_orders' as demand_kind,
        line_demands.item_id,
        bool_or(line_demands.is_made) as is_made,
        greatest(line_demands.due_date, as_of.as_of) as needed_date,
        min(line_demands.due_date) as first_due_date,
        sum(line_demands.demand_qty) as demand_qty,
        sum(
            cast(line_demands.demand_qty * line_demands.unit_price as decimal(18, 2))
        ) as demand_value,
        sum(
            cast(
                line_demands.demand_qty * (line_demands.unit_price - line_demands.unit_cost)
                as decimal(18, 2)
            )
        ) as demand_margin,
        count(*) as lines,
        count(distinct line_demands.order_id) as orders,
        count(case when line_demands.unit_price is null then 1 end) as price_missing_lines,
    from line_demands
    cross join core.as_of as as_of
    group by
        line_demands.reckoning,
        line_demands.item_id,
        greatest(line_demands.due_date, as_of.as_of)
),

pegged_lines as (
    select
        pegs.supply_id,
        min(lines.due_date) as first_due_date,
        sum(cast(pegs.pegged_qty * lines.unit_price as decimal(18, 2))) as pegged_value,
        sum(
            cast(pegs.pegged_qty * (lines.unit_price - items.unit_cost) as decimal(18, 2))
        ) as pegged_margin,
        count(*) as lines,
        count(distinct pegs.order_id) as orders,
        count(case when lines.unit_price is null then 1 end) as price_missing_lines,
    from core.pegs as pegs
    inner join core.order_lines as lines
        on pegs.order_id = lines.order_id
        and pegs.line_id = lines.line_id
    left join core.items as items on lines.item_id = items.item_id
    where pegs.supply_kind = 'production_order'
    group by pegs.supply_id
),

production as (
    select
        orders.supply_id,
        orders.item_id,
        greatest(
            coalesce(
                orders.planned_start_date,
                supply.promised_date
                - coalesce(items.lead_time_days, levers.usual_lead_time_days),
                as_of.as_of
            ),
            as_of.as_of
        ) as start_date,
        coalesce(supply.promised_date, as_of.as_of) as promised_date,
        orders.open_qty,
    from core.pooled_supply as orders
    inner join core.supply_orders as supply on orders.supply_id = supply.supply_id
    cross join core.as_of as as_of
    cross join core.levers as levers
    left join core.items as items on orders.item_id = items.item_id
    where
        orders.supply_kind = 'production_order'
        and orders.open_qty > 0
        and orders.supply_id not in (select supply_id from started)
),

demands as (
    select
        reckoning,
        demand_id,
        demand_kind,
        item_id,
        is_made,
        needed_date,
        first_due_date,
        demand_qty,
        demand_value,
        demand_margin,
        lines,
        orders,
        price_missing_lines,
    from line_groups
    union all
    select
        'plan' as reckoning,
        production.supply_id as demand_id,
        'production_order' as demand_kind,
        production.item_id,
        true as is_made,
        production.start_date as needed_date,
        coalesce(pegged_lines.first_due_date, production.promised_date) as first_due_date,
        production.open_qty as demand_qty,
        pegged_lines.pegged_value as demand_value,
        pegged_lines.pegged_margin as demand_margin,
        coalesce(pegged_lines.lines, 0) as lines,
        coalesce(pegged_lines.orders, 0) as orders,
        coalesce(pegged_lines.price_missing_lines, 0) as price_missing_lines,
    from production
    left join pegged_lines on production.supply_id = pegged_lines.supply_id
)

select
    reckoning, -- plan: beyond all that is on order; stock: from stock alone
    demand_id, -- name of the demand
    demand_kind, -- sales_orders or production_order
    item_id, -- item sold, or to be made
    is_made, -- it has a bill of materials
    needed_date, -- day it is needed; for a production order the day its materials are
    first_due_date, -- earliest day anything that waits for it was due: who is served first
    cast(demand_qty as decimal(18, 4)) as demand_qty, -- quantity to be made or bought
    cast(demand_value as decimal(18, 2))
        as demand_value, -- value of the order lines that wait for it; unpriced ones left out
    cast(demand_margin as decimal(18, 2))
        as demand_margin, -- that value less cost; lines without a price or a cost left out
    lines, -- order lines that wait for it
    orders, -- their orders
    price_missing_lines -- lines of unknown price among them, left out of the value
from demands
