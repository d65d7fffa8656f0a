-- An open order line or purchase order line is in a unit of measure without a conversion to the
-- item's base unit. No quantity has it in its sum, it takes no stock and fills nothing.
-- grain: table_name, document_id, line_id
-- store: table
with

unconverted as (
    select
        'sales_order_lines' as table_name,
        order_id as document_id,
        line_id,
        item_id,
        unconverted_uom as uom,
        unconverted_open_qty as open_qty,
        unconverted_open_value as open_value,
    from core.order_lines
    where is_uom_unknown and is_open
    union all
    select
        'purchase_order_lines' as table_name,
        purchases.po_id as document_id,
        purchases.line_id,
        purchases.item_id,
        known.uom,
        greatest(
            known.ordered_qty
            - coalesce(known.received_qty, 0)
            - coalesce(known.cancelled_qty, 0),
            0
        ) as open_qty,
        cast(null as decimal(18, 2)) as open_value,
    from core.purchase_lines as purchases
    inner join core.known_purchase_lines as known
        on purchases.po_id = known.po_id
        and purchases.line_id = known.line_id
    where
        purchases.is_uom_unknown
        and purchases.closed_on is null
        and coalesce(purchases.status, 'open') not in ('received', 'cancelled')
)

select
    table_name, -- contract table of the line
    document_id, -- sales or purchase order
    line_id, -- line within it
    item_id, -- item
    uom, -- unit of measure without a conversion
    open_qty, -- quantity open, in that unit
    open_value -- value of a sales order line, reporting currency; empty if unknown
from unconverted
