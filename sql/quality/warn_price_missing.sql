-- The price of an open line, or the exchange rate of its currency, is unknown. Values leave it
-- out.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item
    lines.open_qty as open_qty -- quantity without a value
from backlog.lines as lines
where lines.is_price_missing
