-- One row per purchase order line that exports told, as the newest of them known at the as-of date
-- has it: the one in force, except where a day was asked for and that one is of a later day.
-- grain: po_id, line_id
with

told as (
    select
        lines.po_id,
        lines.line_id,
        lines.supplier_id,
        lines.item_id,
        lines.location_id,
        lines.uom,
        lines.order_date,
        lines.requested_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.planned_ship_date,
        lines.shipped_date,
        lines.ordered_qty,
        lines.received_qty,
        lines.rejected_qty,
        lines.cancelled_qty,
        lines.unit_price,
        lines.price_unit,
        lines.currency,
        lines.status,
        lines.sales_order_id,
        lines.payment_terms_id,
        lines.deposit_rate,
        coalesce(replayed.load_id, lines.load_id) as load_id,
        coalesce(replayed.is_known, false) as is_replayed,
    from contract.purchase_order_lines as lines
    left join core.replayed as replayed
        on lines.po_id = replayed.po_id
        and lines.line_id = replayed.line_id
    where
        replayed.po_id is null
        or (replayed.is_content_in_force and not replayed.is_dropped)
    union all
    select
        lines.po_id,
        lines.line_id,
        lines.supplier_id,
        lines.item_id,
        lines.location_id,
        lines.uom,
        lines.order_date,
        lines.requested_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.planned_ship_date,
        lines.shipped_date,
        lines.ordered_qty,
        lines.received_qty,
        lines.rejected_qty,
        lines.cancelled_qty,
        lines.unit_price,
        lines.price_unit,
        lines.currency,
        lines.status,
        lines.sales_order_id,
        lines.payment_terms_id,
        lines.deposit_rate,
        replayed.load_id,
        replayed.is_known as is_replayed,
    from history.purchase_order_lines as lines
    inner join core.replayed as replayed
        on lines.po_id = replayed.po_id
        and lines.line_id = replayed.line_id
        and lines.load_id = replayed.content_load_id
    where not replayed.is_content_in_force and not replayed.is_dropped
)

select
    told.po_id as po_id, -- purchase order the line belongs to
    told.line_id as line_id, -- line within the purchase order
    told.supplier_id as supplier_id, -- supplier ordered from
    told.item_id as item_id, -- item ordered
    told.location_id as location_id, -- location the goods come to
    told.uom as uom, -- unit of measure of the quantities; the item's base unit when missing
    told.order_date as order_date, -- day the purchase order was placed
    told.requested_date as requested_date, -- day we asked for
    told.first_promised_date as first_promised_date, -- first day promised, as that export has it
    told.promised_date as promised_date, -- day the supplier promises now
    told.planned_ship_date as planned_ship_date, -- day the supplier was to ship
    told.shipped_date as shipped_date, -- day the supplier shipped
    told.ordered_qty as ordered_qty, -- quantity ordered, in the line's unit of measure
    told.received_qty as received_qty, -- quantity received so far; unknown when missing
    told.rejected_qty as rejected_qty, -- part of it that was refused; unknown when missing
    told.cancelled_qty as cancelled_qty, -- quantity cancelled so far; unknown when missing
    told.unit_price as unit_price, -- price of price_unit units
    told.price_unit as price_unit, -- number of units the price is for; 1 when missing
    told.currency as currency, -- ISO 4217 code of the price
    told.status as status, -- state of the line in the source
    told.sales_order_id as sales_order_id, -- sales order this line was bought for (hard peg)
    told.payment_terms_id as payment_terms_id, -- payment terms of the purchase order
    told.deposit_rate as deposit_rate, -- share of the value paid at order, 0-1
    told.load_id as load_id, -- load it came with
    told.is_replayed or coalesce(loads.is_before, false)
        as is_older, -- its export was made before the day asked for: it tells of nothing later
    closed_loads.purchase_closed_on
        as closed_on -- day from which a full extract of its series has it no more
from told
left join core.closed_loads as closed_loads
    on told.load_id = closed_loads.load_id
left join core.loads as loads on told.load_id = loads.load_id
