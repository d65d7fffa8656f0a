-- One row per sales order line that exports told, as the newest of them known at the as-of date
-- has it: the one in force, except where a day was asked for and that one is of a later day.
-- grain: order_id, line_id
with

told as (
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.customer_id,
        lines.location_id,
        lines.uom,
        lines.order_type,
        lines.is_customised,
        lines.line_status,
        lines.order_date,
        lines.requested_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.need_by_date,
        lines.shipped_date,
        lines.ordered_qty,
        lines.shipped_qty,
        lines.cancelled_qty,
        lines.unit_price,
        lines.discount_amount,
        lines.currency,
        lines.hold_reason,
        lines.ship_complete,
        lines.priority,
        lines.channel,
        lines.standard_unit_price,
        lines.payment_terms_id,
        lines.deposit_rate,
        coalesce(replayed.load_id, lines.load_id) as load_id,
        coalesce(replayed.is_known, false) as is_replayed,
    from contract.sales_order_lines as lines
    left join core.replayed as replayed
        on lines.order_id = replayed.order_id
        and lines.line_id = replayed.line_id
    where
        replayed.order_id is null
        or (replayed.is_content_in_force and not replayed.is_dropped)
    union all
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.customer_id,
        lines.location_id,
        lines.uom,
        lines.order_type,
        lines.is_customised,
        lines.line_status,
        lines.order_date,
        lines.requested_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.need_by_date,
        lines.shipped_date,
        lines.ordered_qty,
        lines.shipped_qty,
        lines.cancelled_qty,
        lines.unit_price,
        lines.discount_amount,
        lines.currency,
        lines.hold_reason,
        lines.ship_complete,
        lines.priority,
        lines.channel,
        lines.standard_unit_price,
        lines.payment_terms_id,
        lines.deposit_rate,
        replayed.load_id,
        replayed.is_known as is_replayed,
    from history.sales_order_lines as lines
    inner join core.replayed as replayed
        on lines.order_id = replayed.order_id
        and lines.line_id = replayed.line_id
        and lines.load_id = replayed.content_load_id
    where not replayed.is_content_in_force and not replayed.is_dropped
)

select
    told.order_id as order_id, -- order the line belongs to
    told.line_id as line_id, -- line within the order
    told.item_id as item_id, -- item sold
    told.customer_id as customer_id, -- customer who ordered
    told.location_id as location_id, -- location the line ships from
    told.uom as uom, -- unit of measure of the quantities; the item's base unit when missing
    told.order_type as order_type, -- how the line is meant to be supplied
    told.is_customised as is_customised, -- true when the item is made to the customer's wish
    told.line_status as line_status, -- state of the line in the source
    told.order_date as order_date, -- day the order was accepted
    told.requested_date as requested_date, -- day the customer asked for
    told.first_promised_date
        as first_promised_date, -- first day promised, as that export has it
    told.promised_date as promised_date, -- day promised now
    told.need_by_date
        as need_by_date, -- day after which the goods are worthless to the customer (an event)
    told.shipped_date as shipped_date, -- day of the last shipment
    told.ordered_qty as ordered_qty, -- quantity ordered, in the line's unit of measure
    told.shipped_qty as shipped_qty, -- quantity shipped so far; unknown when missing
    told.cancelled_qty as cancelled_qty, -- quantity cancelled so far; unknown when missing
    told.unit_price as unit_price, -- price of one unit before the discount amount
    told.discount_amount as discount_amount, -- discount on the whole line
    told.currency as currency, -- ISO 4217 code of the prices
    told.hold_reason as hold_reason, -- why the line may not ship
    told.ship_complete as ship_complete, -- true when the order ships only as a whole
    told.priority as priority, -- 1 is served first
    told.channel as channel, -- where the order came from
    told.standard_unit_price
        as standard_unit_price, -- price the uncustomised item sells for
    told.payment_terms_id as payment_terms_id, -- payment terms of the order
    told.deposit_rate
        as deposit_rate, -- share of the line's value paid at order, 0-1
    told.load_id as load_id, -- load it came with
    told.is_replayed or coalesce(loads.is_before, false)
        as is_older, -- its export was made before the day asked for: it tells of nothing later
    closed_loads.sales_closed_on
        as closed_on -- day from which a full extract of its series has it no more
from told
left join core.closed_loads as closed_loads
    on told.load_id = closed_loads.load_id
left join core.loads as loads on told.load_id = loads.load_id
