-- One row per item with one supplier only, and the backlog that hangs on it: who cannot be replaced
-- at once. Items only our own production makes are among them.
-- grain: item_id
with

backlog_items as (
    select item_id, open_qty, open_value, backordered_qty, backordered_value
    from backlog.by_item
)

select
    sources.supplier_id as supplier_id, -- its only supplier
    suppliers.supplier_name as supplier_name, -- name of the supplier
    sources.item_id as item_id, -- item
    items.item_name as item_name, -- name of the item
    coalesce(backlog_items.open_qty, 0) as backlog_qty, -- open backlog of the item
    case when backlog_items.item_id is null then 0 else backlog_items.open_value end
        as backlog_value, -- its value; empty when unpriced
    coalesce(backlog_items.backordered_qty, 0)
        as backordered_qty, -- part of it that is due and stock cannot fill
    case when backlog_items.item_id is null then 0 else backlog_items.backordered_value end
        as backordered_value -- its value; empty when unpriced
from suppliers.sources as sources
left join core.suppliers as suppliers on sources.supplier_id = suppliers.supplier_id
left join core.items as items on sources.item_id = items.item_id
left join backlog_items on sources.item_id = backlog_items.item_id
where sources.is_single_source
