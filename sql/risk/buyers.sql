-- One row per item and customer who ordered it in the last load_days: how much, and for how much.
-- What was cancelled since is left out; so are lines in an unknown unit of measure.
-- grain: item_id, customer_id
-- store: table
select
    lines.item_id as item_id, -- item ordered
    lines.customer_id as customer_id, -- customer who ordered it; empty where none is named
    sum(lines.ordered_qty - lines.cancelled_qty) as wanted_qty, -- quantity ordered and not cancelled
    sum(
        cast(lines.ordered_qty - lines.cancelled_qty as double)
        * cast(lines.unit_price as double)
    ) as wanted_value, -- its value; lines of unknown price left out
    count(case when lines.unit_price is null then 1 end)
        as price_missing_lines -- lines of unknown price
from core.order_lines as lines
cross join core.as_of as as_of
cross join core.levers as levers
where
    lines.order_date > as_of.as_of - levers.load_days
    and lines.ordered_qty > lines.cancelled_qty
group by lines.item_id, lines.customer_id
