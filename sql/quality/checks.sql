-- One row per check that warns, with the rows it found. Checks named error_ stop publication, so
-- that
-- a published database has none of their rows.
-- grain: check_name
-- store: table
with

counts as (
    select 'warn_balance_old' as check_name, count(*) as row_count
    from quality.warn_balance_old
    union all
    select 'warn_cost_missing' as check_name, count(*) as row_count
    from quality.warn_cost_missing
    union all
    select 'warn_due_before_order' as check_name, count(*) as row_count
    from quality.warn_due_before_order
    union all
    select 'warn_negative_stock' as check_name, count(*) as row_count
    from quality.warn_negative_stock
    union all
    select 'warn_price_missing' as check_name, count(*) as row_count
    from quality.warn_price_missing
    union all
    select 'warn_rate_missing' as check_name, count(*) as row_count
    from quality.warn_rate_missing
    union all
    select 'warn_receipt_without_order' as check_name, count(*) as row_count
    from quality.warn_receipt_without_order
    union all
    select 'warn_received_over_ordered' as check_name, count(*) as row_count
    from quality.warn_received_over_ordered
    union all
    select 'warn_reserved_over_stock' as check_name, count(*) as row_count
    from quality.warn_reserved_over_stock
    union all
    select 'warn_shipment_without_line' as check_name, count(*) as row_count
    from quality.warn_shipment_without_line
    union all
    select 'warn_shipped_before_order' as check_name, count(*) as row_count
    from quality.warn_shipped_before_order
    union all
    select 'warn_shipped_over_ordered' as check_name, count(*) as row_count
    from quality.warn_shipped_over_ordered
    union all
    select 'warn_shipped_unknown' as check_name, count(*) as row_count
    from quality.warn_shipped_unknown
    union all
    select 'warn_stock_unknown' as check_name, count(*) as row_count
    from quality.warn_stock_unknown
    union all
    select 'warn_supply_overdue' as check_name, count(*) as row_count
    from quality.warn_supply_overdue
    union all
    select 'warn_supply_undated' as check_name, count(*) as row_count
    from quality.warn_supply_undated
    union all
    select 'warn_unit_unknown' as check_name, count(*) as row_count
    from quality.warn_unit_unknown
    union all
    select 'orphans' as check_name, count(*) as row_count
    from quality.orphans
)

select
    check_name, -- model of schema quality that lists the rows
    cast(row_count as bigint) as rows -- rows it found
from counts
