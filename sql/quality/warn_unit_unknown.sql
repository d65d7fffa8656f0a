-- A line is in a unit of measure without a conversion to the item's base unit. It counts as the
-- base unit.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item
    units.uom as uom, -- unit of measure without a conversion
    lines.ordered_qty as ordered_qty -- quantity, taken as base units
from core.order_lines as lines
left join core.line_units as units
    on lines.order_id = units.order_id
    and lines.line_id = units.line_id
where lines.is_uom_unknown
