-- The cost of an item with open lines is unknown. Margins leave it out.
-- grain: item_id
select
    lines.item_id as item_id, -- item
    cast(count(*) as bigint) as lines, -- open lines of it
    cast(sum(lines.open_qty) as decimal(38, 4)) as open_qty -- quantity without a margin
from backlog.lines as lines
where lines.is_cost_missing
group by lines.item_id
