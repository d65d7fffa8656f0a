-- One row per order line, day and location shipped from: what left by the as-of date.
-- Lines that shipped on one day only, with or without a shipment document, from their own
-- location; and the parts of those that shipped on several. Quantities shipped on an unknown day
-- have no row here.
-- grain: order_id, line_id, shipped_date, location_id
-- store: table
-- joins: as written
with

in_one_go as (
    select
        order_lines.order_id,
        order_lines.line_id,
        order_lines.item_id,
        order_lines.location_id,
        order_lines.order_type,
        order_lines.last_shipped_date as shipped_date,
        order_lines.shipped_qty,
    from core.order_lines as order_lines
    where
        order_lines.first_shipped_date = order_lines.last_shipped_date
        and order_lines.shipped_qty <> 0
),

in_parts as (
    select
        order_lines.order_id,
        order_lines.line_id,
        order_lines.item_id,
        coalesce(shipments.location_id, order_lines.location_id) as location_id,
        order_lines.order_type,
        shipments.shipped_date,
        cast(sum(shipments.shipped_qty) as decimal(18, 4)) as shipped_qty,
    from core.shipments as shipments
    inner join core.as_of as as_of on shipments.shipped_date <= as_of.as_of
    inner join core.order_lines as order_lines
        on shipments.order_id = order_lines.order_id
        and shipments.line_id = order_lines.line_id
    where
        order_lines.first_shipped_date < order_lines.last_shipped_date
        and not order_lines.is_uom_unknown
    group by
        order_lines.order_id,
        order_lines.line_id,
        order_lines.item_id,
        coalesce(shipments.location_id, order_lines.location_id),
        order_lines.order_type,
        shipments.shipped_date
),

united as (
    select order_id, line_id, item_id, location_id, order_type, shipped_date, shipped_qty
    from in_one_go
    union all
    select order_id, line_id, item_id, location_id, order_type, shipped_date, shipped_qty
    from in_parts
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item shipped
    location_id, -- location shipped from
    order_type, -- how the line was meant to be supplied
    shipped_date, -- day of shipment
    shipped_qty -- quantity shipped that day
from united
