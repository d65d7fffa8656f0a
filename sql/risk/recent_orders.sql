-- One row per order line of the last forecastless_days that asks for stock: what the demand to come
-- is judged by. What suppliers ship themselves is not here.
-- grain: order_id, line_id
-- store: table
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item sold
    lines.location_id as location_id, -- location the line ships from
    lines.customer_id as customer_id, -- customer who ordered
    coalesce(customers.segment, '(none)') as segment, -- customer segment; (none) without one
    lines.order_date as order_date, -- day the order was accepted
    lines.is_planned as is_planned, -- made to order or sold ahead
    cast(lines.ordered_qty - lines.cancelled_qty as double)
        as wanted_qty, -- quantity ordered and not cancelled
    cast(lines.unit_price as double)
        as unit_price -- price of one unit net of discount; empty when unknown
from core.order_lines as lines
cross join core.as_of as as_of
cross join core.levers as levers
left join core.customers as customers on lines.customer_id = customers.customer_id
where
    lines.order_date > as_of.as_of - levers.forecastless_days
    and lines.order_type <> 'drop_ship'
    and lines.ordered_qty > lines.cancelled_qty
