-- One row per pool and day on which a line of it was short.
-- grain: pool_id, on_date
-- store: table
select
    pool_id, -- lines and supply that may meet
    on_date, -- day the lines were short
    any_value(item_id) as item_id, -- item
    min(order_date) as first_order_date -- day the first of these lines was ordered
from core.short_lines
group by pool_id, on_date
