-- One row per item that is needed, or kept in stock by a rule: its stock position against its
-- reorder point and safety stock. Position = on hand + on order - backlog - what the making of other
-- items asks for. What the stock of an item is nobody told: its position is unknown.
-- grain: item_id
with

stock as (
    select
        item_id,
        sum(on_hand_qty) as on_hand_qty,
        sum(usable_qty) as usable_qty,
    from core.balances
    group by item_id
),

on_order as (
    select item_id, sum(supply_qty) as on_order_qty
    from core.expected_supply
    group by item_id
),

backlog as (
    select item_id, sum(open_qty) as backlog_qty
    from core.allocations
    group by item_id
),

parts as (
    select item_id, sum(needed_qty) as part_qty
    from materials.netted
    where reckoning = 'plan' and not is_demand
    group by item_id
),

summed as (
    select
        sources.item_id,
        sources.item_name,
        sources.replenishment,
        stock.on_hand_qty,
        stock.usable_qty,
        coalesce(on_order.on_order_qty, 0) as on_order_qty,
        coalesce(backlog.backlog_qty, 0) as backlog_qty,
        coalesce(parts.part_qty, 0) as part_qty,
        stock.usable_qty
        + coalesce(on_order.on_order_qty, 0)
        - coalesce(backlog.backlog_qty, 0)
        - coalesce(parts.part_qty, 0) as position_qty,
        items.reorder_point_qty,
        items.safety_stock_qty,
        greatest(items.reorder_point_qty, items.safety_stock_qty) as target_qty,
    from materials.sources as sources
    left join stock on sources.item_id = stock.item_id
    left join on_order on sources.item_id = on_order.item_id
    left join backlog on sources.item_id = backlog.item_id
    left join parts on sources.item_id = parts.item_id
    left join contract.items as items on sources.item_id = items.item_id
)

select
    item_id, -- item
    item_name, -- name of the item
    replenishment, -- make or buy
    cast(on_hand_qty as decimal(18, 4)) as on_hand_qty, -- on hand, of all places; empty if unknown
    cast(usable_qty as decimal(18, 4)) as usable_qty, -- part that can fill orders
    cast(on_order_qty as decimal(18, 4)) as on_order_qty, -- still to come on open orders
    cast(backlog_qty as decimal(18, 4)) as backlog_qty, -- accepted and not shipped
    cast(part_qty as decimal(18, 4)) as part_qty, -- the making of other items asks for it
    cast(position_qty as decimal(18, 4))
        as position_qty, -- usable + on order - backlog - parts; empty if stock is unknown
    reorder_point_qty, -- order when the position falls to this
    safety_stock_qty, -- stock kept against variability
    target_qty, -- stock to order up to: the larger of both
    on_hand_qty < reorder_point_qty
        as is_below_reorder_point, -- less on hand than the reorder point; empty if unknown
    on_hand_qty < safety_stock_qty
        as is_below_safety_stock, -- less on hand than the safety stock; empty if unknown
    position_qty <= reorder_point_qty
        as is_to_reorder -- the position is at or below the reorder point; empty if unknown
from summed
