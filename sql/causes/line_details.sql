-- One row per short line: whose it is, how much of it is short, and the cause most of it is due to.
-- grain: basis, order_id, line_id
with

short as (
    select
        basis,
        order_id,
        line_id,
        any_value(on_date) as on_date,
        sum(cause_qty) as short_qty,
        sum(cause_value) as short_value,
    from causes.lines
    group by basis, order_id, line_id
)

select
    short.basis as basis, -- fell_due: on the day it fell due; as_of: today
    short.order_id as order_id, -- order the line belongs to
    short.line_id as line_id, -- line within the order
    short.on_date as on_date, -- day the line was short
    orders.customer_id as customer_id, -- customer
    customers.customer_name as customer_name, -- name of the customer
    orders.item_id as item_id, -- item
    items.item_name as item_name, -- name of the item
    orders.category as category, -- product group of the item
    orders.supplier_id as supplier_id, -- usual supplier of the item
    suppliers.supplier_name as supplier_name, -- name of the supplier
    orders.location_id as location_id, -- location it is to be filled from
    orders.order_date as order_date, -- day the order was accepted
    orders.due_date as due_date, -- day the line is due
    cast(short.short_qty as decimal(38, 4)) as short_qty, -- units of the line that were short
    cast(short.short_value as decimal(38, 2))
        as short_value, -- value of them; empty when the price is unknown
    tops.top_cause as top_cause, -- cause of most of its units
    tops.top_cause_name as top_cause_name, -- name of that cause
    tops.cause_share as cause_share, -- its part of the pool's shortage that day, 0-1
    case when tops.top_cause <> 'unknown' then tops.confidence end
        as confidence, -- how sure it is that it is the main cause, 0-1; empty when unknown
    tops.is_mixed as is_mixed, -- no cause stands out
    tops.missing_table as missing_table -- table whose rows would tell, where it is unknown
from short
inner join causes.line_tops as tops
    on short.basis = tops.basis
    and short.order_id = tops.order_id
    and short.line_id = tops.line_id
inner join core.order_lines as orders
    on short.order_id = orders.order_id
    and short.line_id = orders.line_id
left join core.items as items on orders.item_id = items.item_id
left join core.customers as customers on orders.customer_id = customers.customer_id
left join core.suppliers as suppliers on orders.supplier_id = suppliers.supplier_id
