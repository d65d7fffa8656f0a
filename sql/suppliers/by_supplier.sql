-- One row per supplier, own production among them: performance, late supply, what hangs on it, and
-- its share of spend, of open supply and of our shortages. A supplier without orders has no figures of them.
-- grain: supplier_id
with

performance as (
    select * from suppliers.performance where dimension = 'supplier'
),

shares as (
    select
        supplier_id,
        cast(spend_value as double)
        / nullif(cast(sum(spend_value) over () as double), 0) as spend_share_rate,
        cast(open_value as double)
        / nullif(cast(sum(open_value) over () as double), 0) as open_share_rate,
    from performance
),

singles as (
    select
        supplier_id,
        count(*) as single_source_items,
        sum(backlog_qty) as single_source_backlog_qty,
        sum(backlog_value) as single_source_backlog_value,
    from suppliers.single_source
    group by supplier_id
),

caused as (
    select
        supplier_id,
        sum(case when basis = 'as_of' then caused_qty else 0 end) as short_caused_qty,
        sum(case when basis = 'as_of' then caused_value end) as short_caused_value,
        count(case when basis = 'as_of' then 1 end) as short_orders,
        sum(case when basis = 'fell_due' then caused_qty else 0 end) as caused_qty,
        sum(case when basis = 'fell_due' then caused_value end) as caused_value,
        count(case when basis = 'fell_due' then 1 end) as caused_orders,
    from suppliers.shortages
    group by supplier_id
),

all_short as (
    select sum(cause_qty) as fell_due_qty
    from causes.lines
    where basis = 'fell_due' and cause <> 'unknown'
)

select
    suppliers.supplier_id as supplier_id, -- supplier; (own production) for our own
    suppliers.supplier_name as supplier_name, -- name of the supplier
    suppliers.country as country, -- country it delivers from
    suppliers.is_on_hold as is_on_hold, -- nothing may be ordered from it
    shares.spend_share_rate
        as spend_share_rate, -- its share of the spend with all suppliers
    shares.open_share_rate
        as open_share_rate, -- its share of the value on order, production included
    coalesce(singles.single_source_items, 0)
        as single_source_items, -- items that only this supplier is known for
    cast(coalesce(singles.single_source_backlog_qty, 0) as decimal(38, 4))
        as single_source_backlog_qty, -- backlog of these items
    cast(
        case
            when singles.supplier_id is null then 0
            else singles.single_source_backlog_value
        end as decimal(38, 2)
    ) as single_source_backlog_value, -- its value, unpriced items left out
    cast(coalesce(caused.short_caused_qty, 0) as decimal(38, 4))
        as short_caused_qty, -- units short today that its late, missing or refused supply caused
    cast(
        case when coalesce(caused.short_orders, 0) = 0 then 0 else caused.short_caused_value end
        as decimal(38, 2)
    ) as short_caused_value, -- their value to customers, unpriced lines left out
    cast(coalesce(caused.caused_qty, 0) as decimal(38, 4))
        as caused_qty, -- units it caused to be short on the day their lines fell due
    cast(
        case when coalesce(caused.caused_orders, 0) = 0 then 0 else caused.caused_value end
        as decimal(38, 2)
    ) as caused_value, -- their value to customers, unpriced lines left out
    cast(coalesce(caused.caused_qty, 0) as double)
    / nullif(cast(all_short.fell_due_qty as double), 0)
        as caused_share_rate, -- caused_qty of all units short when due whose cause is known
    performance.* exclude (dimension, supplier_id, item_id, promise_month)
from core.suppliers as suppliers
cross join all_short
left join performance on suppliers.supplier_id = performance.supplier_id
left join shares on suppliers.supplier_id = shares.supplier_id
left join singles on suppliers.supplier_id = singles.supplier_id
left join caused on suppliers.supplier_id = caused.supplier_id
