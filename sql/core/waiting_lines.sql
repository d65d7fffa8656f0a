-- One row per open order line: core.wanted_lines but what a scenario would not have accepted.
-- grain: order_id, line_id
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item sold
    lines.category as category, -- product group of the item
    lines.supplier_id as supplier_id, -- usual supplier of the item
    lines.customer_id as customer_id, -- customer who ordered
    lines.location_id as location_id, -- location the line ships from
    lines.order_type as order_type, -- how the line is meant to be supplied
    lines.is_planned as is_planned, -- waiting on purpose: made to order or sold ahead
    lines.line_status as line_status, -- state of the line in the source
    lines.hold_reason as hold_reason, -- why the line may not ship, by the source
    lines.ship_complete as ship_complete, -- the order ships only as a whole
    lines.priority as priority, -- 1 is served first
    lines.channel as channel, -- where the order came from
    lines.need_by_date as need_by_date, -- day after which the goods are worthless
    lines.order_date as order_date, -- day the order was accepted
    lines.requested_date as requested_date, -- day the customer asked for
    lines.first_promised_date as first_promised_date, -- first day promised
    lines.promised_date as promised_date, -- day promised now
    lines.due_date as due_date, -- day requested, else promised, else ordered
    cast(lines.ordered_qty - coalesce(refusals.refused_qty, 0) as decimal(18, 4))
        as ordered_qty, -- quantity ordered
    lines.shipped_qty as shipped_qty, -- quantity shipped
    lines.cancelled_qty as cancelled_qty, -- quantity cancelled
    lines.accepted_qty as accepted_qty, -- quantity waiting without a scenario
    cast(lines.open_qty - coalesce(refusals.refused_qty, 0) as decimal(18, 4))
        as open_qty, -- quantity waiting; empty when its unit is unknown
    lines.unit_price as unit_price, -- price of one unit net of discount; empty when unknown
    lines.is_rate_missing as is_rate_missing, -- priced in a currency without an exchange rate
    lines.is_uom_unknown as is_uom_unknown -- unit of measure without a conversion: no quantities, no price
from core.wanted_lines as lines
left join core.refusals as refusals
    on lines.order_id = refusals.order_id
    and lines.line_id = refusals.line_id
where lines.is_uom_unknown or lines.open_qty > coalesce(refusals.refused_qty, 0)
