-- One row per id that a table names and the master data does not, where there is master data.
-- Such records are loaded and counted all the same: figures still add up.
-- grain: kind, id, table_name
-- store: table
with

mentioned as (
    select
        'item' as kind,
        item_id as id,
        'sales_order_lines' as table_name,
        count(*) as row_count,
    from contract.sales_order_lines
    group by item_id
    union all
    select
        'item' as kind,
        item_id as id,
        'inventory_balances' as table_name,
        count(*) as row_count,
    from contract.inventory_balances
    group by item_id
    union all
    select
        'item' as kind,
        item_id as id,
        'purchase_order_lines' as table_name,
        count(*) as row_count,
    from contract.purchase_order_lines
    group by item_id
    union all
    select
        'item' as kind,
        item_id as id,
        'production_orders' as table_name,
        count(*) as row_count,
    from contract.production_orders
    group by item_id
    union all
    select
        'item' as kind,
        item_id as id,
        'receipts' as table_name,
        count(*) as row_count,
    from contract.receipts
    group by item_id
    union all
    select
        'item' as kind,
        item_id as id,
        'shipments' as table_name,
        count(*) as row_count,
    from contract.shipments
    group by item_id
    union all
    select
        'customer' as kind,
        customer_id as id,
        'sales_order_lines' as table_name,
        count(*) as row_count,
    from contract.sales_order_lines
    group by customer_id
    union all
    select
        'supplier' as kind,
        supplier_id as id,
        'purchase_order_lines' as table_name,
        count(*) as row_count,
    from contract.purchase_order_lines
    group by supplier_id
    union all
    select
        'supplier' as kind,
        supplier_id as id,
        'supplier_items' as table_name,
        count(*) as row_count,
    from contract.supplier_items
    group by supplier_id
    union all
    select
        'location' as kind,
        location_id as id,
        'sales_order_lines' as table_name,
        count(*) as row_count,
    from contract.sales_order_lines
    group by location_id
    union all
    select
        'location' as kind,
        location_id as id,
        'inventory_balances' as table_name,
        count(*) as row_count,
    from contract.inventory_balances
    group by location_id
    union all
    select
        'location' as kind,
        location_id as id,
        'purchase_order_lines' as table_name,
        count(*) as row_count,
    from contract.purchase_order_lines
    group by location_id
),

masters as (
    select 'item' as kind, item_id as id from contract.items
    union all
    select 'customer' as kind, customer_id as id from contract.customers
    union all
    select 'supplier' as kind, supplier_id as id from contract.suppliers
    union all
    select 'location' as kind, location_id as id from contract.locations
),

kinds_with_master as (
    select distinct kind from masters
)

select
    mentioned.kind as kind, -- item, customer, supplier or location
    mentioned.id as id, -- the id without a master record
    mentioned.table_name as table_name, -- contract table that names it
    cast(mentioned.row_count as bigint) as rows -- rows that name it
from mentioned
inner join kinds_with_master on mentioned.kind = kinds_with_master.kind
left join masters
    on mentioned.kind = masters.kind
    and mentioned.id = masters.id
where masters.id is null and mentioned.id is not null
