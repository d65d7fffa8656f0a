-- One row per open order line needed by a day (an event): the chance of missing it, filled and on
-- the way included. The last day to ship is the day needed less the days of transit.
-- What is not all pegged, and cannot be there any more if ordered today, misses it for sure; else
-- the chance is unknown, and it must be ordered by order_by_date.
-- grain: order_id, line_id
-- store: table
with

chances as (
    select order_id, line_id, kept_rate
    from backlog.deadlines
    where deadline_kind = 'event'
),

bound as (
    select
        lines.order_id,
        lines.line_id,
        lines.customer_id,
        lines.customer_name,
        lines.item_id,
        lines.item_name,
        lines.need_by_date,
        lines.need_by_date - transit.transit_days as ship_by_date,
        lines.open_qty,
        lines.open_value,
        promises.fill_p50_date,
        coalesce(promises.pegged_qty >= lines.open_qty, false) as is_pegged,
        lines.hold_reason,
        chances.kept_rate,
        coalesce(items.lead_time_days, levers.usual_lead_time_days) as lead_time_days,
        as_of.as_of,
    from backlog.measured as lines
    cross join core.as_of as as_of
    cross join core.levers as levers
    cross join core.customer_transit as transit
    inner join backlog.promises as promises
        on lines.order_id = promises.order_id
        and lines.line_id = promises.line_id
    left join chances
        on lines.order_id = chances.order_id
        and lines.line_id = chances.line_id
    left join core.items as items on lines.item_id = items.item_id
    where lines.need_by_date is not null
),

judged as (
    select
        order_id,
        line_id,
        case
            when ship_by_date < as_of then 1
            when is_pegged then 1 - kept_rate
            when as_of + lead_time_days > ship_by_date then 1
        end as miss_rate,
        case when not is_pegged then ship_by_date - lead_time_days end as order_by_date,
    from bound
)

select
    bound.order_id as order_id, -- order the line belongs to
    bound.line_id as line_id, -- line within the order
    bound.customer_id as customer_id, -- customer who ordered
    bound.customer_name as customer_name, -- name of the customer
    bound.item_id as item_id, -- item sold
    bound.item_name as item_name, -- name of the item
    bound.need_by_date as need_by_date, -- day after which the goods are worthless
    bound.ship_by_date as ship_by_date, -- last day on which they can leave to be there
    cast(date_diff('day', bound.as_of, bound.ship_by_date) as integer)
        as days_left, -- days until then; negative when it has passed
    bound.open_qty as open_qty, -- backlog
    bound.open_value as open_value, -- value of the backlog
    bound.fill_p50_date as fill_p50_date, -- day stock could fill it; empty if not all is pegged
    bound.is_pegged as is_pegged, -- all of it is in stock or on order
    cast(judged.order_by_date as date)
        as order_by_date, -- day by which what is not on order must be; empty when it is
    bound.hold_reason as hold_reason, -- why it may not ship; taken as lifted in the chance
    cast(judged.miss_rate as double)
        as miss_rate, -- chance that it is not there by the day needed; empty when not known
    cast(judged.miss_rate * cast(bound.open_value as double) as decimal(18, 2))
        as expected_miss_value, -- value times that chance
    cash.held_value as held_value -- refund exposure: paid for units not delivered
from bound
inner join judged
    on bound.order_id = judged.order_id
    and bound.line_id = judged.line_id
left join core.line_cash as cash
    on bound.order_id = cash.order_id
    and bound.line_id = cash.line_id
