-- A currency of order lines or purchase orders has no exchange rate at the as-of date. Values in
-- it are unknown.
-- grain: currency
with

used as (
    select currency from contract.sales_order_lines
    union all
    select currency from contract.purchase_order_lines
)

select
    used.currency as currency, -- currency without a rate
    cast(count(*) as bigint) as lines -- order and purchase lines in it
from used
left join core.exchange_rates as rates on used.currency = rates.currency
where used.currency is not null and rates.currency is null
group by used.currency
