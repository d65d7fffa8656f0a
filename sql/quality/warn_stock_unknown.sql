-- An item with open lines has no stock balance at the as-of date. Its stock counts as nothing.
-- grain: item_id
select
    lines.item_id as item_id, -- item
    cast(count(*) as bigint) as lines, -- open lines of it
    cast(sum(lines.open_qty) as decimal(38, 4)) as open_qty -- quantity taken as short
from backlog.lines as lines
left join contract.items as items on lines.item_id = items.item_id
where
    coalesce(items.inventory_tracked, true)
    and lines.order_type <> 'drop_ship'
    and lines.item_id not in (select item_id from core.balances)
group by lines.item_id
