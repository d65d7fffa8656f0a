-- One row per supplier and item ordered from it: performance, late supply, what hangs on it.
-- grain: supplier_id, item_id
select
    suppliers.supplier_name as supplier_name, -- name of the supplier
    items.item_name as item_name, -- name of the item
    coalesce(sources.is_single_source, false)
        as is_single_source, -- no other supplier is known for the item
    performance.* exclude (dimension, promise_month)
from suppliers.performance as performance
left join core.suppliers as suppliers on performance.supplier_id = suppliers.supplier_id
left join core.items as items on performance.item_id = items.item_id
left join suppliers.sources as sources
    on performance.supplier_id = sources.supplier_id
    and performance.item_id = sources.item_id
where performance.dimension = 'supplier_item'
