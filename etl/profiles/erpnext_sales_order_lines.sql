-- Lines of sales orders: of the Sales Order Analysis report, or of a list export (the
-- order's cells filled down). An order that is completed or only to be billed has
-- nothing to deliver: what it lacks was cancelled, and a line of which nothing was
-- delivered needed no delivery.
with

lines as (
    select
        _row,
        nullif(trim(order_name), '') as order_id,
        line_ref,
        order_date,
        nullif(trim(line_item), '') as item_id,
        line_qty,
        line_delivered,
        order_customer as customer_id,
        line_warehouse as location_id,
        line_uom as uom,
        line_uom_factor as uom_factor,
        coalesce(nullif(trim(line_delivery_date), ''), order_delivery_date)
            as requested_date,
        line_rate,
        order_currency as currency,
        case lower(trim(order_status))
            when 'to deliver and bill' then 'open'
            when 'to deliver' then 'open'
            when 'overdue' then 'open'
            when 'on hold' then 'hold'
            when 'to bill' then 'done'
            when 'completed' then 'done'
            when 'closed' then 'cancelled'
            when 'stopped' then 'cancelled'
            when 'cancelled' then 'cancelled'
            when 'draft' then 'draft'
        end as order_kind,
        concat(trim(line_item), trim(line_qty)) = '' as is_empty_line,
        number(line_qty) as ordered,
        number(line_delivered) as delivered,
        number(line_amount) as amount,
        number(line_uom_factor) <> 1 as is_unit_converted,
    from given
)

select
    _row,
    order_id,
    line_ref,
    order_date,
    item_id,
    nullif(trim(line_qty), '') as ordered_qty,
    case
        when order_kind <> 'done' or delivered <> 0 then line_delivered
    end as shipped_qty,
    case
        when order_kind = 'cancelled' or (order_kind = 'done' and delivered > 0)
            then spelt(greatest(ordered - coalesce(delivered, 0), 0))
    end as cancelled_qty,
    customer_id,
    location_id,
    uom,
    requested_date,
    coalesce(
        nullif(trim(line_rate), ''),
        spelt(cast(amount as double) / nullif(cast(ordered as double), 0))
    ) as unit_price,
    currency,
    case
        when order_kind = 'cancelled' then 'cancelled'
        when order_kind = 'done' or delivered >= ordered then 'shipped'
        when order_kind = 'hold' then 'on_hold'
        when delivered > 0 then 'partially_shipped'
        else 'open'
    end as line_status,
    order_kind,
    is_empty_line,
    uom_factor,
    is_unit_converted,
from lines
