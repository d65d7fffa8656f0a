-- One row per sales order line in a unit of measure other than its item's base unit.
-- A unit without a conversion has no factor: the line's quantities count as base units.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.uom as uom, -- unit of measure of the line
    cast(units.to_base_factor as decimal(19, 8))
        as uom_factor -- base units in one unit of the line; empty when unknown
from contract.sales_order_lines as lines
inner join core.items as items on lines.item_id = items.item_id
left join contract.uom_conversions as units
    on lines.item_id = units.item_id
    and lines.uom = units.from_uom
where
    lines.uom is not null
    and lower(lines.uom) is distinct from lower(items.base_uom)
    and (items.base_uom is not null or units.to_base_factor is not null)
