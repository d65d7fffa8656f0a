-- One row per open order line with a peg: how much of it will be filled, and when the last of it.
-- grain: order_id, line_id
with

pegged as (
    select
        order_id,
        line_id,
        sum(pegged_qty) as pegged_qty,
        sum(case when supply_kind <> 'on_hand' then pegged_qty else 0 end) as coming_qty,
        max(expected_date) as last_date,
        count(*) - count(expected_date) as undated_pegs,
    from core.pegs
    group by order_id, line_id
)

select
    pegged.order_id as order_id, -- order the line belongs to
    pegged.line_id as line_id, -- line within the order
    cast(pegged.coming_qty as decimal(18, 4))
        as coming_qty, -- part that open purchase and production orders fill
    pegged.pegged_qty = lines.open_qty as is_covered, -- all of it is in stock or on order
    case
        when pegged.pegged_qty = lines.open_qty and pegged.undated_pegs = 0
            then pegged.last_date
    end as fill_date -- day the last of it is expected; empty unless all of it is pegged and dated
from pegged
inner join core.open_lines as lines
    on pegged.order_id = lines.order_id
    and pegged.line_id = lines.line_id
