-- One row per pool of an item kept in stock that is ordered, forecast or owed: what there is and
-- what is likely asked for until an order placed today would be there.
-- Lead time: the item's, else usual_lead_time_days. Demand: the forecast in force for the days of
-- the lead time; days without one count the mean of the last forecastless_days. Its spread is that
-- of the daily orders of those days, and never less than that of single units (Poisson). Items made
-- to order, sold ahead or shipped by the supplier, and components, are not here. A place without a
-- balance has nothing; an item without any has unknown stock.
-- grain: pool_id
-- store: table
with

stocked as (
    select
        items.item_id,
        items.item_name,
        items.supplier_id,
        greatest(coalesce(items.lead_time_days, levers.usual_lead_time_days), 1)
            as lead_time_days,
        coalesce(pools.is_by_location, false) as is_by_location,
    from core.items as items
    cross join core.levers as levers
    left join core.pools as pools on items.item_id = pools.item_id
    where coalesce(items.stocking_policy, 'stock') = 'stock'
),

records as (
    select
        least(
            levers.forecastless_days,
            greatest(date_diff('day', min(lines.order_date), any_value(as_of.as_of)) + 1, 1)
        ) as days,
    from core.order_lines as lines
    cross join core.as_of as as_of
    cross join core.levers as levers
    group by levers.forecastless_days
),

ordered as (
    select
        case
            when stocked.is_by_location and lines.location_id is not null
                then lines.item_id || ' @ ' || lines.location_id
            else lines.item_id
        end as pool_id,
        lines.item_id,
        lines.order_date,
        lines.customer_id,
        cast(lines.ordered_qty - lines.cancelled_qty as double) as wanted_qty,
        cast(lines.unit_price as double) as unit_price,
    from core.order_lines as lines
    inner join stocked on lines.item_id = stocked.item_id
    cross join core.as_of as as_of
    cross join core.levers as levers
    where
        lines.order_date > as_of.as_of - levers.forecastless_days
        and not lines.is_planned
        and lines.order_type <> 'drop_ship'
        and lines.ordered_qty > lines.cancelled_qty
),

by_day as (
    select pool_id, item_id, order_date, sum(wanted_qty) as wanted_qty
    from ordered
    group by pool_id, item_id, order_date
),

buyers as (
    select
        pool_id,
        count(distinct customer_id) as customers,
        sum(case when unit_price is not null then wanted_qty * unit_price end)
        / sum(case when unit_price is not null then wanted_qty end) as unit_price,
    from ordered
    group by pool_id
),

demand as (
    select
        by_day.pool_id,
        by_day.item_id,
        sum(by_day.wanted_qty) / any_value(records.days) as mean_qty,
        greatest(
            sum(by_day.wanted_qty * by_day.wanted_qty) / any_value(records.days)
            - (sum(by_day.wanted_qty) / any_value(records.days))
            * (sum(by_day.wanted_qty) / any_value(records.days)),
            0
        ) as variance_qty,
    from by_day
    cross join records
    group by by_day.pool_id, by_day.item_id
),

forecast_versions as (
    select
        case
            when stocked.is_by_location and forecasts.location_id is not null
                then forecasts.item_id || ' @ ' || forecasts.location_id
            else forecasts.item_id
        end as pool_id,
        forecasts.item_id,
        forecasts.location_id,
        date_diff('day', forecasts.period_start, forecasts.period_end) + 1 as period_days,
        date_diff(
            'day',
            greatest(forecasts.period_start, as_of.as_of + 1),
            least(forecasts.period_end, as_of.as_of + stocked.lead_time_days)
        ) + 1 as days,
        arg_max(
            forecasts.forecast_qty, coalesce(forecasts.made_on, date '0001-01-01')
        ) as forecast_qty,
        forecasts.period_start,
    from contract.demand_forecasts as forecasts
    inner join stocked on forecasts.item_id = stocked.item_id
    cross join core.as_of as as_of
    where
        forecasts.period_start <= as_of.as_of + stocked.lead_time_days
        and forecasts.period_end > as_of.as_of
        and coalesce(forecasts.made_on, as_of.as_of) <= as_of.as_of
    group by all
),

-- Forecasts of several locations cover the same days of one pool.
forecast_days as (
    select
        pool_id,
        item_id,
        period_start,
        max(days) as days,
        sum(cast(forecast_qty as double) * days / period_days) as forecast_qty,
    from forecast_versions
    group by pool_id, item_id, period_start
),

forecast as (
    select
        pool_id,
        item_id,
        sum(days) as days,
        sum(forecast_qty) as forecast_qty,
    from forecast_days
    group by pool_id, item_id
),

owed as (
    select
        demand.pool_id,
        demand.item_id,
        sum(allocations.open_qty - allocations.hard_pegged_qty) as owed_qty,
    from core.open_demand as demand
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
    inner join stocked on supply.item_id = stocked.item_id
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
    select pool_id, item_id from demand
    union
    select pool_id, item_id from forecast where forecast_qty > 0
    union
    select pool_id, item_id from owed
),

likely as (
    select
        members.pool_id,
        members.item_id,
        coalesce(demand.mean_qty, 0) as daily_qty,
        coalesce(forecast.forecast_qty, 0)
        + coalesce(demand.mean_qty, 0)
        * greatest(stocked.lead_time_days - coalesce(forecast.days, 0), 0) as demand_qty,
        coalesce(demand.variance_qty, 0) * stocked.lead_time_days as variance_qty,
        coalesce(forecast.days, 0) > 0 as is_forecast,
    from members
    inner join stocked on members.item_id = stocked.item_id
    left join demand on members.pool_id = demand.pool_id
    left join forecast on members.pool_id = forecast.pool_id
)

select
    likely.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    likely.item_id as item_id, -- item
    stocked.item_name as item_name, -- name of the item
    stocked.supplier_id as supplier_id, -- usual supplier; (own production) for items that are made
    cast(stocked.lead_time_days as integer)
        as lead_time_days, -- days until an order placed today is there
    cast(
        case
            when on_hand.usable_qty is not null then on_hand.usable_qty
            when counted.item_id is not null then 0
        end as double
    ) as usable_qty, -- stock that can fill orders; empty when no balance tells
    cast(coalesce(owed.owed_qty, 0) as double) as owed_qty, -- accepted and not shipped
    cast(coalesce(coming.coming_qty, 0) as double)
        as coming_qty, -- on order and expected within the lead time
    likely.demand_qty as demand_qty, -- likely to be ordered within the lead time
    sqrt(greatest(likely.variance_qty, likely.demand_qty))
        as demand_sd_qty, -- standard deviation of that
    likely.is_forecast as is_forecast, -- a forecast covers days of the lead time
    buyers.unit_price as unit_price, -- mean price of a unit lately; empty when unknown
    coalesce(buyers.customers, 0) as customers -- customers who ordered it lately
from likely
inner join stocked on likely.item_id = stocked.item_id
left join core.on_hand as on_hand on likely.pool_id = on_hand.pool_id
left join counted on likely.item_id = counted.item_id
left join owed on likely.pool_id = owed.pool_id
left join coming on likely.pool_id = coming.pool_id
left join buyers on likely.pool_id = buyers.pool_id
