-- The source has reserved more than is on hand.
-- grain: item_id, location_id
select
    balances.item_id as item_id, -- item
    balances.location_id as location_id, -- location
    balances.source_allocated_qty as source_allocated_qty, -- quantity the source reserved
    balances.on_hand_qty as on_hand_qty -- quantity on hand
from core.balances as balances
where balances.source_allocated_qty > balances.on_hand_qty
