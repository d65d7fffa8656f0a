-- The backlog by the usual supplier of the items; one row for items without one.
-- grain: supplier_id
select
    by_dimension.member_id as supplier_id, -- supplier
    by_dimension.member_name as supplier_name, -- name of the supplier
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'supplier'
