-- One row per sales order line accepted by the as-of date, open or closed, as known then.
-- Shipped: the export's total less what shipped after the as-of date, or the shipments dated by
-- then, whichever is more. Without either, a status of shipped means all of it; otherwise nothing,
-- and the line is flagged. Cancellations carry no date and count as known.
-- Closed: cancelled, shipped by the as-of date, or missing from a newer full extract; a closed
-- line has nothing open.
-- A line in a unit of measure without a conversion has no quantities and no price: they are given
-- in its own unit beside.
-- Due: the date requested, else promised, else ordered.
-- grain: order_id, line_id
-- store: table
-- joins: as written
with

lines as not materialized (
    select
        order_lines.order_id,
        order_lines.line_id,
        order_lines.item_id,
        order_lines.customer_id,
        order_lines.location_id,
        order_lines.order_type,
        order_lines.is_customised,
        order_lines.line_status,
        order_lines.hold_reason,
        order_lines.ship_complete,
        order_lines.priority,
        order_lines.channel,
        order_lines.need_by_date,
        order_lines.order_date,
        order_lines.requested_date,
        coalesce(
            first_promises.first_promised_date,
            order_lines.first_promised_date,
            order_lines.promised_date
        ) as first_promised_date,
        coalesce(order_lines.promised_date, order_lines.first_promised_date)
            as promised_date,
        coalesce(
            order_lines.requested_date, order_lines.promised_date, order_lines.order_date
        ) as due_date,
        order_lines.shipped_date,
        case
            when units.uom_factor is null then order_lines.ordered_qty
            else cast(order_lines.ordered_qty * units.uom_factor as decimal(18, 4))
        end as ordered_qty,
        case
            when units.uom_factor is null then order_lines.shipped_qty
            else cast(order_lines.shipped_qty * units.uom_factor as decimal(18, 4))
        end as shipped_qty,
        case
            when units.uom_factor is null then coalesce(order_lines.cancelled_qty, 0)
            else cast(
                coalesce(order_lines.cancelled_qty, 0) * units.uom_factor as decimal(18, 4)
            )
        end as cancelled_qty,
        cast(
            (
                cast(order_lines.unit_price as double)
                - coalesce(
                    cast(order_lines.discount_amount as double)
                    / nullif(cast(order_lines.ordered_qty as double), 0),
                    0
                )
            )
            / coalesce(cast(units.uom_factor as double), 1)
            * case
                when order_lines.currency is null then 1
                else cast(rates.to_reporting_rate as double)
            end as decimal(19, 6)
        ) as unit_price,
        order_lines.unit_price is not null
        and order_lines.currency is not null
        and rates.currency is null as is_rate_missing,
        units.order_id is not null and units.uom_factor is null as is_uom_unknown,
        order_lines.is_older,
        order_lines.uom,
        order_lines.closed_on,
        as_of.as_of,
    from core.known_sales_lines as order_lines
    inner join core.as_of as as_of on order_lines.order_date <= as_of.as_of
    left join core.exchange_rates as rates on order_lines.currency = rates.currency
    left join core.line_units as units
        on order_lines.order_id = units.order_id
        and order_lines.line_id = units.line_id
    left join core.first_promises as first_promises
        on order_lines.order_id = first_promises.order_id
        and order_lines.line_id = first_promises.line_id
        and order_lines.item_id = first_promises.item_id
),

shipped as (
    select
        shipments.order_id,
        shipments.line_id,
        cast(
            sum(
                case
                    when shipments.shipped_date <= as_of.as_of
                        then coalesce(shipments.shipped_qty, shipments.document_qty)
                    else 0
                end
            ) as decimal(18, 4)
        ) as known_qty,
        cast(
            sum(
                case
                    when shipments.shipped_date > as_of.as_of
                        then coalesce(shipments.shipped_qty, shipments.document_qty)
                    else 0
                end
            ) as decimal(18, 4)
        ) as later_qty,
        min(
            case when shipments.shipped_date <= as_of.as_of then shipped_date end
        ) as first_shipped_date,
        max(
            case when shipments.shipped_date <= as_of.as_of then shipped_date end
        ) as last_shipped_date,
    from core.shipments as shipments
    cross join core.as_of as as_of
    group by shipments.order_id, shipments.line_id
),

