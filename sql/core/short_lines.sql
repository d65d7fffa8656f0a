-- One row per order line that was short on the day it fell due, and per line that is backordered
-- today: the units whose causes are told.
-- Fell due: wanted and not shipped by the due date, of lines that fell due in the last
-- cause_history_days; lines without a shipping date are left out, for nobody knows.
-- grain: basis, order_id, line_id
-- store: table
with

fell_due as (
    select
        'fell_due' as basis,
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.pool_id,
        lines.is_planned,
        lines.due_date + levers.fill_tolerance_days as on_date,
        lines.order_date,
        lines.wanted_qty - lines.shipped_by_due_qty as short_qty,
        lines.unit_price,
    from core.pooled_lines as lines
    cross join core.levers as levers
    cross join core.as_of as as_of
    where
        lines.due_date + levers.fill_tolerance_days <= as_of.as_of
        and lines.due_date > as_of.as_of - levers.cause_history_days
        and lines.wanted_qty > lines.shipped_by_due_qty
        and not lines.is_closed_unknown
),

backordered as (
    select
        'as_of' as basis,
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.pool_id,
        lines.is_planned,
        as_of.as_of as on_date,
        lines.order_date,
        allocations.short_qty,
        lines.unit_price,
    from core.pooled_lines as lines
    inner join core.allocations as allocations
        on lines.order_id = allocations.order_id
        and lines.line_id = allocations.line_id
    cross join core.as_of as as_of
    where lines.due_date <= as_of.as_of and allocations.short_qty > 0
),

united as (
    select
        basis,
        order_id,
        line_id,
        item_id,
        pool_id,
        is_planned,
        on_date,
        order_date,
        short_qty,
        unit_price,
    from fell_due
    union all
    select
        basis,
        order_id,
        line_id,
        item_id,
        pool_id,
        is_planned,
        on_date,
        order_date,
        short_qty,
        unit_price,
    from backordered
)

select
    basis, -- fell_due: on the day it fell due; as_of: today
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    pool_id, -- lines and supply that may meet
    is_planned, -- waiting on purpose: made to order or sold ahead
    on_date, -- day the line was short
    order_date, -- day the order was accepted
    cast(short_qty as decimal(18, 4)) as short_qty, -- quantity short that day
    unit_price -- price of one unit net of discount; empty when unknown
from united
