-- One row per supplier: those of the master data and those only orders name.
-- Our own production is a supplier too, named '(own production)'.
-- grain: supplier_id
-- store: table
with

mentioned as (
    select supplier_id from contract.suppliers
    union
    select supplier_id from contract.purchase_order_lines
    union
    select supplier_id from contract.supplier_items
    union
    select default_supplier_id as supplier_id from contract.items
    union
    select '(own production)' as supplier_id from contract.production_orders
    union
    select '(own production)' as supplier_id
    from contract.items
    where replenishment = 'make'
)

select
    mentioned.supplier_id as supplier_id, -- supplier
    coalesce(suppliers.supplier_name, mentioned.supplier_id)
        as supplier_name, -- name shown to people; the id where none is known
    suppliers.country as country, -- country it delivers from
    coalesce(suppliers.on_hold, false) as is_on_hold, -- nothing may be ordered from it
    suppliers.supplier_id is not null as is_in_master -- false when only other tables name it
from mentioned
left join contract.suppliers as suppliers on mentioned.supplier_id = suppliers.supplier_id
where mentioned.supplier_id is not null
