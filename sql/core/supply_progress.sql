-- One row per purchase order line or production order known at the as-of date, open or closed:
-- what was ordered, promised and received of it. core.supply_orders adds when the rest is expected.
-- Received: the export's total less what came in after the as-of date, or the receipts dated by
-- then, whichever is more. Rejected units count as received: only a new order replaces them. How
-- many were rejected, receipts tell or the order line; of what neither tells of it is not known.
-- Closed: cancelled, received, or missing from a newer full extract. An order in a unit of measure
-- without a conversion has no quantities and fills nothing.
-- Production orders have no day of placing: those that only an export made after the day asked for
-- tells of, and that start after it, are left out.
-- Planned orders, not yet placed, are left out unless planned_orders_are_supply says otherwise.
-- grain: supply_id
-- store: table
with

received as (
    select
        receipts.supply_id,
        sum(
            case when receipts.received_date <= as_of.as_of then received_qty else 0 end
        ) as known_qty,
        sum(
            case when receipts.received_date > as_of.as_of then received_qty else 0 end
        ) as later_qty,
        sum(
            case when receipts.received_date <= as_of.as_of then rejected_qty end
        ) as rejected_qty,
        sum(
            case when receipts.received_date > as_of.as_of then rejected_qty else 0 end
        ) as later_rejected_qty,
        sum(
            case
                when receipts.received_date <= as_of.as_of and rejected_qty is not null
                    then received_qty
                else 0
            end
        ) as inspected_qty,
    from core.receipts as receipts
    cross join core.as_of as as_of
    where receipts.supply_id is not null
    group by receipts.supply_id
),

orders as (
    select
        supply_id,
        'purchase_order' as supply_kind,
        po_id as document_id,
        supplier_id,
        item_id,
        location_id,
        order_date,
        first_promised_date,
        promised_date,
        planned_ship_date as planned_begin_date,
        shipped_date as begun_date,
        ordered_qty,
        received_qty,
        rejected_qty,
        cancelled_qty,
        unit_cost,
        status,
        sales_order_id,
        is_uom_unknown,
        is_older,
        closed_on,
        load_id,
    from core.purchase_lines
    union all
    select
        'MO ' || production.production_order_id as supply_id,
        'production_order' as supply_kind,
        production.production_order_id as document_id,
        '(own production)' as supplier_id,
        production.item_id,
        production.location_id,
        coalesce(production.start_date, production.planned_start_date) as order_date,
        coalesce(first_promises.first_promised_date, production.due_date)
            as first_promised_date,
        production.due_date as promised_date,
        production.planned_start_date as planned_begin_date,
        production.start_date as begun_date,
        production.ordered_qty,
        production.completed_qty as received_qty,
        cast(null as decimal(18, 4)) as rejected_qty,
        coalesce(production.scrapped_qty, 0) as cancelled_qty,
        cast(null as decimal(19, 6)) as unit_cost,
        production.status,
        production.sales_order_id,
        false as is_uom_unknown,
        production.is_older,
        production.closed_on,
        production.load_id,
    from core.known_production_orders as production
    left join core.first_promises as first_promises
        on production.production_order_id = first_promises.production_order_id
        and production.item_id = first_promises.item_id
    left join core.loads as loads on production.load_id = loads.load_id
    cross join core.as_of as as_of
    where
        coalesce(loads.is_known, true)
        or coalesce(
            production.planned_start_date, production.start_date, as_of.as_of
        ) <= as_of.as_of
),

