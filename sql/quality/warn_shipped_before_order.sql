-- A line shipped before it was ordered.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.order_date as order_date, -- day ordered
    lines.first_shipped_date as first_shipped_date -- day first shipped
from core.order_lines as lines
where lines.first_shipped_date < lines.order_date
