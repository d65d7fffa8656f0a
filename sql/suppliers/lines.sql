-- One row per purchase order line or production order known at the as-of date, judged: on time, in
-- full, late by how much, and the backlog that hangs on it.
-- On time: some of it came by the first promise, and no more than the tolerance later or still to
-- come; early is on time. In full: accepted and kept, of what was ordered and not cancelled, all
-- but the tolerance. On time in full: in full by the first promise, which is both.
-- Due: the first promise, plus its tolerance, has passed; what was never received counts as late.
-- Not judged: lines cancelled, or dropped by a newer full extract; lines received on an unknown
-- day, unless dated receipts fill them or enough is still to come to be late anyway.
-- grain: supply_id
-- store: table
with

arrivals as (
    select
        deliveries.supply_id,
        max(deliveries.filled_qty) as filled_qty,
        max(
            case
                when deliveries.received_date <= orders.last_good_date
                    then deliveries.filled_qty
            end
        ) as filled_in_time_qty,
        min(
            case
                when deliveries.filled_qty >= orders.full_qty then deliveries.received_date
            end
        ) as in_full_date,
        max(deliveries.received_date) as last_received_date,
        sum(deliveries.arrived_qty * deliveries.late_days) as unit_days_late,
    from suppliers.deliveries as deliveries
    inner join suppliers.orders as orders on deliveries.supply_id = orders.supply_id
    group by deliveries.supply_id
),

offers as (
    select
        supplier_id,
        item_id,
        lead_time_days,
        valid_to,
        -- The first conditions known also stand for the time before them.
        case
            when row_number() over (
                partition by supplier_id, item_id order by valid_from nulls first
            ) > 1 then valid_from
            else date '0001-01-01'
        end as valid_from,
    from contract.supplier_items
),

quoted as (
    select
        orders.supply_id,
        offers.lead_time_days,
    from suppliers.orders as orders
    asof inner join offers
        on orders.supplier_id = offers.supplier_id
        and orders.item_id = offers.item_id
        and orders.order_date >= offers.valid_from
    where coalesce(offers.valid_to, orders.order_date) >= orders.order_date
),

moves as (
    select
        'PO ' || document_id || ' / ' || line_id as supply_id,
        count(*) as promise_moves,
        sum(moved_days) as promise_moved_days,
    from backlog.promise_changes
    where kind = 'purchase'
    group by 'PO ' || document_id || ' / ' || line_id
),

pegged as (
    select
        supply_id,
        sum(pegged_qty) as pegged_qty,
        sum(pegged_value) as pegged_value,
        count(distinct order_id) as pegged_orders,
    from backlog.pegs
    where supply_kind <> 'on_hand'
    group by supply_id
),

measured as (
    select
        orders.supply_id,
        orders.is_due
        and not (
            orders.filled_qty > coalesce(arrivals.filled_qty, 0)
            and arrivals.in_full_date is null
            and orders.open_qty <= orders.due_qty - orders.full_qty
        ) as is_judged,
        coalesce(arrivals.filled_in_time_qty, 0) > 0
        and least(orders.due_qty, orders.filled_qty + orders.open_qty)
        - arrivals.filled_in_time_qty <= orders.due_qty - orders.full_qty as is_on_time,
        arrivals.in_full_date,
        arrivals.supply_id is not null as is_dated,
        coalesce(
            arrivals.in_full_date,
            case when orders.open_qty > 0 then as_of.as_of end,
            arrivals.last_received_date
        ) as late_until_date,
        coalesce(arrivals.unit_days_late, 0)
        + orders.overdue_qty
        * greatest(date_diff('day', orders.first_promised_date, as_of.as_of), 0)
            as unit_days_late,
    from suppliers.orders as orders
    cross join core.as_of as as_of
    left join arrivals on orders.supply_id = arrivals.supply_id
)

