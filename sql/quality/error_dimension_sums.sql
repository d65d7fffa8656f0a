-- The backlog by any dimension must add up to the whole.
-- grain: dimension
with

sums as (
    select
        dimension,
        sum(lines) as lines,
        sum(open_qty) as open_qty,
        sum(backordered_qty) as backordered_qty,
        sum(open_value) as open_value,
        sum(backordered_value) as backordered_value,
    from backlog.by_dimension
    group by dimension
)

select
    sums.dimension as dimension, -- dimension that does not add up
    cast(sums.lines as bigint) as lines, -- lines over its members
    cast(totals.lines as bigint) as total_lines, -- lines of the whole backlog
    cast(sums.backordered_value as decimal(38, 2))
        as backordered_value, -- backordered value over its members
    cast(totals.backordered_value as decimal(38, 2))
        as total_backordered_value -- backordered value of the whole
from sums
cross join backlog.totals as totals
where
    sums.lines <> totals.lines
    or sums.open_qty <> totals.open_qty
    or sums.backordered_qty <> totals.backordered_qty
    or sums.open_value <> totals.open_value
    or sums.backordered_value <> totals.backordered_value
