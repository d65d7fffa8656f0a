-- One row per pool and day of a shortage: what was ordered since the anchor day against what was
-- forecast then, and what made the difference.
-- Forecast is the newest version made by the anchor day, each period's by its days in between. Days
-- without one count the mean of the forecastless_days before the anchor. Items made to order, sold
-- ahead or shipped by the supplier are not forecast.
-- Spikes first; if what is left is beyond forecast_error_sigmas standard deviations the forecast was
-- poor, else it is normal variability; less than forecast helps.
-- grain: pool_id, on_date
-- store: table
with

forecasts as (
    select
        case
            when pools.is_by_location
                then forecasts.item_id || ' @ ' || forecasts.location_id
            else forecasts.item_id
        end as pool_id,
        forecasts.period_start,
        forecasts.period_end,
        forecasts.made_on,
        sum(forecasts.forecast_qty) as forecast_qty,
    from contract.demand_forecasts as forecasts
    left join core.pools as pools on forecasts.item_id = pools.item_id
    group by all
),

points as (
    select
        pool_id,
        on_date,
        anchor_date,
        item_id,
        date_diff('day', anchor_date, on_date) as days,
        ordered_qty,
        pool_id not like 'order %'
        and coalesce(stocking_policy, 'stock') = 'stock' as is_forecast,
    from causes.pool_dates
    where not is_component
),

versions as (
    select
        points.pool_id,
        points.on_date,
        date_diff(
            'day',
            greatest(forecasts.period_start, points.anchor_date + 1),
            least(forecasts.period_end, points.on_date)
        ) + 1 as days,
        date_diff('day', forecasts.period_start, forecasts.period_end) + 1 as period_days,
        arg_max(
            forecasts.forecast_qty, coalesce(forecasts.made_on, date '0001-01-01')
        ) as forecast_qty,
        max(forecasts.made_on) as made_on,
    from points
    inner join forecasts
        on points.pool_id = forecasts.pool_id
        and forecasts.period_start <= points.on_date
        and forecasts.period_end > points.anchor_date
    where
        points.is_forecast
        and coalesce(forecasts.made_on, points.anchor_date) <= points.anchor_date
    group by
        points.pool_id,
        points.on_date,
        points.anchor_date,
        forecasts.period_start,
        forecasts.period_end
),

forecast as (
    select
        pool_id,
        on_date,
        sum(cast(forecast_qty as double) * days / period_days) as forecast_qty,
        sum(days) as days,
        max(made_on) as made_on,
    from versions
    group by pool_id, on_date
),

lumps as (
    select
        lines.pool_id,
        sum(cast(lines.wanted_qty as double) * cast(lines.wanted_qty as double))
        / sum(cast(lines.wanted_qty as double)) as lump_qty,
    from core.pooled_lines as lines
    where
        lines.wanted_qty > 0
        and not lines.is_planned
        and lines.pool_id in (select pool_id from points)
    group by lines.pool_id
),

first_orders as (
    select pool_id, min(day) as first_day
    from core.ledger
    where ordered_to_date_qty > 0
    group by pool_id
),

looked_back as (
    select
        points.pool_id,
        points.on_date,
        least(
            points.anchor_date,
            greatest(points.anchor_date - levers.forecastless_days, first_orders.first_day - 1)
        ) as mean_from,
        points.anchor_date,
    from points
    cross join core.levers as levers
    inner join first_orders on points.pool_id = first_orders.pool_id
),

means as (
    select
        looked_back.pool_id,
        looked_back.on_date,
        cast(until.ordered_to_date_qty - since.ordered_to_date_qty as double)
        / nullif(date_diff('day', looked_back.mean_from, looked_back.anchor_date), 0)
            as mean_qty,
    from looked_back
    asof inner join core.ledger as until
        on looked_back.pool_id = until.pool_id
        and looked_back.anchor_date >= until.day
    asof inner join core.ledger as since
        on looked_back.pool_id = since.pool_id
        and looked_back.mean_from >= since.day
),

spiked as (
    select
        points.pool_id,
        points.on_date,
        sum(case when spikes.is_repeated then 0 else spikes.excess_qty end) as spike_qty,
        sum(case when spikes.is_repeated then spikes.excess_qty else 0 end) as missed_event_qty,
    from points
    inner join causes.demand_spikes as spikes
        on points.pool_id = spikes.pool_id
        and spikes.day > points.anchor_date
        and spikes.day <= points.on_date
    where points.is_forecast
    group by points.pool_id, points.on_date
),

