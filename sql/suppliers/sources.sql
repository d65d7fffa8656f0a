-- One row per item and supplier it can come from: one that offers it by the as-of date, or was
-- ordered from; own production for items that are made.
-- grain: item_id, supplier_id
with

named as (
    select
        offers.item_id,
        offers.supplier_id,
    from contract.supplier_items as offers
    inner join core.as_of as as_of
        on coalesce(offers.valid_from, as_of.as_of) <= as_of.as_of
        and coalesce(offers.valid_to, as_of.as_of) >= as_of.as_of
    union
    select item_id, supplier_id
    from core.supply_progress
    union
    select item_id, '(own production)' as supplier_id
    from contract.items
    where replenishment = 'make'
)

select
    item_id, -- item
    supplier_id, -- supplier it can come from
    count(*) over (partition by item_id) as sources, -- suppliers the item can come from
    count(*) over (partition by item_id) = 1
        as is_single_source -- no other supplier is known for the item
from named
