-- One row per order line that was cancelled, in whole or for what had not shipped: since when, as
-- far as anything tells. The first export that has it cancelled, where an older one had it waiting;
-- else the first refund of its order. Exports carry no day of their own for cancellations.
-- grain: order_id, line_id
-- store: table
with

cancelled as (
    select order_id, line_id, order_date
    from core.order_lines
    where cancelled_qty > 0 and not is_open
),

told as (
    select
        versions.order_id,
        versions.line_id,
        versions.load_id,
        not versions.is_same
        and coalesce(versions.cancelled_qty, 0) = 0
        and coalesce(versions.line_status, 'open') <> 'cancelled' as is_waiting,
    from history.sales_order_lines as versions
    union all
    select
        lines.order_id,
        lines.line_id,
        lines.load_id,
        coalesce(lines.cancelled_qty, 0) = 0
        and coalesce(lines.line_status, 'open') <> 'cancelled' as is_waiting,
    from contract.sales_order_lines as lines
    semi join history.sales_order_lines as versions
        on lines.order_id = versions.order_id
        and lines.line_id = versions.line_id
),

dated as (
    select
        told.order_id,
        told.line_id,
        told.is_waiting,
        loads.exported_on,
        loads.place,
        max(case when told.is_waiting then loads.place end) over (
            partition by told.order_id, told.line_id
        ) as waiting_place,
    from told
    inner join core.loads as loads on told.load_id = loads.load_id
    semi join cancelled
        on told.order_id = cancelled.order_id
        and told.line_id = cancelled.line_id
    where loads.is_known
),

told_cancelled as (
    select order_id, line_id, min(exported_on) as cancelled_date
    from dated
    where place > waiting_place
    group by order_id, line_id
),

refunded as (
    select
        cancelled.order_id,
        cancelled.line_id,
        min(payments.paid_on) as cancelled_date,
    from core.payments as payments
    inner join cancelled on payments.order_id = cancelled.order_id
    where payments.kind = 'refund' and payments.paid_on >= cancelled.order_date
    group by cancelled.order_id, cancelled.line_id
)

select
    cancelled.order_id as order_id, -- order the line belongs to
    cancelled.line_id as line_id, -- line within the order
    cancelled.order_date as order_date, -- day the order was accepted
    case
        when coalesce(told_cancelled.cancelled_date, refunded.cancelled_date) is not null
            then greatest(
                coalesce(told_cancelled.cancelled_date, refunded.cancelled_date),
                cancelled.order_date
            )
    end as cancelled_date, -- day by which it was cancelled; empty when nothing tells
    case
        when told_cancelled.cancelled_date is not null then 'export'
        when refunded.cancelled_date is not null then 'refund'
    end as dated_by -- what tells the day: export or refund
from cancelled
left join told_cancelled
    on cancelled.order_id = told_cancelled.order_id
    and cancelled.line_id = told_cancelled.line_id
left join refunded
    on cancelled.order_id = refunded.order_id
    and cancelled.line_id = refunded.line_id