lines_shipped as (
    select
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.customer_id,
        lines.location_id,
        lines.order_type,
        lines.is_customised,
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
        case
            when shipped.order_id is not null then shipped.first_shipped_date
            when lines.shipped_date <= lines.as_of then lines.shipped_date
        end as first_shipped_date,
        case
            when shipped.order_id is not null then shipped.last_shipped_date
            when lines.shipped_date <= lines.as_of then lines.shipped_date
        end as last_shipped_date,
        lines.ordered_qty,
        cast(
            case
                when shipped.order_id is not null
                    then greatest(
                        coalesce(lines.shipped_qty, 0)
                        - case when lines.is_older then 0 else shipped.later_qty end,
                        shipped.known_qty,
                        0
                    )
                when lines.shipped_date > lines.as_of then 0
                when lines.shipped_qty is not null then lines.shipped_qty
                when lines.line_status = 'shipped'
                    then greatest(lines.ordered_qty - lines.cancelled_qty, 0)
                else 0
            end as decimal(18, 4)
        ) as shipped_qty,
        lines.cancelled_qty,
        lines.unit_price,
        lines.is_rate_missing,
        coalesce(
            lines.line_status = 'cancelled'
            or (
                lines.line_status = 'shipped'
                and (
                    lines.is_older
                    or coalesce(shipped.later_qty, 0) = 0
                    and coalesce(lines.shipped_date, lines.as_of) <= lines.as_of
                )
            ),
            false
        ) as is_closed,
        case when lines.closed_on is not null then least(lines.closed_on, lines.as_of) end
            as closed_on,
        lines.shipped_qty is null
        and shipped.order_id is null
        and lines.closed_on is null
        and coalesce(lines.line_status, 'open') not in ('shipped', 'cancelled')
            as is_shipped_unknown,
        lines.is_uom_unknown,
        lines.uom,
    from lines
    left join shipped
        on lines.order_id = shipped.order_id
        and lines.line_id = shipped.line_id
        and (shipped.first_shipped_date is not null or not lines.is_older)
),

lines_waiting as (
    select
        order_id,
        line_id,
        item_id,
        customer_id,
        location_id,
        order_type,
        is_customised,
        line_status,
        hold_reason,
        ship_complete,
        priority,
        channel,
        need_by_date,
        order_date,
        requested_date,
        first_promised_date,
        promised_date,
        due_date,
        first_shipped_date,
        last_shipped_date,
        ordered_qty,
        shipped_qty,
        cancelled_qty,
        case
            when is_closed or closed_on is not null then 0
            else greatest(ordered_qty - shipped_qty - cancelled_qty, 0)
        end as waiting_qty,
        unit_price,
        is_rate_missing,
        case
            when
                closed_on is not null
                and not is_closed
                and ordered_qty - shipped_qty - cancelled_qty > 0
                then greatest(closed_on, order_date)
        end as closed_on,
        is_shipped_unknown,
        is_uom_unknown,
        uom,
    from lines_shipped
),

deadlines as (
    select
        shipped.order_id,
        shipped.line_id,
        lines.due_date + levers.fill_tolerance_days as fill_deadline,
        lines.requested_date + levers.on_time_tolerance_days as requested_deadline,
        lines.first_promised_date + levers.on_time_tolerance_days as first_deadline,
        lines.promised_date + levers.on_time_tolerance_days as last_deadline,
    from shipped
    cross join core.levers as levers
    inner join lines
        on shipped.order_id = lines.order_id
        and shipped.line_id = lines.line_id
    where shipped.first_shipped_date < shipped.last_shipped_date
),

shipped_in_parts as (
    select
        shipments.order_id,
        shipments.line_id,
        cast(sum(shipped_qty) as decimal(18, 4)) as dated_qty,
        cast(
            sum(case when shipped_date <= fill_deadline then shipped_qty else 0 end)
            as decimal(18, 4)
        ) as by_due_qty,
        cast(
            sum(case when shipped_date <= requested_deadline then shipped_qty else 0 end)
            as decimal(18, 4)
        ) as by_requested_qty,
        cast(
            sum(case when shipped_date <= first_deadline then shipped_qty else 0 end)
            as decimal(18, 4)
        ) as by_first_promise_qty,
        cast(
            sum(case when shipped_date <= last_deadline then shipped_qty else 0 end)
            as decimal(18, 4)
        ) as by_last_promise_qty,
    from core.shipments as shipments
    inner join core.as_of as as_of on shipments.shipped_date <= as_of.as_of
    inner join deadlines
        on shipments.order_id = deadlines.order_id
        and shipments.line_id = deadlines.line_id
    group by shipments.order_id, shipments.line_id
)