expected as (
    select
        points.pool_id,
        points.on_date,
        cast(points.ordered_qty as double) as ordered_qty,
        points.is_forecast,
        forecast.made_on,
        coalesce(forecast.days, 0) as forecast_days,
        points.days,
        case
            when not points.is_forecast then cast(points.ordered_qty as double)
            when forecast.days = points.days then forecast.forecast_qty
            else coalesce(forecast.forecast_qty, 0)
                + (points.days - coalesce(forecast.days, 0)) * means.mean_qty
        end as expected_qty,
        coalesce(lumps.lump_qty, 1) as lump_qty,
        cast(coalesce(spiked.spike_qty, 0) as double) as spike_qty,
        cast(coalesce(spiked.missed_event_qty, 0) as double) as missed_event_qty,
    from points
    left join forecast
        on points.pool_id = forecast.pool_id
        and points.on_date = forecast.on_date
    left join means
        on points.pool_id = means.pool_id
        and points.on_date = means.on_date
    left join lumps on points.pool_id = lumps.pool_id
    left join spiked
        on points.pool_id = spiked.pool_id
        and points.on_date = spiked.on_date
),

-- Spikes explain no more than what was ordered beyond the forecast.
capped as (
    select
        pool_id,
        on_date,
        ordered_qty,
        expected_qty,
        made_on,
        is_forecast,
        forecast_days,
        days,
        lump_qty,
        spike_qty + missed_event_qty as spikes_found_qty,
        ordered_qty - expected_qty as excess_qty,
        spike_qty
        * least(
            1,
            greatest(ordered_qty - expected_qty, 0)
            / nullif(spike_qty + missed_event_qty, 0)
        ) as spike_qty,
        missed_event_qty
        * least(
            1,
            greatest(ordered_qty - expected_qty, 0)
            / nullif(spike_qty + missed_event_qty, 0)
        ) as missed_event_qty,
    from expected
),

left_over as (
    select
        pool_id,
        on_date,
        ordered_qty,
        expected_qty,
        made_on,
        is_forecast,
        forecast_days,
        days,
        coalesce(spike_qty, 0) as spike_qty,
        coalesce(missed_event_qty, 0) as missed_event_qty,
        excess_qty - coalesce(spike_qty, 0) - coalesce(missed_event_qty, 0) as rest_qty,
        sqrt(greatest(expected_qty, ordered_qty - spikes_found_qty, 0) * lump_qty)
            as sigma_qty,
    from capped
)

select
    left_over.pool_id as pool_id, -- lines and supply that may meet
    left_over.on_date as on_date, -- day the lines were short
    left_over.is_forecast as is_forecast, -- the item is sold from stock, so that demand is forecast
    left_over.made_on as made_on, -- day the newest forecast used was made
    cast(left_over.forecast_days as integer) as forecast_days, -- days a forecast covers
    cast(left_over.days as integer) as days, -- days since the anchor
    cast(left_over.ordered_qty as decimal(18, 4)) as ordered_qty, -- ordered since the anchor
    cast(left_over.expected_qty as decimal(18, 4))
        as expected_qty, -- forecast for these days; empty when neither forecast nor history tells
    cast(left_over.spike_qty as decimal(18, 4)) as spike_qty, -- beyond it on days of a spike
    cast(left_over.missed_event_qty as decimal(18, 4))
        as missed_event_qty, -- beyond it on days of an event that came the year before too
    cast(
        case
            when left_over.rest_qty > levers.forecast_error_sigmas * left_over.sigma_qty
                then left_over.rest_qty
            else 0
        end as decimal(18, 4)
    ) as forecast_error_qty, -- the rest beyond it, where chance does not explain it
    cast(
        case
            when
                left_over.rest_qty > 0
                and left_over.rest_qty <= levers.forecast_error_sigmas * left_over.sigma_qty
                then left_over.rest_qty
            else 0
        end as decimal(18, 4)
    ) as variability_qty, -- the rest beyond it, where chance does
    cast(greatest(-left_over.rest_qty, 0) as decimal(18, 4)) as below_forecast_qty, -- less than it
    cast(left_over.sigma_qty as decimal(18, 4)) as sigma_qty -- standard deviation of demand
from left_over
cross join core.levers as levers
