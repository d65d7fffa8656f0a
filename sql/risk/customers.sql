-- One row per customer with an open line that stock of today cannot fill: the worst delay, and the
-- orders of the next year that it may cost.
-- Expected loss: their value times the share lost after such a delay (delay_drop_rate for any,
-- long_delay_drop_rate beyond long_delay_days). Stressed: the same if all comes as late as the
-- latest day known. Lines without a customer have no row.
-- grain: customer_id
-- store: table
with

exposed as (
    select
        customer_id,
        max(customer_name) as customer_name,
        count(*) as lines,
        count(distinct order_id) as orders,
        count(*) - count(short_value) as price_missing_lines,
        sum(short_value) as short_value,
        max(delay_days) as worst_delay_days,
        max(stressed_delay_days) as stressed_delay_days,
        sum(expected_cancel_value) as expected_cancel_value,
        sum(held_value) as held_value,
        sum(expected_refund_value) as expected_refund_value,
    from risk.lines
    where customer_id is not null
    group by customer_id
),

yearly as (
    select
        exposed.customer_id,
        coalesce(years.orders_per_year, 0) as orders_per_year,
        years.yearly_value,
        case
            when exposed.worst_delay_days > levers.long_delay_days
                then levers.long_delay_drop_rate
            when exposed.worst_delay_days > 0 then levers.delay_drop_rate
            else 0
        end as drop_rate,
        case
            when exposed.stressed_delay_days > levers.long_delay_days
                then levers.long_delay_drop_rate
            when exposed.stressed_delay_days > 0 then levers.delay_drop_rate
            else 0
        end as stressed_drop_rate,
    from exposed
    cross join core.levers as levers
    left join risk.customer_years as years on exposed.customer_id = years.customer_id
)

select
    exposed.customer_id as customer_id, -- customer
    exposed.customer_name as customer_name, -- name of the customer
    exposed.lines as lines, -- open lines stock of today cannot fill
    exposed.orders as orders, -- orders of those lines
    exposed.price_missing_lines as price_missing_lines, -- lines of unknown price, left out of values
    exposed.short_value as short_value, -- value of what stock cannot fill
    exposed.worst_delay_days
        as worst_delay_days, -- longest delay to come, due to filled, as likely less as more
    exposed.stressed_delay_days as stressed_delay_days, -- the same by the latest days known
    cast(yearly.orders_per_year as double) as orders_per_year, -- orders a year
    cast(yearly.yearly_value as decimal(18, 2))
        as yearly_value, -- their value; lines of unknown price left out
    cast(yearly.drop_rate as double) as drop_rate, -- share of next year's orders lost by the delay
    cast(yearly.drop_rate * yearly.orders_per_year as double)
        as expected_lost_orders, -- orders of next year lost by it
    cast(yearly.drop_rate * yearly.yearly_value as decimal(18, 2))
        as expected_loss_value, -- value of them
    cast(yearly.stressed_drop_rate * yearly.yearly_value as decimal(18, 2))
        as stressed_loss_value, -- the same if supply comes as late as the latest days known
    exposed.expected_cancel_value as expected_cancel_value, -- orders expected to be cancelled
    exposed.held_value as held_value, -- refund exposure: paid for units not delivered
    exposed.expected_refund_value as expected_refund_value -- refunds expected
from exposed
inner join yearly on exposed.customer_id = yearly.customer_id
