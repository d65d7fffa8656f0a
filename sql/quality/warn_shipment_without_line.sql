-- A shipment names an order line that is not known at the as-of date. It changes no backlog.
-- grain: shipment_id, shipment_line_id
-- store: table
select
    shipments.shipment_id as shipment_id, -- shipment document
    shipments.shipment_line_id as shipment_line_id, -- line within the shipment
    shipments.order_id as order_id, -- order it names
    shipments.item_id as item_id, -- item shipped
    shipments.shipped_qty as shipped_qty -- quantity shipped
from core.shipments as shipments
inner join core.as_of as as_of on shipments.shipped_date <= as_of.as_of
left join core.order_lines as lines
    on shipments.order_id = lines.order_id
    and shipments.line_id = lines.line_id
where lines.order_id is null
