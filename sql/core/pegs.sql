-- One row per open order line and supply that fills a part of it.
-- Stock on hand as allocated; then open orders placed for the sales order; then the rest of the
-- pool's open orders, the earliest first, to the lines in queue order. Demand and supply are laid
-- out as intervals of cumulative quantity; each stretch between two ends is one peg.
-- grain: order_id, line_id, supply_id
-- store: table
with

demands as (
    select
        'order ' || order_id || ' ' || item_id as meeting_id,
        order_id,
        line_id,
        first_come_rank as queue_rank,
        hard_pegged_qty as qty,
    from core.open_lines
    where hard_pegged_qty > 0
    union all
    select
        'pool ' || pool_id as meeting_id,
        order_id,
        line_id,
        queue_rank,
        short_qty - hard_pegged_qty as qty,
    from core.allocations
    where short_qty > hard_pegged_qty
),

ends as (
    select
        demands.meeting_id,
        demands.order_id,
        demands.line_id,
        cast(null as varchar) as supply_id,
        sum(demands.qty) over (
            partition by demands.meeting_id
            order by demands.queue_rank, demands.order_id, demands.line_id
            rows between unbounded preceding and current row
        ) as end_qty,
    from demands
    union all
    select
        supplies.meeting_id,
        cast(null as varchar) as order_id,
        cast(null as varchar) as line_id,
        supplies.supply_id,
        supplies.end_qty,
    from core.supply_parts as supplies
    where supplies.meeting_id in (select meeting_id from demands)
),

stretches as (
    select
        first_value(order_id ignore nulls) over following_ends as order_id,
        first_value(line_id ignore nulls) over following_ends as line_id,
        first_value(supply_id ignore nulls) over following_ends as supply_id,
        end_qty
        - lag(end_qty, 1, 0) over (
            partition by meeting_id order by end_qty, order_id, line_id, supply_id
        ) as pegged_qty,
    from ends
    window following_ends as (
        partition by meeting_id
        order by end_qty, order_id, line_id, supply_id
        rows between current row and unbounded following
    )
),

united as (
    select
        order_id,
        line_id,
        'on hand ' || pool_id as supply_id,
        allocated_qty as pegged_qty,
    from core.allocations
    where allocated_qty > 0
    union all
    select order_id, line_id, supply_id, pegged_qty
    from stretches
    where order_id is not null and supply_id is not null and pegged_qty > 0
)

select
    united.order_id as order_id, -- order the line belongs to
    united.line_id as line_id, -- line within the order
    united.supply_id as supply_id, -- supply that fills it
    supply.supply_kind as supply_kind, -- on_hand, purchase_order or production_order
    supply.expected_date as expected_date, -- day the supply is expected; empty if unknown
    supply.expected_p80_date
        as expected_p80_date, -- day by which it is there with 80 %; empty if unknown
    supply.expected_p95_date
        as expected_p95_date, -- day by which it is there with 95 %; empty if unknown
    cast(sum(united.pegged_qty) as decimal(18, 4)) as pegged_qty -- quantity it fills
from united
inner join core.supply as supply on united.supply_id = supply.supply_id
group by
    united.order_id,
    united.line_id,
    united.supply_id,
    supply.supply_kind,
    supply.expected_date,
    supply.expected_p80_date,
    supply.expected_p95_date
