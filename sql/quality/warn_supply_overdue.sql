-- An open purchase or production order is past its promise; it is expected tomorrow at the
-- earliest.
-- grain: supply_id
select
    supply.supply_id as supply_id, -- purchase or production order
    supply.supplier_id as supplier_id, -- supplier
    supply.item_id as item_id, -- item
    supply.promised_date as promised_date, -- day promised
    supply.supply_qty as supply_qty -- quantity still to come
from core.supply as supply
cross join core.as_of as as_of
where supply.promised_date < as_of.as_of and supply.supply_kind <> 'on_hand'
