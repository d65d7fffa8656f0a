-- The causes of a short line must add up to its shortage, in units above zero, and no line that is
-- not short may have any.
-- grain: basis, order_id, line_id
with

told as (
    select
        basis,
        order_id,
        line_id,
        sum(cause_qty) as cause_qty,
        min(cause_qty) as least_qty,
    from causes.lines
    group by basis, order_id, line_id
)

select
    coalesce(short_lines.basis, told.basis) as basis, -- fell_due or as_of
    coalesce(short_lines.order_id, told.order_id) as order_id, -- order
    coalesce(short_lines.line_id, told.line_id) as line_id, -- line within the order
    short_lines.short_qty as short_qty, -- quantity short
    cast(told.cause_qty as decimal(38, 4)) as cause_qty -- units of all its causes
from core.short_lines as short_lines
full join told
    on short_lines.basis = told.basis
    and short_lines.order_id = told.order_id
    and short_lines.line_id = told.line_id
where
    short_lines.short_qty is distinct from told.cause_qty
    or told.least_qty <= 0
