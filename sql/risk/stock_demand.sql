-- One row per pool of an item kept in stock that is ordered or forecast: what is likely asked for
-- until an order placed today would be there.
-- Lead time: the item's, else usual_lead_time_days. Demand: the forecast in force for the days of
-- the lead time; days without one count the mean of the last forecastless_days. A scenario may have
-- more or less demand, of orders as large as they were.
-- grain: pool_id
-- store: table
with

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
        lines.segment,
        lines.wanted_qty,
        lines.unit_price,
    from risk.recent_orders as lines
    inner join risk.stocked_items as stocked on lines.item_id = stocked.item_id
    where not lines.is_planned or stocked.is_put_in_stock
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
    inner join risk.stocked_items as stocked on forecasts.item_id = stocked.item_id
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

-- A change of one segment's demand counts by the segment's part in what was ordered lately.
shares as (
    select
        ordered.item_id,
        sum(ordered.wanted_qty * coalesce(rates.demand_rate, 1)) / sum(ordered.wanted_qty)
            as demand_rate,
    from ordered
    left join core.demand_rates as rates
        on ordered.item_id = rates.item_id
        and ordered.segment = rates.segment
    group by ordered.item_id
),

members as (
    select pool_id, item_id from demand
    union
    select pool_id, item_id from forecast where forecast_qty > 0
),

of_all as (
    select item_id, demand_rate
    from core.demand_rates
    where segment = '(none)'
),

rated as (
    select
        members.pool_id,
        members.item_id,
        coalesce(shares.demand_rate, of_all.demand_rate, 1) as demand_rate,
    from members
    left join shares on members.item_id = shares.item_id
    left join of_all on members.item_id = of_all.item_id
)

select
    rated.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    rated.item_id as item_id, -- item
    rated.demand_rate
    * (
        coalesce(forecast.forecast_qty, 0)
        + coalesce(demand.mean_qty, 0)
        * greatest(stocked.lead_time_days - coalesce(forecast.days, 0), 0)
    ) as demand_qty, -- likely to be ordered within the lead time
    rated.demand_rate * coalesce(demand.variance_qty, 0) * stocked.lead_time_days
        as variance_qty, -- variance of that, as daily orders vary
    coalesce(forecast.days, 0) > 0 as is_forecast, -- a forecast covers days of the lead time
    buyers.unit_price as unit_price, -- mean price of a unit lately; empty when unknown
    coalesce(buyers.customers, 0) as customers -- customers who ordered it lately
from rated
inner join risk.stocked_items as stocked on rated.item_id = stocked.item_id
left join demand on rated.pool_id = demand.pool_id
left join forecast on rated.pool_id = forecast.pool_id
left join buyers on rated.pool_id = buyers.pool_id
