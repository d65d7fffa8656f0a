-- The backlog of each location; one row for lines without a location.
-- grain: location_id
select
    by_dimension.member_id as location_id, -- location
    by_dimension.member_name as location_name, -- name of the location
    by_dimension.* exclude (dimension, member_id, member_name, is_planned)
from backlog.by_dimension as by_dimension
where by_dimension.dimension = 'location'
