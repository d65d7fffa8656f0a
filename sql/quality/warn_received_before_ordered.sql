-- Goods were received before their purchase order was placed, or finished before their production
-- started.
-- grain: receipt_id, receipt_line_id
-- store: table
select
    receipts.receipt_id as receipt_id, -- receipt document
    receipts.receipt_line_id as receipt_line_id, -- line within the receipt
    receipts.supply_id as supply_id, -- purchase or production order
    receipts.item_id as item_id, -- item
    orders.order_date as order_date, -- day ordered, or started
    receipts.received_date as received_date -- day received
from core.receipts as receipts
inner join core.supply_orders as orders
    on receipts.supply_id = orders.supply_id
    and receipts.received_date < orders.order_date
