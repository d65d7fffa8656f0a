-- One row per item and customer segment whose demand to come a scenario changes: by how much.
-- Changes of all demand, of an item, of its category and of a segment multiply. No rows in a
-- published snapshot.
-- grain: item_id, segment
with

segments as (
    select segment from core.customers where segment is not null
    union
    select '(none)' as segment
)

select
    items.item_id as item_id, -- item
    segments.segment as segment, -- customer segment; (none) for customers without one
    product(greatest(1 + changes.amount / 100, 0)) as demand_rate -- demand to come, 1 as it is
from core.items as items
cross join segments
inner join core.changes as changes
    on changes.change = 'demand_percent'
    or (changes.change = 'item_demand_percent' and changes.subject_id = items.item_id)
    or (changes.change = 'category_demand_percent' and changes.subject_id = items.category)
    or (changes.change = 'segment_demand_percent' and changes.subject_id = segments.segment)
group by items.item_id, segments.segment
