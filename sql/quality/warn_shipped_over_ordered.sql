-- More was shipped than ordered and not cancelled.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item
    lines.ordered_qty as ordered_qty, -- quantity ordered
    lines.cancelled_qty as cancelled_qty, -- quantity cancelled
    lines.shipped_qty as shipped_qty -- quantity shipped
from core.order_lines as lines
where lines.shipped_qty > lines.ordered_qty - lines.cancelled_qty and lines.shipped_qty > 0
