-- What the risks rest on, in one row: how many of the rows behind them are known, assumed, unknown.
-- grain: one row
with

waiting as (
    select
        count(*) as lines,
        count(*) - count(short_value) as price_missing_lines,
        count(case when is_fill_assumed then 1 end) as fill_assumed_lines,
        count(*) - count(held_value) as cash_unknown_lines,
        count(case when is_cash_derived and held_value is not null then 1 end)
            as cash_derived_lines,
    from risk.lines
),

cancelled as (
    select
        count(*) as cancelled_lines,
        count(cancelled_date) as dated_cancelled_lines,
    from risk.cancelled_lines
),

events as (
    select
        count(*) as event_lines,
        count(*) - count(miss_rate) as miss_unknown_lines,
    from risk.events
),

stock as (
    select
        count(*) as pools,
        count(case when usable_qty is null then 1 end) as stock_unknown_pools,
        count(case when is_forecast then 1 end) as forecast_pools,
    from risk.stock_positions
),

sources as (
    select
        count(*) as needed_items,
        count(*) - count(capacity_week_qty) as capacity_unknown_items,
        count(case when capacity_basis = 'best month' then 1 end) as capacity_on_record_items,
        count(case when load_kind = 'component' then 1 end) as component_items,
    from risk.capacities
),

paid as (
    select count(*) as payments from core.payments where order_id is not null
)

select
    waiting.lines as lines, -- open lines stock of today cannot fill
    waiting.price_missing_lines as price_missing_lines, -- of unknown price, left out of money
    waiting.fill_assumed_lines
        as fill_assumed_lines, -- not all on an order with a day: counted as ordered today
    waiting.cash_unknown_lines as cash_unknown_lines, -- of unknown cash, left out of refunds
    waiting.cash_derived_lines as cash_derived_lines, -- whose cash is derived from terms
    paid.payments as payments, -- payments of customers on record
    cancelled.cancelled_lines as cancelled_lines, -- cancelled lines in the history
    cancelled.dated_cancelled_lines
        as dated_cancelled_lines, -- those whose day exports or refunds tell
    events.event_lines as event_lines, -- open lines needed by a day
    events.miss_unknown_lines as miss_unknown_lines, -- those whose chance is unknown
    stock.pools as pools, -- pools of stock that are ordered, forecast or owed
    stock.stock_unknown_pools as stock_unknown_pools, -- those without any balance
    stock.forecast_pools as forecast_pools, -- those with a forecast for the lead time
    sources.needed_items as needed_items, -- items that lately sold, and their components
    sources.capacity_unknown_items as capacity_unknown_items, -- of unknown capacity
    sources.capacity_on_record_items
        as capacity_on_record_items, -- whose capacity is the best month on record
    sources.component_items as component_items, -- bought components of what is made
    transit.known_shipments as known_shipments, -- shipments whose day of delivery is known
    transit.transit_days as transit_days -- days goods travel to customers
from waiting
cross join cancelled
cross join events
cross join stock
cross join sources
cross join paid
cross join core.customer_transit as transit
