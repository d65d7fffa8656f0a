-- One row per open order that ships only as a whole.
-- grain: order_id
select
    lines.order_id as order_id, -- order
    bool_or(holds.order_id is not null) as is_blocked -- a hold keeps one of its lines
from core.waiting_lines as lines
left join core.holds as holds
    on lines.order_id = holds.order_id
    and lines.line_id = holds.line_id
group by lines.order_id
having bool_or(coalesce(lines.ship_complete, false))
