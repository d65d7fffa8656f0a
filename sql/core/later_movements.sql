-- One row per movement of stock after the as-of date, as the records in force tell it. Only to
-- reckon a later balance back to the as-of date: nothing else may know of it.
-- grain: kind, document_id, line_id
with

shipments as (
    select
        shipments.shipment_id,
        shipments.shipment_line_id,
        shipments.order_id,
        shipments.line_id,
        shipments.item_id,
        shipments.location_id,
        shipments.shipped_date,
        shipments.shipped_qty,
    from core.shipments as shipments
    inner join core.as_of as as_of on shipments.shipped_date > as_of.as_of
),

later_lines as (
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.location_id,
        lines.shipped_date,
        coalesce(
            lines.shipped_qty,
            case
                when lines.line_status = 'shipped'
                    then greatest(lines.ordered_qty - coalesce(lines.cancelled_qty, 0), 0)
            end
        ) as shipped_qty,
    from contract.sales_order_lines as lines
    inner join core.as_of as as_of on lines.shipped_date > as_of.as_of
),

lines_shipped as (
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.location_id,
        lines.shipped_date,
        case
            when units.order_id is null then lines.shipped_qty
            else lines.shipped_qty * units.uom_factor
        end as shipped_qty,
    from later_lines as lines
    left join core.line_units as units
        on lines.order_id = units.order_id
        and lines.line_id = units.line_id
    where
        (lines.order_id, lines.item_id) not in (
            select order_id, item_id
            from contract.shipments
            where order_id in (select order_id from later_lines)
        )
),

shipped as (
    select
        'shipment' as kind,
        shipment_id as document_id,
        shipment_line_id as line_id,
        order_id,
        line_id as order_line_id,
        item_id,
        location_id,
        shipped_date as moved_date,
        shipped_qty,
    from shipments
    union all
    select
        'order line' as kind,
        order_id as document_id,
        line_id,
        order_id,
        line_id as order_line_id,
        item_id,
        location_id,
        shipped_date as moved_date,
        shipped_qty,
    from lines_shipped
),

united as (
    select
        shipped.kind,
        shipped.document_id,
        shipped.line_id,
        shipped.item_id,
        coalesce(shipped.location_id, lines.location_id) as location_id,
        shipped.moved_date,
        -shipped.shipped_qty as moved_qty,
    from shipped
    left join contract.sales_order_lines as lines
        on shipped.order_id = lines.order_id
        and shipped.order_line_id = lines.line_id
    left join core.items as items on lines.item_id = items.item_id
    where
        coalesce(
            lines.order_type,
            case when lines.is_customised then 'make_to_order' end,
            items.stocking_policy,
            'standard'
        ) <> 'drop_ship'
    union all
    select
        'receipt' as kind,
        receipts.receipt_id as document_id,
        receipts.receipt_line_id as line_id,
        receipts.item_id,
        receipts.location_id,
        receipts.received_date as moved_date,
        receipts.accepted_qty as moved_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date > as_of.as_of
    union all
    select
        'adjustment' as kind,
        adjustments.adjustment_id as document_id,
        '1' as line_id,
        adjustments.item_id,
        adjustments.location_id,
        adjustments.adjusted_on as moved_date,
        adjustments.adjusted_qty as moved_qty,
    from contract.stock_adjustments as adjustments
    inner join core.as_of as as_of on adjustments.adjusted_on > as_of.as_of
)

select
    kind, -- shipment, order line, receipt or adjustment
    document_id, -- number of the record
    line_id, -- line within it
    item_id, -- item moved
    location_id, -- location moved from or into
    moved_date, -- day of the movement
    cast(moved_qty as decimal(18, 4))
        as moved_qty -- change of stock; empty when its unit is unknown
from united
