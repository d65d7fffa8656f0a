-- Nothing says what shipped of an open line: no quantity, no shipment, no closing status. It
-- counts as not shipped.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.order_date as order_date, -- day ordered
    lines.ordered_qty as ordered_qty -- quantity ordered, all taken as open
from core.order_lines as lines
where lines.is_shipped_unknown
