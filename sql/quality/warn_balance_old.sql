-- A stock balance is older than the newest one; movements since are added, as far as they are
-- known.
-- grain: item_id, location_id
with

newest as (
    select max(balances.balance_date) as newest_date
    from core.balances as balances
    inner join core.as_of as as_of on balances.balance_date <= as_of.as_of
)

select
    balances.item_id as item_id, -- item
    balances.location_id as location_id, -- location
    balances.balance_date as balance_date, -- day of its newest balance
    newest.newest_date as newest_date, -- day of the newest balance of all
    balances.on_hand_qty as on_hand_qty -- on hand as reckoned forward
from core.balances as balances
inner join newest on balances.balance_date < newest.newest_date
