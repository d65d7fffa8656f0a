-- One row per open order line: what waits, why stock does not fill it, since when, worth how much.
-- All of backlog.lines that does not depend on what is on order.
-- grain: order_id, line_id
-- store: table
with

-- Orders that ship whole and cannot yet.
incomplete_orders as (
    select whole_orders.order_id
    from core.whole_orders as whole_orders
    left join core.allocations as allocations on whole_orders.order_id = allocations.order_id
    group by whole_orders.order_id, whole_orders.is_blocked
    having whole_orders.is_blocked or sum(allocations.short_qty) > 0
),

backordered as (
    select
        lines.order_id,
        lines.line_id,
        items.max_planned_backorder_qty,
        sum(allocations.short_qty) over (
            partition by lines.item_id
            order by allocations.queue_rank, lines.order_id, lines.line_id
            rows between unbounded preceding and current row
        ) as so_far_qty,
    from core.waiting_lines as lines
    inner join core.as_of as as_of on lines.due_date <= as_of.as_of
    inner join core.items as items
        on lines.item_id = items.item_id
        and items.max_planned_backorder_qty > 0
    inner join core.allocations as allocations
        on lines.order_id = allocations.order_id
        and lines.line_id = allocations.line_id
    where allocations.short_qty > 0
),

within_limit as (
    select order_id, line_id from backordered where so_far_qty <= max_planned_backorder_qty
),

-- A part that is nothing, or all of the line, needs no product of its own: exact decimals are slow.
measured as (
    select
        lines.order_id,
        lines.line_id,
        lines.customer_id,
        lines.item_id,
        lines.category,
        lines.supplier_id,
        lines.location_id,
        lines.channel,
        lines.order_type,
        lines.line_status,
        lines.order_date,
        lines.requested_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.due_date,
        lines.need_by_date,
        lines.ordered_qty,
        lines.shipped_qty,
        lines.cancelled_qty,
        lines.open_qty,
        lines.unit_price,
        lines.is_rate_missing,
        lines.is_uom_unknown,
        lines.is_planned or within_limit.order_id is not null as is_planned,
        case
            when holds.order_id is not null then 'blocked'
            when lines.promised_date is null then 'unscheduled'
            when lines.promised_date < as_of.as_of then 'delinquent'
            else 'scheduled'
        end as backlog_type,
        case
            when holds.order_id is not null then holds.hold_reason
            when incomplete_orders.order_id is not null then 'ships complete'
        end as hold_reason,
        allocations.allocated_qty,
        case
            when lines.is_uom_unknown then null
            when lines.due_date <= as_of.as_of then allocations.short_qty
            else 0
        end as backordered_qty,
        case
            when lines.is_uom_unknown then null
            when lines.due_date > as_of.as_of then allocations.short_qty
            else 0
        end as future_short_qty,
        case
            when lines.is_uom_unknown then null
            when holds.order_id is not null or incomplete_orders.order_id is not null
                then allocations.allocated_qty
            else 0
        end as held_qty,
        case
            when lines.is_uom_unknown then null
            when lines.due_date < as_of.as_of then lines.open_qty
            else 0
        end as past_due_qty,
        case
            when lines.is_uom_unknown then null
            when lines.first_promised_date < as_of.as_of then lines.open_qty
            else 0
        end as late_qty,
        cast(lines.open_qty * lines.unit_price as decimal(18, 2)) as open_value,
        cast(case when lines.unit_price is not null then 0 end as decimal(18, 2)) as no_value,
        date_diff('day', lines.order_date, as_of.as_of) as wait_days,
        greatest(date_diff('day', lines.due_date, as_of.as_of), 0) as age_days,
        date_diff('day', lines.first_promised_date, as_of.as_of) as lateness_days,
    from core.waiting_lines as lines
    cross join core.as_of as as_of
    left join core.allocations as allocations
        on lines.order_id = allocations.order_id
        and lines.line_id = allocations.line_id
    left join core.holds as holds
        on lines.order_id = holds.order_id
        and lines.line_id = holds.line_id
    left join incomplete_orders on lines.order_id = incomplete_orders.order_id
    left join within_limit
        on lines.order_id = within_limit.order_id
        and lines.line_id = within_limit.line_id
),

-- Few ages, so that the ranges of the buckets are looked up once for each.
ages as (
    select distinct
        greatest(date_diff('day', lines.due_date, as_of.as_of), 0) as age_days,
    from core.waiting_lines as lines
    cross join core.as_of as as_of
),

aged as (
    select ages.age_days, buckets.bucket, buckets.bucket_rank
    from ages
    inner join core.ageing_buckets as buckets
        on ages.age_days >= buckets.from_days
        and ages.age_days <= coalesce(buckets.to_days, ages.age_days)
)

