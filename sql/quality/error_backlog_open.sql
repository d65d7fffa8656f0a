-- Every line with something open must be in the backlog once, and nothing else.
-- grain: lines_open, lines_in_backlog
with

demand as (
    select count(*) as lines, coalesce(sum(open_qty), 0) as open_qty
    from core.order_lines
    where is_open
),

backlog as (
    select count(*) as lines, coalesce(sum(open_qty), 0) as open_qty from backlog.lines
)

select
    demand.lines as lines_open, -- open order lines
    backlog.lines as lines_in_backlog, -- lines of the backlog
    cast(demand.open_qty as decimal(38, 4)) as open_qty, -- their open quantity
    cast(backlog.open_qty as decimal(38, 4)) as backlog_qty -- quantity of the backlog
from demand
cross join backlog
where demand.lines <> backlog.lines or demand.open_qty <> backlog.open_qty
