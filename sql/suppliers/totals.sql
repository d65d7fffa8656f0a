-- Supply as a whole, in one row; none without any order. HHI is the sum of squared shares: 1 when
-- one supplier has all, 1/n when n suppliers have the same.
-- grain: dimension
with

concentration as (
    select
        count(lines) as suppliers,
        count(case when spend_share_rate > 0 then 1 end) as spend_suppliers,
        sum(spend_share_rate * spend_share_rate) as spend_hhi,
        max(spend_share_rate) as largest_spend_share_rate,
        sum(open_share_rate * open_share_rate) as open_hhi,
        max(open_share_rate) as largest_open_share_rate,
        count(case when overdue_lines > 0 then 1 end) as overdue_suppliers,
        sum(short_caused_qty) as short_caused_qty,
        sum(case when short_caused_qty > 0 then short_caused_value end) as short_caused_value,
        sum(caused_share_rate) as caused_share_rate,
    from suppliers.by_supplier
),

singles as (
    select
        count(*) as single_source_items,
        sum(backlog_qty) as single_source_backlog_qty,
        sum(backlog_value) as single_source_backlog_value,
    from suppliers.single_source
    where supplier_id <> '(own production)'
),

month_before as (
    select
        max(late_supply.month_start) as month_start,
        max_by(late_supply.overdue_qty, late_supply.month_start) as overdue_qty,
        max_by(late_supply.overdue_value, late_supply.month_start) as overdue_value,
    from suppliers.late_supply as late_supply
    inner join core.as_of as as_of
        on late_supply.month_start < cast(date_trunc('month', as_of.as_of) as date)
    where late_supply.supplier_id is null
)

select
    concentration.suppliers as suppliers, -- suppliers with an order, own production among them
    concentration.overdue_suppliers as overdue_suppliers, -- suppliers with late supply
    concentration.spend_suppliers as spend_suppliers, -- suppliers with spend
    concentration.spend_hhi as spend_hhi, -- HHI of spend, 0-1; empty without spend
    concentration.largest_spend_share_rate
        as largest_spend_share_rate, -- largest share of spend of one supplier
    concentration.open_hhi as open_hhi, -- HHI of the value on order, 0-1
    concentration.largest_open_share_rate
        as largest_open_share_rate, -- largest share of the value on order of one supplier
    cast(concentration.short_caused_qty as decimal(38, 4))
        as short_caused_qty, -- units short today that late, missing or refused supply caused
    cast(
        case when concentration.short_caused_qty = 0 then 0 else concentration.short_caused_value end
        as decimal(38, 2)
    ) as short_caused_value, -- their value to customers, unpriced lines left out
    concentration.caused_share_rate
        as caused_share_rate, -- what supply caused of all units short when due of known cause
    singles.single_source_items
        as single_source_items, -- items only one supplier is known for, own production left out
    cast(coalesce(singles.single_source_backlog_qty, 0) as decimal(38, 4))
        as single_source_backlog_qty, -- backlog of these items
    cast(
        case
            when singles.single_source_items = 0 then 0
            else singles.single_source_backlog_value
        end as decimal(38, 2)
    ) as single_source_backlog_value, -- its value, unpriced items left out
    month_before.month_start as before_month, -- month before that of the as-of date
    month_before.overdue_qty as before_overdue_qty, -- late supply at its end
    month_before.overdue_value as before_overdue_value, -- its value at cost
    performance.* exclude (supplier_id, item_id, promise_month)
from suppliers.performance as performance
cross join concentration
cross join singles
cross join month_before
where performance.dimension = 'total'
