-- A line was due, or promised, before it was ordered.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.order_date as order_date, -- day ordered
    lines.requested_date as requested_date, -- day requested
    lines.first_promised_date as first_promised_date -- day first promised
from core.order_lines as lines
where
    lines.requested_date < lines.order_date
    or lines.first_promised_date < lines.order_date