orders_received as (
    select
        orders.supply_id,
        orders.supply_kind,
        orders.document_id,
        orders.supplier_id,
        orders.item_id,
        orders.location_id,
        orders.order_date,
        orders.first_promised_date,
        orders.promised_date,
        orders.planned_begin_date,
        case when orders.begun_date <= as_of.as_of then orders.begun_date end as begun_date,
        coalesce(orders.first_promised_date, orders.promised_date) as first_date,
        coalesce(loads.is_known, true) as is_promise_known,
        orders.ordered_qty,
        orders.cancelled_qty,
        case
            when orders.is_uom_unknown then null
            when received.supply_id is not null
                then greatest(
                    coalesce(
                        orders.received_qty
                        - case when orders.is_older then 0 else received.later_qty end,
                        0
                    ),
                    received.known_qty,
                    0
                )
            when orders.received_qty is not null then orders.received_qty
            when orders.status in ('received', 'completed')
                then greatest(orders.ordered_qty - orders.cancelled_qty, 0)
            else 0
        end as received_qty,
        case
            when orders.rejected_qty is null then received.rejected_qty
            else greatest(
                orders.rejected_qty
                - case
                    when orders.is_older then 0
                    else coalesce(received.later_rejected_qty, 0)
                end,
                coalesce(received.rejected_qty, 0),
                0
            )
        end as rejected_qty,
        orders.rejected_qty is not null as is_inspected,
        coalesce(received.inspected_qty, 0) as inspected_qty,
        coalesce(orders.status = 'cancelled', false) or orders.closed_on is not null
            as is_withdrawn,
        orders.status = 'cancelled'
        or (
            orders.status in ('received', 'completed')
            and (orders.is_older or coalesce(received.later_qty, 0) = 0)
        )
        or orders.closed_on is not null as is_closed,
        orders.is_uom_unknown,
        orders.unit_cost,
        orders.sales_order_id,
    from orders
    cross join core.levers as levers
    cross join core.as_of as as_of
    left join received on orders.supply_id = received.supply_id
    left join core.loads as loads on orders.load_id = loads.load_id
    where
        levers.planned_orders_are_supply or coalesce(orders.status, 'open') <> 'planned'
)

select
    orders_received.supply_id as supply_id, -- name of the order among all supplies
    orders_received.supply_kind as supply_kind, -- purchase_order or production_order
    orders_received.document_id as document_id, -- number of the order
    orders_received.supplier_id
        as supplier_id, -- supplier; (own production) for production orders
    orders_received.item_id as item_id, -- item ordered or made
    orders_received.location_id as location_id, -- location it comes to
    orders_received.order_date as order_date, -- day placed; the start of a production order
    orders_received.first_promised_date as first_promised_date, -- first day promised
    orders_received.promised_date
        as promised_date, -- day promised now, or the best known in its place; empty if none
    case
        when orders_received.is_promise_known
            then coalesce(orders_received.promised_date, orders_received.first_date)
        else orders_received.first_date
    end as known_date, -- promise as known at the as-of date: of a later export, only the first
    orders_received.is_promise_known
    and coalesce(orders_received.promised_date <> orders_received.first_date, false)
        as is_promised_again, -- the promise known is another one than the first
    orders_received.planned_begin_date
        as planned_begin_date, -- day it was to be shipped, or production to start
    orders_received.begun_date as begun_date, -- day it was; empty when not by the as-of date
    cast(orders_received.ordered_qty as decimal(18, 4))
        as ordered_qty, -- quantity ordered; empty when its unit is unknown
    cast(orders_received.cancelled_qty as decimal(18, 4))
        as cancelled_qty, -- quantity cancelled or scrapped
    cast(orders_received.received_qty as decimal(18, 4))
        as received_qty, -- quantity received, rejects included
    cast(
        orders_received.received_qty - coalesce(orders_received.rejected_qty, 0)
        as decimal(18, 4)
    ) as accepted_qty, -- quantity received and not refused
    cast(orders_received.rejected_qty as decimal(18, 4))
        as rejected_qty, -- quantity refused on receipt; empty when nothing tells
    cast(
        case
            when orders_received.is_inspected then orders_received.received_qty
            else orders_received.inspected_qty
        end as decimal(18, 4)
    ) as inspected_qty, -- quantity received of which it is known how much was refused
    cast(
        case
            when orders_received.is_closed then 0
            when orders_received.is_uom_unknown then null
            else greatest(
                orders_received.ordered_qty
                - orders_received.received_qty
                - orders_received.cancelled_qty,
                0
            )
        end as decimal(18, 4)
    ) as open_qty, -- quantity still to come
    orders_received.is_withdrawn
        as is_withdrawn, -- cancelled, or missing from a newer full extract: no longer owed
    orders_received.is_closed as is_closed, -- nothing more comes: received, cancelled or dropped
    orders_received.unit_cost
        as unit_cost, -- price of one unit, reporting currency; empty when unknown
    orders_received.sales_order_id as sales_order_id -- sales order it is for: a hard peg
from orders_received
