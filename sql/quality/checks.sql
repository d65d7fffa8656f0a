-- One row per check that warns, with the rows it found. Checks named error_ stop publication: a
-- published database has none of their rows.
-- grain: check_name
-- store: table
with

counts as (
    select
        'warn_balance_old' as check_name,
        'Stock balances older than the newest' as title,
        'stale' as severity,
        count(*) as row_count,
    from quality.warn_balance_old
    union all
    select
        'warn_bom_loops' as check_name,
        'Items that are a component of themselves' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_bom_loops
    union all
    select
        'warn_cost_missing' as check_name,
        'Items with open lines of unknown cost' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_cost_missing
    union all
    select
        'warn_dates_far' as check_name,
        'Orders with a date far in the past or future' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_dates_far
    union all
    select
        'warn_dates_swapped' as check_name,
        'Date columns that come right with day and month swapped' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_dates_swapped
    union all
    select
        'warn_due_before_order' as check_name,
        'Lines due before they were ordered' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_due_before_order
    union all
    select
        'warn_lead_time_odd' as check_name,
        'Purchases with an implausible lead time' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_lead_time_odd
    union all
    select
        'warn_ledger_gap' as check_name,
        'Stock that its movements do not explain' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_ledger_gap
    union all
    select
        'warn_negative_stock' as check_name,
        'Negative stock' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_negative_stock
    union all
    select
        'warn_price_missing' as check_name,
        'Open lines of unknown price' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_price_missing
    union all
    select
        'warn_promise_defaulted' as check_name,
        'Loads whose promises are the day of the order' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_promise_defaulted
    union all
    select
        'warn_purchase_after_schedule' as check_name,
        'Purchases placed after the day they were wanted for' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_purchase_after_schedule
    union all
    select
        'warn_rate_missing' as check_name,
        'Currencies without an exchange rate' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_rate_missing
    union all
    select
        'warn_receipt_without_order' as check_name,
        'Receipts of an unknown order' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_receipt_without_order
    union all
    select
        'warn_received_before_ordered' as check_name,
        'Goods received before they were ordered' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_received_before_ordered
    union all
    select
        'warn_received_over_ordered' as check_name,
        'More received than ordered' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_received_over_ordered
    union all
    select
        'warn_reserved_over_stock' as check_name,
        'More reserved by the source than on hand' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_reserved_over_stock
    union all
    select
        'warn_shipment_without_line' as check_name,
        'Shipments of an unknown order line' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_shipment_without_line
    union all
    select
        'warn_shipped_before_order' as check_name,
        'Lines shipped before they were ordered' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_shipped_before_order
    union all
    select
        'warn_shipped_over_ordered' as check_name,
        'More shipped than ordered' as title,
        'contradiction' as severity,
        count(*) as row_count,
    from quality.warn_shipped_over_ordered
    union all
    select
        'warn_shipped_unknown' as check_name,
        'Open lines of which nothing says what shipped' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_shipped_unknown
    union all
    select
        'warn_stock_unknown' as check_name,
        'Items with open lines and no stock balance' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_stock_unknown
    union all
    select
        'warn_supply_overdue' as check_name,
        'Open purchase and production orders past their promise' as title,
        'stale' as severity,
        count(*) as row_count,
    from quality.warn_supply_overdue
    union all
    select
        'warn_supply_undated' as check_name,
        'Open purchase orders without any date' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_supply_undated
    union all
    select
        'warn_unit_unknown' as check_name,
        'Lines in a unit of measure without a conversion' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.warn_unit_unknown
    union all
    select
        'orphans' as check_name,
        'Ids without a master record' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.orphans
    union all
    select
        'not_known' as check_name,
        'Facts not known for the day shown' as title,
        'missing' as severity,
        count(*) as row_count,
    from quality.not_known
)

select
    check_name, -- model of schema quality that lists the rows
    title, -- what it found, in words
    severity, -- contradiction: records cannot all be true; missing: figures lack it; stale: old
    cast(row_count as bigint) as rows -- rows it found
from counts
