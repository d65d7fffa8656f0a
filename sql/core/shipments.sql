-- One row per line of a shipment, with the order line it belongs to.
-- Where the export names no order line, it is the order's first line of the same item.
-- Shipments are in the order line's unit of measure, and converted here. Those after the as-of
-- date are kept: what they shipped must be taken off the totals that order lines carry.
-- grain: shipment_id, shipment_line_id
with

unnamed as (
    select order_id, item_id from contract.shipments where order_line_id is null
),

first_lines as (
    select order_id, item_id, min(line_id) as line_id
    from core.known_sales_lines
    where (order_id, item_id) in (select order_id, item_id from unnamed)
    group by order_id, item_id
)

select
    shipments.shipment_id as shipment_id, -- shipment document
    shipments.line_id as shipment_line_id, -- line within the shipment
    shipments.order_id as order_id, -- sales order shipped
    coalesce(shipments.order_line_id, first_lines.line_id)
        as line_id, -- line of the sales order; empty when none fits
    shipments.item_id as item_id, -- item shipped
    shipments.location_id as location_id, -- location shipped from
    shipments.shipped_date as shipped_date, -- day of shipment
    shipments.shipped_qty as document_qty, -- quantity shipped, in the order line's unit
    case
        when units.order_id is null then shipments.shipped_qty
        else cast(shipments.shipped_qty * units.uom_factor as decimal(18, 4))
    end as shipped_qty -- quantity shipped, negative for a return; empty when the unit is unknown
from contract.shipments as shipments
left join first_lines
    on shipments.order_id = first_lines.order_id
    and shipments.item_id = first_lines.item_id
left join core.line_units as units
    on shipments.order_id = units.order_id
    and coalesce(shipments.order_line_id, first_lines.line_id) = units.line_id
