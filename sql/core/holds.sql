-- One row per open order line that a hold keeps from shipping, by the line or by its customer.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    case
        when lines.hold_reason is not null then lines.hold_reason
        when lines.line_status = 'on_hold' then 'on hold'
        else 'credit hold'
    end as hold_reason -- why it may not ship
from core.waiting_lines as lines
left join core.customers as customers on lines.customer_id = customers.customer_id
where
    lines.hold_reason is not null
    or lines.line_status = 'on_hold'
    or customers.is_on_credit_hold
