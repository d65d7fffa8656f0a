-- One row per customer: those of the master data and those only orders name.
-- grain: customer_id
-- store: table
with

mentioned as (
    select customer_id from contract.customers
    union
    select customer_id from contract.sales_order_lines
)

select
    mentioned.customer_id as customer_id, -- customer
    coalesce(customers.customer_name, mentioned.customer_id)
        as customer_name, -- name shown to people; the id where none is known
    customers.segment as segment, -- customer segment
    customers.region as region, -- sales region
    customers.priority as priority, -- 1 is served first
    coalesce(customers.credit_hold, false) as is_on_credit_hold, -- nothing may ship to it
    customers.customer_id is not null as is_in_master -- false when only other tables name it
from mentioned
left join contract.customers as customers on mentioned.customer_id = customers.customer_id
where mentioned.customer_id is not null