select
    lines_waiting.order_id as order_id, -- order the line belongs to
    lines_waiting.line_id as line_id, -- line within the order
    lines_waiting.item_id as item_id, -- item sold
    items.category as category, -- product group of the item
    items.supplier_id as supplier_id, -- usual supplier of the item
    lines_waiting.customer_id as customer_id, -- customer who ordered
    lines_waiting.location_id as location_id, -- location the line ships from
    coalesce(
        lines_waiting.order_type,
        case when lines_waiting.is_customised then 'make_to_order' end,
        case when items.stocking_policy <> 'stock' then items.stocking_policy end,
        'standard'
    ) as order_type, -- how the line is meant to be supplied: its own, else by its item's policy
    coalesce(
        lines_waiting.order_type,
        case when lines_waiting.is_customised then 'make_to_order' end,
        items.stocking_policy,
        'standard'
    ) in ('make_to_order', 'preorder')
        as is_planned, -- waiting on purpose: made to order or sold ahead
    lines_waiting.line_status as line_status, -- state of the line in the source
    lines_waiting.hold_reason as hold_reason, -- why the line may not ship, by the source
    lines_waiting.ship_complete as ship_complete, -- the order ships only as a whole
    lines_waiting.priority as priority, -- 1 is served first
    lines_waiting.channel as channel, -- where the order came from
    lines_waiting.need_by_date as need_by_date, -- day after which the goods are worthless
    lines_waiting.order_date as order_date, -- day the order was accepted
    lines_waiting.requested_date as requested_date, -- day the customer asked for
    lines_waiting.first_promised_date
        as first_promised_date, -- first day promised; today's promise where no earlier is known
    lines_waiting.promised_date as promised_date, -- day promised now
    lines_waiting.due_date as due_date, -- day requested, else promised, else ordered
    lines_waiting.first_shipped_date as first_shipped_date, -- day of the first shipment
    lines_waiting.last_shipped_date as last_shipped_date, -- day of the last shipment so far
    case when not lines_waiting.is_uom_unknown then lines_waiting.ordered_qty end
        as ordered_qty, -- quantity ordered
    case when not lines_waiting.is_uom_unknown then lines_waiting.shipped_qty end
        as shipped_qty, -- quantity shipped
    case
        when lines_waiting.is_uom_unknown then null
        when parts.order_id is not null then parts.dated_qty
        when lines_waiting.last_shipped_date is null then 0
        else lines_waiting.shipped_qty
    end as dated_shipped_qty, -- part of it whose day is known
    cast(
        case
            when lines_waiting.is_uom_unknown then null
            when lines_waiting.line_status = 'cancelled'
                then greatest(lines_waiting.ordered_qty - lines_waiting.shipped_qty, 0)
            else lines_waiting.cancelled_qty
        end as decimal(18, 4)
    ) as cancelled_qty, -- quantity cancelled; all that did not ship of a cancelled line
    cast(
        case when not lines_waiting.is_uom_unknown then lines_waiting.waiting_qty end
        as decimal(18, 4)
    ) as open_qty, -- backlog: ordered - shipped - cancelled, of lines not closed
    lines_waiting.waiting_qty > 0
        as is_open, -- something waits, also where its unit and so its quantity is unknown
    case
        when lines_waiting.is_uom_unknown then null
        when lines_waiting.shipped_qty = 0 then 0
        when parts.order_id is not null then parts.by_due_qty
        when lines_waiting.last_shipped_date is null then null
        when lines_waiting.last_shipped_date
        <= lines_waiting.due_date + levers.fill_tolerance_days
            then lines_waiting.shipped_qty
        else 0
    end as shipped_by_due_qty, -- part shipped by the due date; empty when no date is known
    case
        when lines_waiting.is_uom_unknown then null
        when lines_waiting.shipped_qty = 0 then 0
        when parts.order_id is not null then parts.by_requested_qty
        when lines_waiting.last_shipped_date is null then null
        when lines_waiting.last_shipped_date
        <= lines_waiting.requested_date + levers.on_time_tolerance_days
            then lines_waiting.shipped_qty
        else 0
    end as shipped_by_requested_qty, -- part shipped by the date requested
    case
        when lines_waiting.is_uom_unknown then null
        when lines_waiting.shipped_qty = 0 then 0
        when parts.order_id is not null then parts.by_first_promise_qty
        when lines_waiting.last_shipped_date is null then null
        when lines_waiting.last_shipped_date
        <= lines_waiting.first_promised_date + levers.on_time_tolerance_days
            then lines_waiting.shipped_qty
        else 0
    end as shipped_by_first_promise_qty, -- part shipped by the first date promised
    case
        when lines_waiting.is_uom_unknown then null
        when lines_waiting.shipped_qty = 0 then 0
        when parts.order_id is not null then parts.by_last_promise_qty
        when lines_waiting.last_shipped_date is null then null
        when lines_waiting.last_shipped_date
        <= lines_waiting.promised_date + levers.on_time_tolerance_days
            then lines_waiting.shipped_qty
        else 0
    end as shipped_by_last_promise_qty, -- part shipped by the date promised now
    case when not lines_waiting.is_uom_unknown then lines_waiting.unit_price end
        as unit_price, -- price of one unit net of discount, reporting currency; empty if unknown
    lines_waiting.is_rate_missing
        as is_rate_missing, -- priced in a currency without an exchange rate
    lines_waiting.closed_on
        as closed_on, -- day a full extract had the open line no more; what became of it is unknown
    lines_waiting.is_shipped_unknown
        as is_shipped_unknown, -- nothing says what shipped; counted as nothing
    lines_waiting.is_uom_unknown
        as is_uom_unknown, -- unit of measure without a conversion: no quantities, no price
    case when lines_waiting.is_uom_unknown then lines_waiting.uom end
        as unconverted_uom, -- that unit
    cast(
        case when lines_waiting.is_uom_unknown then lines_waiting.waiting_qty end
        as decimal(18, 4)
    ) as unconverted_open_qty, -- backlog in that unit
    case
        when lines_waiting.is_uom_unknown
            then cast(lines_waiting.waiting_qty * lines_waiting.unit_price as decimal(18, 2))
    end as unconverted_open_value -- value of it, reporting currency
from lines_waiting
cross join core.levers as levers
left join core.items as items on lines_waiting.item_id = items.item_id
left join shipped_in_parts as parts
    on lines_waiting.order_id = parts.order_id
    and lines_waiting.line_id = parts.line_id
