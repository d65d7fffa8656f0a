-- Refund liability lies between nothing and the contract liability, that within what was collected,
-- and nobody holds more for open and cancelled units than they are worth.
-- grain: order_id, line_id
select
    order_id, -- order
    line_id, -- line within the order
    collected_value, -- paid by the customer
    held_value, -- contract liability
    refund_value, -- refund liability
    open_value, -- value of the backlog
    cancelled_value -- value cancelled
from core.line_cash
where
    refund_value < 0
    or held_value < refund_value
    or collected_value < held_value
    or held_value - refund_value > open_value + 0.02
