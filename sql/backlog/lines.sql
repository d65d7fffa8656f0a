-- One row per open order line: what waits, why stock does not fill it, since when, worth how much.
-- open = allocated + backordered + future short. Held is the part of allocated that may not ship.
-- A line in a unit of measure without a conversion is here without quantities and values.
-- Backordered, past due, late, future short and held are different facts and never added up.
-- grain: order_id, line_id
-- store: table
-- scenario: view
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.customer_id as customer_id, -- customer who ordered
    lines.customer_name as customer_name, -- name of the customer
    lines.segment as segment, -- customer segment
    lines.region as region, -- sales region of the customer
    lines.item_id as item_id, -- item sold
    lines.item_name as item_name, -- name of the item
    lines.category as category, -- product group of the item
    lines.supplier_id
        as supplier_id, -- usual supplier of the item; (own production) for items that are made
    lines.supplier_name as supplier_name, -- name of the usual supplier
    lines.location_id as location_id, -- location the line ships from
    lines.location_name as location_name, -- name of the location
    lines.channel as channel, -- where the order came from
    lines.order_type as order_type, -- how the line is meant to be supplied
    lines.is_planned
        as is_planned, -- waits on purpose: made to order, sold ahead, or within the item's limit
    lines.backlog_type
        as backlog_type, -- blocked by a hold; else scheduled, unscheduled or delinquent
    lines.line_status as line_status, -- state of the line in the source
    lines.hold_reason as hold_reason, -- why the line may not ship; empty when it may
    lines.order_date as order_date, -- day the order was accepted
    lines.requested_date as requested_date, -- day the customer asked for
    lines.first_promised_date as first_promised_date, -- first day promised
    lines.promised_date as promised_date, -- day promised now
    lines.due_date as due_date, -- day requested, else promised, else ordered
    lines.need_by_date as need_by_date, -- day after which the goods are worthless
    lines.ordered_qty as ordered_qty, -- quantity ordered
    lines.shipped_qty as shipped_qty, -- quantity shipped
    lines.cancelled_qty as cancelled_qty, -- quantity cancelled
    lines.open_qty
        as open_qty, -- backlog: ordered - shipped - cancelled; empty when its unit is unknown
    lines.allocated_qty
        as allocated_qty, -- part of the backlog that stock on hand covers, in queue order
    lines.backordered_qty as backordered_qty, -- part due by now that stock cannot fill
    lines.future_short_qty as future_short_qty, -- part due later that stock of today cannot fill
    lines.held_qty
        as held_qty, -- part stock could fill, kept by a hold, credit block or ship-complete rule
    lines.past_due_qty as past_due_qty, -- backlog due before the as-of date
    lines.late_qty as late_qty, -- backlog first promised for before the as-of date
    cast(
        case
            when lines.is_unit_unknown then null
            when lines.due_date <= as_of.as_of
                then least(lines.backordered_qty, coalesce(fills.coming_qty, 0))
            else 0
        end as decimal(18, 4)
    ) as covered_qty, -- backordered part that an open purchase or production order will fill
    cast(
        case
            when lines.is_unit_unknown then null
            when lines.due_date <= as_of.as_of
                then greatest(lines.backordered_qty - coalesce(fills.coming_qty, 0), 0)
            else 0
        end as decimal(18, 4)
    ) as uncovered_qty, -- backordered part that nothing on order fills: it must be procured
    lines.wait_days as wait_days, -- days since the order
    lines.age_days as age_days, -- days past due, 0 when not yet
    lines.lateness_days
        as lateness_days, -- days past the first promise; negative before it, empty without one
    lines.ageing_bucket as ageing_bucket, -- ageing bucket of age_days
    lines.bucket_rank as bucket_rank, -- order of the bucket, youngest first
    fills.fill_date
        as expected_fill_date, -- day the last of it is expected; empty unless all of it is pegged
    lines.unit_price as unit_price, -- price of one unit net of discount; empty when unknown
    lines.unit_cost as unit_cost, -- cost of one unit; empty when unknown
    lines.open_value as open_value, -- value of the backlog
    lines.backordered_value as backordered_value, -- value of the backordered part
    lines.backordered_margin as backordered_margin, -- value of the backordered part less its cost
    case covered_qty
        when 0 then case when lines.unit_price is not null then 0 end
        when lines.open_qty then lines.open_value
        else cast(covered_qty * lines.unit_price as decimal(18, 2))
    end
        as covered_value, -- value of the covered part
    case uncovered_qty
        when 0 then case when lines.unit_price is not null then 0 end
        when lines.open_qty then lines.open_value
        else cast(uncovered_qty * lines.unit_price as decimal(18, 2))
    end
        as uncovered_value, -- value of the uncovered part
    lines.past_due_value as past_due_value, -- value of the past due backlog
    lines.late_value as late_value, -- value of the late backlog
    lines.future_short_value as future_short_value, -- value of the future short part
    lines.held_value as held_value, -- value of the held part
    lines.is_price_missing
        as is_price_missing, -- price, or its exchange rate, unknown: values leave the line out
    lines.is_rate_missing
        as is_rate_missing, -- the price is known, but not the exchange rate of its currency
    lines.is_unit_unknown
        as is_unit_unknown, -- unit without a conversion: quantities and values leave it out
    lines.is_cost_missing as is_cost_missing -- cost unknown: margins leave the line out
from backlog.measured as lines
cross join core.as_of as as_of
left join core.line_fills as fills
    on lines.order_id = fills.order_id
    and lines.line_id = fills.line_id
