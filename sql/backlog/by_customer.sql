-- The backlog of each customer with open order lines; one row for lines without a customer.
-- grain: customer_id
select
    by_dimension.member_id as customer_id, -- customer
    by_dimension.member_name as customer_name, -- name of the customer
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'customer'
