-- A receipt names a purchase or production order that is not known at the as-of date. It changes
-- no supply.
-- grain: receipt_id, receipt_line_id
-- store: table
select
    receipts.receipt_id as receipt_id, -- receipt document
    receipts.receipt_line_id as receipt_line_id, -- line within the receipt
    receipts.item_id as item_id, -- item received
    receipts.received_date as received_date, -- day received
    receipts.received_qty as received_qty -- quantity received
from core.receipts as receipts
inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
left join core.supply_orders as orders on receipts.supply_id = orders.supply_id
where orders.supply_id is null
