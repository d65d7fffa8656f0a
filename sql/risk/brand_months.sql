-- One row per month of the first promise, of orders whose promise has passed: what hurt the brand,
-- part by part, and the points per 100 orders that weigh the parts by assumption.
-- An order's promise is the latest first promise of its lines; it is broken when any line, of what
-- was not cancelled, had not shipped by its own. Orders that shipped on an unknown day are left out
-- of these two. Late for long: a line more than long_delay_days after its first promise, of orders
-- that could be by now. A first order is a customer's oldest, unless the master data know of an
-- older one. Refunds: of orders of the month, until now; unknown without any payment on record.
-- points = 100 x sum of weight x rate over the parts that are known.
-- grain: month_start
-- store: table
with

promised as (
    select
        lines.order_id,
        lines.customer_id,
        lines.order_date,
        lines.first_promised_date,
        cast(lines.ordered_qty - lines.cancelled_qty as double)
        * cast(lines.unit_price as double) as line_value,
        lines.ordered_qty - lines.cancelled_qty > 0 as is_wanted,
        case
            when coalesce(lines.ordered_qty - lines.cancelled_qty, 0) <= 0 then false
            else lines.shipped_by_first_promise_qty < lines.ordered_qty - lines.cancelled_qty
        end as is_broken,
        case
            when coalesce(lines.ordered_qty - lines.cancelled_qty, 0) <= 0 then false
            when lines.is_open or lines.closed_on is not null
                then as_of.as_of > lines.first_promised_date + levers.long_delay_days
            else
                lines.last_shipped_date > lines.first_promised_date + levers.long_delay_days
        end as is_long_delayed,
        as_of.as_of,
        levers.long_delay_days,
    from core.order_lines as lines
    cross join core.as_of as as_of
    cross join core.levers as levers
    where
        lines.first_promised_date < as_of.as_of
        and lines.first_promised_date >= as_of.as_of - levers.brand_days
),

first_days as (
    select customer_id, min(order_date) as order_date
    from core.order_lines
    where customer_id is not null
    group by customer_id
),

new_customers as (
    select min(promised.order_id) as order_id
    from promised
    inner join first_days
        on promised.customer_id = first_days.customer_id
        and promised.order_date = first_days.order_date
    left join contract.customers as customers
        on promised.customer_id = customers.customer_id
    where coalesce(customers.first_order_date >= first_days.order_date, true)
    group by promised.customer_id
),

moved as (
    select document_id, line_id, count(*) as moves
    from backlog.promise_changes
    where kind = 'sales'
    group by document_id, line_id
    having count(*) >= 2
),

repromised as (
    select distinct document_id as order_id from moved
),

refunded as (
    select distinct order_id
    from core.payments
    where kind = 'refund' and order_id is not null
),

recorded as (
    select count(*) > 0 as has_payments from core.payments where order_id is not null
),

orders as (
    select
        order_id,
        max(first_promised_date) as promise_date,
        any_value(as_of) as as_of,
        any_value(long_delay_days) as long_delay_days,
        sum(line_value) as order_value,
        case
            when bool_or(is_broken) then true
            when count(*) = count(is_broken) then false
        end as is_broken,
        case
            when bool_or(is_long_delayed) then true
            when count(*) = count(is_long_delayed) then false
        end as is_long_delayed,
    from promised
    group by order_id
),

judged as (
    select
        cast(date_trunc('month', orders.promise_date) as date) as month_start,
        orders.order_value,
        orders.is_broken,
        case
            when orders.promise_date < orders.as_of - orders.long_delay_days
                then orders.is_long_delayed
        end as is_long_delayed,
        repromised.order_id is not null as is_repromised,
        new_customers.order_id is not null as is_first,
        refunded.order_id is not null as is_refunded,
    from orders
    left join repromised on orders.order_id = repromised.order_id
    left join new_customers on orders.order_id = new_customers.order_id
    left join refunded on orders.order_id = refunded.order_id
),

