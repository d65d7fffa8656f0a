-- The backlog of each item with open order lines.
-- grain: item_id
select
    by_dimension.member_id as item_id, -- item
    by_dimension.member_name as item_name, -- name of the item
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'item'
