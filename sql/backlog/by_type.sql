-- The backlog by type: planned or not; blocked, scheduled, unscheduled or delinquent.
-- grain: is_planned, backlog_type
select
    by_dimension.is_planned as is_planned, -- waits on purpose
    by_dimension.member_id as backlog_type, -- blocked, scheduled, unscheduled or delinquent
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'type'
