-- Lines of purchase orders: of the Purchase Order Analysis report, or of a list export
-- (the order's cells filled down). An order that is completed or only to be billed has
-- nothing to come. A draft is a planned order.
with

lines as (
    select
        _row,
        nullif(trim(order_name), '') as po_id,
        line_ref,
        order_supplier as supplier_id,
        nullif(trim(line_item), '') as item_id,
        line_warehouse as location_id,
        order_date,
        line_qty,
        line_received,
        line_uom as uom,
        line_uom_factor as uom_factor,
        coalesce(nullif(trim(line_required_by), ''), order_required_by)
            as requested_date,
        line_expected_date as promised_date,
        line_rate,
        order_currency as currency,
        case lower(trim(order_status))
            when 'to receive and bill' then 'open'
            when 'to receive' then 'open'
            when 'on hold' then 'open'
            when 'to bill' then 'done'
            when 'completed' then 'done'
            when 'delivered' then 'done'
            when 'closed' then 'cancelled'
            when 'stopped' then 'cancelled'
            when 'cancelled' then 'cancelled'
            when 'draft' then 'planned'
        end as order_kind,
        concat(trim(line_item), trim(line_qty)) = '' as is_empty_line,
        number(line_qty) as ordered,
        number(line_received) as received,
        number(line_amount) as amount,
        number(line_uom_factor) <> 1 as is_unit_converted,
    from given
)

select
    _row,
    po_id,
    line_ref,
    supplier_id,
    item_id,
    location_id,
    order_date,
    nullif(trim(line_qty), '') as ordered_qty,
    case
        when order_kind <> 'done' or received <> 0 then line_received
    end as received_qty,
    case
        when order_kind = 'cancelled' or (order_kind = 'done' and received > 0)
            then spelt(greatest(ordered - coalesce(received, 0), 0))
    end as cancelled_qty,
    uom,
    requested_date,
    promised_date,
    coalesce(
        nullif(trim(line_rate), ''),
        spelt(cast(amount as double) / nullif(cast(ordered as double), 0))
    ) as unit_price,
    currency,
    case
        when order_kind in ('cancelled', 'planned') then order_kind
        when order_kind = 'done' or received >= ordered then 'received'
        when received > 0 then 'partially_received'
        else 'open'
    end as status,
    order_kind,
    is_empty_line,
    uom_factor,
    is_unit_converted,
from lines