select
    measured.order_id as order_id, -- order the line belongs to
    measured.line_id as line_id, -- line within the order
    measured.customer_id as customer_id, -- customer who ordered
    customers.customer_name as customer_name, -- name of the customer
    customers.segment as segment, -- customer segment
    customers.region as region, -- sales region of the customer
    measured.item_id as item_id, -- item sold
    items.item_name as item_name, -- name of the item
    measured.category as category, -- product group of the item
    measured.supplier_id
        as supplier_id, -- usual supplier of the item; (own production) for items that are made
    suppliers.supplier_name as supplier_name, -- name of the usual supplier
    measured.location_id as location_id, -- location the line ships from
    locations.location_name as location_name, -- name of the location
    measured.channel as channel, -- where the order came from
    measured.order_type as order_type, -- how the line is meant to be supplied
    measured.is_planned
        as is_planned, -- waits on purpose: made to order, sold ahead, or within the item's limit
    measured.backlog_type
        as backlog_type, -- blocked by a hold; else scheduled, unscheduled or delinquent
    measured.line_status as line_status, -- state of the line in the source
    measured.hold_reason as hold_reason, -- why the line may not ship; empty when it may
    measured.order_date as order_date, -- day the order was accepted
    measured.requested_date as requested_date, -- day the customer asked for
    measured.first_promised_date as first_promised_date, -- first day promised
    measured.promised_date as promised_date, -- day promised now
    measured.due_date as due_date, -- day requested, else promised, else ordered
    measured.need_by_date as need_by_date, -- day after which the goods are worthless
    measured.ordered_qty as ordered_qty, -- quantity ordered
    measured.shipped_qty as shipped_qty, -- quantity shipped
    measured.cancelled_qty as cancelled_qty, -- quantity cancelled
    measured.open_qty
        as open_qty, -- backlog: ordered - shipped - cancelled; empty when its unit is unknown
    cast(measured.allocated_qty as decimal(18, 4))
        as allocated_qty, -- part of the backlog that stock on hand covers, in queue order
    cast(measured.backordered_qty as decimal(18, 4))
        as backordered_qty, -- part due by now that stock cannot fill
    cast(measured.future_short_qty as decimal(18, 4))
        as future_short_qty, -- part due later that stock of today cannot fill
    cast(measured.held_qty as decimal(18, 4))
        as held_qty, -- part stock could fill, kept by a hold, credit block or ship-complete rule
    cast(measured.past_due_qty as decimal(18, 4))
        as past_due_qty, -- backlog due before the as-of date
    cast(measured.late_qty as decimal(18, 4))
        as late_qty, -- backlog first promised for before the as-of date
    cast(measured.wait_days as integer) as wait_days, -- days since the order
    cast(measured.age_days as integer) as age_days, -- days past due, 0 when not yet
    cast(measured.lateness_days as integer)
        as lateness_days, -- days past the first promise; negative before it, empty without one
    buckets.bucket as ageing_bucket, -- ageing bucket of age_days
    buckets.bucket_rank as bucket_rank, -- order of the bucket, youngest first
    measured.unit_price as unit_price, -- price of one unit net of discount; empty when unknown
    items.unit_cost as unit_cost, -- cost of one unit; empty when unknown
    measured.open_value as open_value, -- value of the backlog
    case measured.backordered_qty
        when 0 then measured.no_value
        when measured.open_qty then measured.open_value
        else cast(measured.backordered_qty * measured.unit_price as decimal(18, 2))
    end
        as backordered_value, -- value of the backordered part
    cast(
        measured.backordered_qty * (measured.unit_price - items.unit_cost) as decimal(18, 2)
    ) as backordered_margin, -- value of the backordered part less its cost
    case measured.past_due_qty
        when 0 then measured.no_value
        when measured.open_qty then measured.open_value
        else cast(measured.past_due_qty * measured.unit_price as decimal(18, 2))
    end
        as past_due_value, -- value of the past due backlog
    case measured.late_qty
        when 0 then measured.no_value
        when measured.open_qty then measured.open_value
        else cast(measured.late_qty * measured.unit_price as decimal(18, 2))
    end
        as late_value, -- value of the late backlog
    case measured.future_short_qty
        when 0 then measured.no_value
        when measured.open_qty then measured.open_value
        else cast(measured.future_short_qty * measured.unit_price as decimal(18, 2))
    end
        as future_short_value, -- value of the future short part
    case measured.held_qty
        when 0 then measured.no_value
        when measured.open_qty then measured.open_value
        else cast(measured.held_qty * measured.unit_price as decimal(18, 2))
    end
        as held_value, -- value of the held part
    measured.unit_price is null and not measured.is_uom_unknown
        as is_price_missing, -- price, or its exchange rate, unknown: values leave the line out
    measured.unit_price is null and not measured.is_uom_unknown and measured.is_rate_missing
        as is_rate_missing, -- the price is known, but not the exchange rate of its currency
    measured.is_uom_unknown
        as is_unit_unknown, -- unit without a conversion: quantities and values leave it out
    items.unit_cost is null as is_cost_missing -- cost unknown: margins leave the line out
from measured
left join core.customers as customers on measured.customer_id = customers.customer_id
left join core.items as items on measured.item_id = items.item_id
left join core.suppliers as suppliers on measured.supplier_id = suppliers.supplier_id
left join core.locations as locations on measured.location_id = locations.location_id
left join aged as buckets on measured.age_days = buckets.age_days
