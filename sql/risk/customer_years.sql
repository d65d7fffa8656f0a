-- One row per customer who ordered in the last 365 days: orders a year and their value, scaled up
-- where the records reach less far back.
-- grain: customer_id
-- store: table
with

records as (
    select
        least(greatest(date_diff('day', min(lines.order_date), any_value(as_of.as_of)) + 1, 1), 365)
            as record_days,
    from core.order_lines as lines
    cross join core.as_of as as_of
),

bought as (
    select
        lines.customer_id,
        count(distinct lines.order_id) as orders,
        sum(
            cast(lines.ordered_qty - lines.cancelled_qty as double)
            * cast(lines.unit_price as double)
        ) as ordered_value,
    from core.order_lines as lines
    cross join core.as_of as as_of
    where lines.customer_id is not null and lines.order_date > as_of.as_of - 365
    group by lines.customer_id
)

select
    bought.customer_id as customer_id, -- customer
    cast(bought.orders * 365.0 / records.record_days as double)
        as orders_per_year, -- orders a year
    bought.ordered_value * 365.0 / records.record_days
        as yearly_value -- their value; lines of unknown price left out
from bought
cross join records
