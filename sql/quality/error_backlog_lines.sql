-- The parts of a line's backlog must add up to it and none may be negative.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.open_qty as open_qty, -- backlog
    lines.allocated_qty as allocated_qty, -- part on hand
    lines.backordered_qty as backordered_qty, -- part short and due
    lines.future_short_qty as future_short_qty -- part short and due later
from backlog.lines as lines
where
    lines.open_qty <> lines.allocated_qty + lines.backordered_qty + lines.future_short_qty
    or lines.backordered_qty <> lines.covered_qty + lines.uncovered_qty
    or lines.held_qty > lines.allocated_qty
    or lines.past_due_qty > lines.open_qty
    or least(
        lines.allocated_qty,
        lines.backordered_qty,
        lines.future_short_qty,
        lines.held_qty,
        lines.covered_qty,
        lines.uncovered_qty,
        lines.age_days
    ) < 0
