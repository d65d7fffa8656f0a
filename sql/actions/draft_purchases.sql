-- Suggested purchases as lines of purchase orders, one order per supplier, in the columns that
-- exports of purchase orders are loaded by: to be checked, placed, and loaded as any other.
-- grain: po_id, line_id
select
    'DRAFT ' || as_of.as_of || ' ' || proposals.supplier_id as po_id, -- draft order of the supplier
    cast(
        row_number() over (partition by proposals.supplier_id order by proposals.item_id)
        as varchar
    ) as line_id, -- line within it
    proposals.supplier_id as supplier_id, -- supplier
    proposals.item_id as item_id, -- item
    as_of.as_of as order_date, -- day the order would be placed
    proposals.proposed_qty as ordered_qty, -- quantity to order, in base units
    items.base_uom as uom, -- the item's base unit; empty when none is known
    proposals.needed_date as requested_date, -- day it is first needed; empty if only for stock
    cast(proposals.unit_price as decimal(18, 6)) as unit_price, -- price of one unit
    case when proposals.unit_price is not null then as_of.reporting_currency end
        as currency, -- reporting currency
    'planned' as status -- a draft counts as supply only where planned orders do
from materials.proposals as proposals
cross join core.as_of as as_of
left join core.items as items on proposals.item_id = items.item_id
where
    proposals.replenishment <> 'make'
    and proposals.proposed_qty > 0
    and proposals.supplier_id is not null
