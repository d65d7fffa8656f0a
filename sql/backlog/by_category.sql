-- The backlog of each product group; one row for items without one.
-- grain: category
select
    by_dimension.member_id as category, -- product group
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'category'
