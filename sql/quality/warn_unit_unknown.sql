-- An open order line or purchase order line is in a unit of measure without a conversion to the
-- item's base unit. No quantity has it in its sum, it takes no stock and fills nothing.
-- grain: table_name, document_id, line_id
select
    'sales_order_lines' as table_name, -- contract table of the line
    lines.order_id as document_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item
    units.uom as uom, -- unit of measure without a conversion
    lines.unconverted_open_qty as open_qty, -- quantity open, in that unit
    lines.unconverted_open_value as open_value -- value of it, reporting currency; empty if unknown
from core.order_lines as lines
left join core.line_units as units
    on lines.order_id = units.order_id
    and lines.line_id = units.line_id
where lines.is_uom_unknown and lines.is_open
union all
select
    'purchase_order_lines' as table_name,
    purchases.po_id as document_id,
    purchases.line_id,
    purchases.item_id,
    units.uom,
    greatest(
        known.ordered_qty - coalesce(known.received_qty, 0) - coalesce(known.cancelled_qty, 0), 0
    ) as open_qty,
    cast(null as decimal(18, 2)) as open_value
from core.purchase_lines as purchases
inner join core.known_purchase_lines as known
    on purchases.po_id = known.po_id
    and purchases.line_id = known.line_id
left join core.purchase_units as units
    on purchases.po_id = units.po_id
    and purchases.line_id = units.line_id
where
    purchases.is_uom_unknown
    and purchases.closed_on is null
    and coalesce(purchases.status, 'open') not in ('received', 'cancelled')
