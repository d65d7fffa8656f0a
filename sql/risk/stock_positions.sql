-- One row per pool of an item kept in stock that is ordered, forecast or owed: what there is and
-- what is likely asked for until an order placed today would be there.
-- The spread of demand is that of the daily orders of late, and never less than that of single units
-- (Poisson). Items made to order, sold ahead or shipped by the supplier, and components, are not
-- here. A place without a balance has nothing; an item without any has unknown stock.
-- grain: pool_id
-- store: table
with

owed as (
    select
        demand.pool_id,
        demand.item_id,
        sum(allocations.open_qty - allocations.hard_pegged_qty) as owed_qty,
    from core.open_lines as demand
    inner join core.allocations as allocations
        on demand.order_id = allocations.order_id
        and demand.line_id = allocations.line_id
    where demand.order_type <> 'drop_ship'
    group by demand.pool_id, demand.item_id
),

coming as (
    select
        supply.pool_id,
        sum(supply.supply_qty) as coming_qty,
    from core.expected_supply as supply
    inner join risk.stocked_items as stocked on supply.item_id = stocked.item_id
    cross join core.as_of as as_of
    where
        supply.sales_order_id is null
        and supply.expected_date <= as_of.as_of + stocked.lead_time_days
    group by supply.pool_id
),

counted as (
    select distinct item_id from core.balances
),

members as (
    select pool_id, item_id from risk.stock_demand
    union
    select pool_id, item_id from owed
)

select
    members.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    members.item_id as item_id, -- item
    stocked.item_name as item_name, -- name of the item
    stocked.supplier_id as supplier_id, -- usual supplier; (own production) for items that are made
    stocked.lead_time_days as lead_time_days, -- days until an order placed today is there
    cast(
        case
            when on_hand.usable_qty is not null then on_hand.usable_qty
            when counted.item_id is not null then 0
        end as double
    ) as usable_qty, -- stock that can fill orders; empty when no balance tells
    cast(coalesce(owed.owed_qty, 0) as double) as owed_qty, -- accepted and not shipped
    cast(coalesce(coming.coming_qty, 0) as double)
        as coming_qty, -- on order and expected within the lead time
    coalesce(demand.demand_qty, 0) as demand_qty, -- likely to be ordered within the lead time
    sqrt(coalesce(greatest(demand.variance_qty, demand.demand_qty), 0))
        as demand_sd_qty, -- standard deviation of that
    coalesce(demand.is_forecast, false) as is_forecast, -- a forecast covers days of the lead time
    demand.unit_price as unit_price, -- mean price of a unit lately; empty when unknown
    coalesce(demand.customers, 0) as customers -- customers who ordered it lately
from members
inner join risk.stocked_items as stocked on members.item_id = stocked.item_id
left join risk.stock_demand as demand on members.pool_id = demand.pool_id
left join core.on_hand as on_hand on members.pool_id = on_hand.pool_id
left join counted on members.item_id = counted.item_id
left join owed on members.pool_id = owed.pool_id
left join coming on members.pool_id = coming.pool_id
