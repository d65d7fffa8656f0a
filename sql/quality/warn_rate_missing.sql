-- A currency of orders, offers or stock has no exchange rate at the as-of date. Values in it are
-- unknown.
-- grain: currency
with

used as (
    select currency, count(*) as row_count from contract.sales_order_lines group by currency
    union all
    select currency, count(*) as row_count from contract.purchase_order_lines group by currency
    union all
    select currency, count(*) as row_count from contract.supplier_items group by currency
    union all
    select currency, count(*) as row_count
    from contract.inventory_balances
    where unit_cost is not null
    group by currency
)

select
    used.currency as currency, -- currency without a rate
    cast(sum(used.row_count) as bigint)
        as lines -- order and purchase lines, offers and balances in it
from used
left join core.exchange_rates as rates on used.currency = rates.currency
where used.currency is not null and rates.currency is null
group by used.currency