select
    orders.supply_id as supply_id, -- name of the order among all supplies
    orders.supply_kind as supply_kind, -- purchase_order or production_order
    orders.document_id as document_id, -- number of the order
    orders.supplier_id as supplier_id, -- supplier; (own production) for production orders
    suppliers.supplier_name as supplier_name, -- name of the supplier
    orders.item_id as item_id, -- item ordered or made
    items.item_name as item_name, -- name of the item
    orders.order_date as order_date, -- day placed; the start of a production order
    orders.first_promised_date as first_promised_date, -- first day promised; empty without one
    cast(date_trunc('month', orders.first_promised_date) as date)
        as promise_month, -- first day of the month of the first promise
    orders.promised_date
        as promised_date, -- day promised now, or the best known in its place; empty if none
    slips.received_date as received_date, -- day by which all of it had come; empty while open
    measured.in_full_date
        as in_full_date, -- day from which all that was due, but the tolerance, was there to stay
    orders.due_qty
        as due_qty, -- quantity ordered and not cancelled; empty when its unit is unknown
    orders.filled_qty
        as filled_qty, -- part of it received and not refused so far
    orders.open_qty as open_qty, -- quantity still to come
    case
        when orders.open_qty = 0 then 0
        else cast(orders.open_qty * orders.unit_cost as decimal(18, 2))
    end as open_value, -- its value at the order's price, else the item's cost
    orders.overdue_qty
        as overdue_qty, -- part still to come of what was first promised for before the as-of date
    case
        when orders.overdue_qty = 0 then 0
        else cast(orders.overdue_qty * orders.unit_cost as decimal(18, 2))
    end as overdue_value, -- its value at the order's price, else the item's cost
    orders.unit_cost
        as unit_cost, -- price of one unit, else the item's cost; empty when unknown
    cast(
        case
            when orders.is_spend and orders.is_withdrawn
                then orders.received_qty * orders.unit_cost
            when orders.is_spend then orders.due_qty * orders.unit_cost
        end as decimal(18, 2)
    ) as spend_value, -- value ordered, of purchases placed within spend_days; else empty
    cast(coalesce(pegged.pegged_qty, 0) as decimal(18, 4))
        as pegged_qty, -- backlog that waits for it
    case when pegged.supply_id is null then 0 else pegged.pegged_value end
        as pegged_value, -- value of that backlog to customers; empty when unpriced
    coalesce(pegged.pegged_orders, 0) as pegged_orders, -- sales orders that wait for it
    measured.is_judged as is_judged, -- due, and known to be on time or not
    orders.is_due and not measured.is_judged
        as is_undated, -- due, but received on an unknown day: on time or not is not known
    measured.is_judged and measured.is_dated
        as is_dated, -- judged, and some of it came on a known day
    orders.is_due as is_due, -- its first promise, plus the tolerance, has passed
    measured.is_judged and measured.is_on_time
        as is_on_time, -- judged, and came by the first promise
    measured.is_judged and measured.in_full_date is not null
        as is_in_full, -- judged, and came whole, by the promise or later
    measured.is_judged and coalesce(measured.in_full_date <= orders.last_good_date, false)
        as is_otif, -- judged, and came whole by the first promise
    cast(
        case
            when not measured.is_judged or measured.late_until_date is null then null
            when measured.late_until_date > orders.first_promised_date
                then date_diff('day', orders.first_promised_date, measured.late_until_date)
            else 0
        end as integer
    ) as late_days, -- days from first promise to in full, so far if still to come; if judged
    cast(case when measured.is_judged then measured.unit_days_late end as decimal(38, 4))
        as unit_days_late, -- each unit due times the days it came, or still is, late; if judged
    slips.slip_days as slip_days, -- days from first promise to receipt; so far, of an open one
    case when not slips.is_open then slips.slip_days end
        as received_slip_days, -- days from first promise to receipt, early is negative
    cast(date_diff('day', orders.order_date, slips.received_date) as integer)
        as lead_days, -- days from order to receipt; empty while it is open
    coalesce(quoted.lead_time_days, planned.lead_time_days)
        as stated_lead_days, -- days quoted by the supplier when it was ordered, else planned
    cast(orders.inspected_qty as decimal(18, 4))
        as inspected_qty, -- quantity received of which it is known how much was refused
    cast(orders.rejected_qty as decimal(18, 4))
        as rejected_qty, -- part of it that was refused; empty when nothing tells
    coalesce(moves.promise_moves, 0)
        as promise_moves, -- times its promise moved, as exports tell; purchases only
    cast(moves.promise_moved_days as integer)
        as promise_moved_days -- days it moved in all, later is positive
from suppliers.orders as orders
inner join measured on orders.supply_id = measured.supply_id
left join core.supply_slips as slips on orders.supply_id = slips.supply_id
left join core.items as items on orders.item_id = items.item_id
left join core.suppliers as suppliers on orders.supplier_id = suppliers.supplier_id
left join quoted on orders.supply_id = quoted.supply_id
left join contract.items as planned on orders.item_id = planned.item_id
left join moves on orders.supply_id = moves.supply_id
left join pegged on orders.supply_id = pegged.supply_id