counted as (
    select
        judged.month_start,
        count(*) as orders,
        count(judged.is_broken) as judged_orders,
        count(case when judged.is_broken then 1 end) as broken_orders,
        sum(case when judged.is_broken then judged.order_value end) as broken_value,
        count(case when judged.is_repromised then 1 end) as repromised_orders,
        count(case when judged.is_first and judged.is_broken is not null then 1 end)
            as first_orders,
        count(case when judged.is_first and judged.is_broken then 1 end) as first_broken_orders,
        count(judged.is_long_delayed) as long_judged_orders,
        count(case when judged.is_long_delayed then 1 end) as long_delayed_orders,
        case
            when any_value(recorded.has_payments)
                then count(case when judged.is_refunded then 1 end)
        end as refunded_orders,
    from judged
    cross join recorded
    group by judged.month_start
),

rated as (
    select
        month_start,
        case when judged_orders > 0 then broken_orders / judged_orders end as broken_rate,
        case when orders > 0 then repromised_orders / orders end as repromised_rate,
        case when first_orders > 0 then first_broken_orders / first_orders end
            as first_broken_rate,
        case when judged_orders > 0 then first_broken_orders / judged_orders end
            as first_broken_order_rate,
        case
            when long_judged_orders > 0 then long_delayed_orders / long_judged_orders
        end as long_delayed_rate,
        case when orders > 0 then refunded_orders / orders end as refunded_rate,
    from counted
),

pointed as (
    select
        rated.month_start,
        100 * levers.brand_weight_broken * rated.broken_rate as broken_points,
        100 * levers.brand_weight_repromised * rated.repromised_rate as repromised_points,
        100 * levers.brand_weight_first_order * rated.first_broken_order_rate
            as first_order_points,
        100 * levers.brand_weight_long_delay * rated.long_delayed_rate as long_delay_points,
        100 * levers.brand_weight_refund * rated.refunded_rate as refund_points,
    from rated
    cross join core.levers as levers
)

select
    counted.month_start as month_start, -- first day of the month of the first promise
    counted.orders as orders, -- orders first promised for a day of the month that has passed
    counted.judged_orders as judged_orders, -- those of them known to be kept or broken
    counted.broken_orders as broken_orders, -- orders whose first promise was broken
    rated.broken_rate as broken_rate, -- broken_orders / judged_orders
    cast(counted.broken_value as decimal(18, 2))
        as broken_value, -- value of orders whose first promise was broken
    counted.repromised_orders as repromised_orders, -- orders promised again twice or more
    rated.repromised_rate as repromised_rate, -- repromised_orders / orders
    counted.first_orders as first_orders, -- customers' first orders, judged
    counted.first_broken_orders as first_broken_orders, -- those whose promise was broken
    rated.first_broken_rate as first_broken_rate, -- first_broken_orders / first_orders
    counted.long_judged_orders
        as long_judged_orders, -- orders that could be late for long by now, judged
    counted.long_delayed_orders as long_delayed_orders, -- orders late for long
    rated.long_delayed_rate as long_delayed_rate, -- long_delayed_orders / long_judged_orders
    counted.refunded_orders
        as refunded_orders, -- orders refunded by now; empty without any payment on record
    rated.refunded_rate as refunded_rate, -- refunded_orders / orders
    pointed.broken_points as broken_points, -- points of broken promises per 100 orders
    pointed.repromised_points as repromised_points, -- points of promises made again
    pointed.first_order_points as first_order_points, -- points of first orders, of all judged
    pointed.long_delay_points as long_delay_points, -- points of long delays
    pointed.refund_points as refund_points, -- points of refunds
    coalesce(pointed.broken_points, 0)
    + coalesce(pointed.repromised_points, 0)
    + coalesce(pointed.first_order_points, 0)
    + coalesce(pointed.long_delay_points, 0)
    + coalesce(pointed.refund_points, 0)
        as brand_points -- sum of the points known, per 100 orders
from counted
inner join rated on counted.month_start = rated.month_start
inner join pointed on counted.month_start = pointed.month_start
