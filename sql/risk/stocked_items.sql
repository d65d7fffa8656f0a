-- One row per item kept in stock: neither made to order, sold ahead nor shipped by the supplier.
-- A scenario may change whether an item is made to order.
-- grain: item_id
with

changed as (
    select subject_id as item_id, any_value(change) as policy
    from core.changes
    where change in ('make_to_order', 'make_to_stock')
    group by subject_id
)

select
    items.item_id as item_id, -- item
    items.item_name as item_name, -- name of the item
    items.supplier_id as supplier_id, -- usual supplier; (own production) for items that are made
    cast(
        greatest(coalesce(items.lead_time_days, levers.usual_lead_time_days), 1) as integer
    ) as lead_time_days, -- days until an order placed today is there
    coalesce(pools.is_by_location, false)
        as is_by_location, -- each location fills its own orders only
    coalesce(changed.policy = 'make_to_stock', false)
        as is_put_in_stock -- a scenario keeps it in stock: all its orders ask for that
from core.items as items
cross join core.levers as levers
left join core.pools as pools on items.item_id = pools.item_id
left join changed on items.item_id = changed.item_id
where
    case changed.policy
        when 'make_to_order' then false
        when 'make_to_stock' then true
        else coalesce(items.stocking_policy, 'stock') = 'stock'
    end
