-- Lines in must be lines out: order lines known at the as-of date that core.order_lines lacks or
-- adds.
-- grain: lines_in, lines_out
with

lines_in as (
    select count(*) as lines_in
    from core.known_sales_lines as lines
    inner join core.as_of as as_of on lines.order_date <= as_of.as_of
),

lines_out as (
    select count(*) as lines_out from core.order_lines
)

select
    lines_in.lines_in as lines_in, -- order lines accepted by the as-of date
    lines_out.lines_out as lines_out -- order lines the models know
from lines_in
cross join lines_out
where lines_in.lines_in <> lines_out.lines_out
