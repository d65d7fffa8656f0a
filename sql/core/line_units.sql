-- One row per sales order line in a unit of measure other than its item's base unit.
-- A unit without a conversion has no factor: the line's quantities are unknown.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.uom as uom, -- unit of measure of the line
    factors.uom_factor as uom_factor -- base units in one unit of the line; empty when unknown
from core.known_sales_lines as lines
inner join core.items as items
    on lines.item_id = items.item_id
    and lower(lines.uom) is distinct from lower(items.base_uom)
left join core.uom_factors as factors
    on lines.item_id = factors.item_id
    and lower(lines.uom) = factors.uom
where lines.uom is not null
