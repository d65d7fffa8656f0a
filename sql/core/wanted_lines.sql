-- One row per open order line, as customers want it: core.accepted_lines.
-- A scenario may change the demand to come - lines due after the as-of date are wanted as much more
-- or less; what is due by then was accepted and stays -, add a demand of its own on a day, or
-- change whether an item's standard orders are made to order, or its planned ones served from stock.
-- grain: order_id, line_id
-- store: table
with

retyped as (
    select subject_id as item_id, any_value(change) as change
    from core.changes
    where change in ('make_to_order', 'make_to_stock')
    group by subject_id
),

rated as (
    select
        lines.order_id,
        lines.line_id,
        cast(lines.open_qty * (rates.demand_rate - 1) as decimal(18, 4)) as more_qty,
    from core.accepted_lines as lines
    cross join core.as_of as as_of
    left join core.customers as customers on lines.customer_id = customers.customer_id
    inner join core.demand_rates as rates
        on lines.item_id = rates.item_id
        and coalesce(customers.segment, '(none)') = rates.segment
    where lines.due_date > as_of.as_of
),

prices as (
    select
        lines.item_id,
        arg_max(lines.unit_price, (lines.order_date, lines.order_id, lines.line_id))
            as unit_price,
    from core.order_lines as lines
    where lines.item_id in (select subject_id from core.changes where change = 'demand_spike')
    group by lines.item_id
),

wanted as (
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.category,
        lines.supplier_id,
        lines.customer_id,
        lines.location_id,
        case
            when retyped.change = 'make_to_order' and lines.order_type = 'standard'
                then 'make_to_order'
            when retyped.change = 'make_to_stock' and lines.is_planned then 'standard'
            else lines.order_type
        end as order_type,
        case
            when retyped.change = 'make_to_order' and lines.order_type = 'standard' then true
            when retyped.change = 'make_to_stock' then false
            else lines.is_planned
        end as is_planned,
        lines.line_status,
        lines.hold_reason,
        lines.ship_complete,
        lines.priority,
        lines.channel,
        lines.need_by_date,
        lines.order_date,
        lines.requested_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.due_date,
        lines.ordered_qty + coalesce(rated.more_qty, 0) as ordered_qty,
        lines.shipped_qty,
        lines.cancelled_qty,
        lines.open_qty as accepted_qty,
        lines.open_qty + coalesce(rated.more_qty, 0) as open_qty,
        lines.unit_price,
        lines.is_rate_missing,
        lines.is_uom_unknown,
    from core.accepted_lines as lines
    left join retyped on lines.item_id = retyped.item_id
    left join rated
        on lines.order_id = rated.order_id
        and lines.line_id = rated.line_id
    union all
    select
        'demand of a scenario' as order_id,
        concat_ws(' @ ', changes.subject_id, nullif(changes.location_id, '')) as line_id,
        changes.subject_id as item_id,
        items.category,
        items.supplier_id,
        cast(null as varchar) as customer_id,
        nullif(changes.location_id, '') as location_id,
        'standard' as order_type,
        false as is_planned,
        cast(null as varchar) as line_status,
        cast(null as varchar) as hold_reason,
        false as ship_complete,
        cast(null as integer) as priority,
        cast(null as varchar) as channel,
        cast(null as date) as need_by_date,
        as_of.as_of as order_date,
        as_of.as_of + changes.after_days as requested_date,
        cast(null as date) as first_promised_date,
        cast(null as date) as promised_date,
        as_of.as_of + changes.after_days as due_date,
        cast(changes.amount as decimal(18, 4)) as ordered_qty,
        cast(0 as decimal(18, 4)) as shipped_qty,
        cast(0 as decimal(18, 4)) as cancelled_qty,
        cast(0 as decimal(18, 4)) as accepted_qty,
        cast(changes.amount as decimal(18, 4)) as open_qty,
        prices.unit_price,
        false as is_rate_missing,
        false as is_uom_unknown,
    from core.changes as changes
    cross join core.as_of as as_of
    left join core.items as items on changes.subject_id = items.item_id
    left join prices on changes.subject_id = prices.item_id
    where changes.change = 'demand_spike' and changes.amount > 0
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    category, -- product group of the item
    supplier_id, -- usual supplier of the item
    customer_id, -- customer who ordered
    location_id, -- location the line ships from
    order_type, -- how the line is meant to be supplied
    is_planned, -- waiting on purpose: made to order or sold ahead
    line_status, -- state of the line in the source
    hold_reason, -- why the line may not ship, by the source
    ship_complete, -- the order ships only as a whole
    priority, -- 1 is served first
    channel, -- where the order came from
    need_by_date, -- day after which the goods are worthless
    order_date, -- day the order was accepted
    requested_date, -- day the customer asked for
    first_promised_date, -- first day promised
    promised_date, -- day promised now
    due_date, -- day requested, else promised, else ordered
    cast(ordered_qty as decimal(18, 4)) as ordered_qty, -- quantity ordered
    shipped_qty, -- quantity shipped
    cancelled_qty, -- quantity cancelled
    accepted_qty, -- quantity waiting without a scenario
    cast(open_qty as decimal(18, 4))
        as open_qty, -- quantity waiting; empty when its unit is unknown
    unit_price, -- price of one unit net of discount; empty when unknown
    is_rate_missing, -- priced in a currency without an exchange rate
    is_uom_unknown -- unit of measure without a conversion: no quantities, no price
from wanted
where is_uom_unknown or open_qty > 0
