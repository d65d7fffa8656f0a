-- The backlog by the month it was ordered in.
-- grain: order_month
select
    cast(by_dimension.member_id as date) as order_month, -- first day of the month
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'order_month'
