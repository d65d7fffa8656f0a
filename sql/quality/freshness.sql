-- One row per contract table: how much is in it and how new it is.
-- grain: table_name
-- store: table
with

tables as (
    select
        'sales_order_lines' as table_name,
        count(*) as row_count,
        max(order_date) as newest_date,
        max(load_id) as load_id,
    from contract.sales_order_lines
    union all
    select
        'inventory_balances' as table_name,
        count(*) as row_count,
        max(as_of) as newest_date,
        max(load_id) as load_id,
    from contract.inventory_balances
    union all
    select
        'purchase_order_lines' as table_name,
        count(*) as row_count,
        max(order_date) as newest_date,
        max(load_id) as load_id,
    from contract.purchase_order_lines
    union all
    select
        'items' as table_name,
        count(*) as row_count,
        cast(null as date) as newest_date,
        max(load_id) as load_id,
    from contract.items
    union all
    select
        'customers' as table_name,
        count(*) as row_count,
        cast(null as date) as newest_date,
        max(load_id) as load_id,
    from contract.customers
    union all
    select
        'locations' as table_name,
        count(*) as row_count,
        cast(null as date) as newest_date,
        max(load_id) as load_id,
    from contract.locations
    union all
    select
        'suppliers' as table_name,
        count(*) as row_count,
        cast(null as date) as newest_date,
        max(load_id) as load_id,
    from contract.suppliers
    union all
    select
        'supplier_items' as table_name,
        count(*) as row_count,
        max(valid_from) as newest_date,
        max(load_id) as load_id,
    from contract.supplier_items
    union all
    select
        'receipts' as table_name,
        count(*) as row_count,
        max(received_date) as newest_date,
        max(load_id) as load_id,
    from contract.receipts
    union all
    select
        'shipments' as table_name,
        count(*) as row_count,
        max(shipped_date) as newest_date,
        max(load_id) as load_id,
    from contract.shipments
    union all
    select
        'production_orders' as table_name,
        count(*) as row_count,
        max(due_date) as newest_date,
        max(load_id) as load_id,
    from contract.production_orders
    union all
    select
        'bom_lines' as table_name,
        count(*) as row_count,
        max(valid_from) as newest_date,
        max(load_id) as load_id,
    from contract.bom_lines
    union all
    select
        'demand_forecasts' as table_name,
        count(*) as row_count,
        max(made_on) as newest_date,
        max(load_id) as load_id,
    from contract.demand_forecasts
    union all
    select
        'stock_adjustments' as table_name,
        count(*) as row_count,
        max(adjusted_on) as newest_date,
        max(load_id) as load_id,
    from contract.stock_adjustments
    union all
    select
        'payments' as table_name,
        count(*) as row_count,
        max(paid_on) as newest_date,
        max(load_id) as load_id,
    from contract.payments
    union all
    select
        'payment_terms' as table_name,
        count(*) as row_count,
        cast(null as date) as newest_date,
        max(load_id) as load_id,
    from contract.payment_terms
    union all
    select
        'uom_conversions' as table_name,
        count(*) as row_count,
        cast(null as date) as newest_date,
        max(load_id) as load_id,
    from contract.uom_conversions
    union all
    select
        'exchange_rates' as table_name,
        count(*) as row_count,
        max(rate_date) as newest_date,
        max(load_id) as load_id,
    from contract.exchange_rates
    union all
    select
        'calendar_events' as table_name,
        count(*) as row_count,
        max(event_date) as newest_date,
        max(load_id) as load_id,
    from contract.calendar_events
)

select
    tables.table_name as table_name, -- contract table
    cast(tables.row_count as bigint) as rows, -- rows in it
    tables.newest_date
        as newest_date, -- newest date of its records; empty for tables without a date
    cast(date_diff('day', tables.newest_date, as_of.as_of) as integer)
        as age_days, -- days from that date to the as-of date
    loads.loaded_at as newest_load_at -- when its newest load was read, UTC
from tables
cross join core.as_of as as_of
left join quality.loads as loads on tables.load_id = loads.load_id
