-- A purchase order line was placed after the day it was wanted or promised for.
-- grain: po_id, line_id
-- store: table
select
    lines.po_id as po_id, -- purchase order
    lines.line_id as line_id, -- line within the purchase order
    lines.supplier_id as supplier_id, -- supplier
    lines.item_id as item_id, -- item
    lines.order_date as order_date, -- day ordered
    lines.requested_date as requested_date, -- day we asked for
    lines.first_promised_date as first_promised_date, -- day first promised
    lines.promised_date as promised_date -- day promised now
from core.known_purchase_lines as lines
inner join core.as_of as as_of on lines.order_date <= as_of.as_of
where
    lines.requested_date < lines.order_date
    or lines.first_promised_date < lines.order_date
    or lines.promised_date < lines.order_date
