-- Stock on hand is negative; it counts as nothing, not as less elsewhere.
-- grain: item_id, location_id
select
    balances.item_id as item_id, -- item
    balances.location_id as location_id, -- location
    balances.balance_date as balance_date, -- day of its newest balance
    balances.on_hand_qty as on_hand_qty -- on hand at the as-of date
from core.balances as balances
where balances.on_hand_qty < 0
