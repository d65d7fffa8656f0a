-- One row per basis, reason that people typed on short lines, and computed cause: how the two
-- compare. What is typed is evidence, never truth.
-- grain: basis, reason_code, cause
select
    lines.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    orders.backorder_reason_code as reason_code, -- reason as typed; empty where nobody typed one
    lines.cause as cause, -- computed cause
    kinds.cause_name as cause_name, -- name of the cause
    cast(count(*) as bigint) as lines, -- lines with units of the cause
    cast(sum(lines.cause_qty) as decimal(38, 4)) as cause_qty, -- short units that are the cause's
    cast(sum(lines.cause_value) as decimal(38, 2))
        as cause_value -- value of them; lines of unknown price left out
from causes.lines as lines
inner join contract.sales_order_lines as orders
    on lines.order_id = orders.order_id
    and lines.line_id = orders.line_id
inner join causes.kinds as kinds on lines.cause = kinds.cause
group by lines.basis, orders.backorder_reason_code, lines.cause, kinds.cause_name
