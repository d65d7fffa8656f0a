-- One row per purchase order line or production order known at the as-of date: what was due of it,
-- by when, and what one unit of it is worth. The base of every figure about suppliers.
-- grain: supply_id
-- store: table
select
    orders.supply_id as supply_id, -- name of the order among all supplies
    orders.supply_kind as supply_kind, -- purchase_order or production_order
    orders.document_id as document_id, -- number of the order
    orders.supplier_id as supplier_id, -- supplier; (own production) for production orders
    orders.item_id as item_id, -- item ordered or made
    orders.order_date as order_date, -- day placed; the start of a production order
    orders.first_promised_date as first_promised_date, -- first day promised; empty without one
    orders.promised_date
        as promised_date, -- day promised now, or the best known in its place; empty if none
    orders.first_promised_date + levers.supplier_on_time_tolerance_days
        as last_good_date, -- last day on which it counts as on time
    cast(
        case
            when orders.ordered_qty is not null
                then greatest(orders.ordered_qty - orders.cancelled_qty, 0)
        end as decimal(18, 4)
    ) as due_qty, -- quantity ordered and not cancelled; empty when its unit is unknown
    cast(
        case
            when orders.ordered_qty is not null
                then greatest(orders.ordered_qty - orders.cancelled_qty, 0)
        end * (1 - levers.supplier_in_full_tolerance_rate) as decimal(18, 4)
    ) as full_qty, -- quantity from which it counts as in full
    orders.received_qty as received_qty, -- quantity received, rejects included
    cast(
        case
            when orders.ordered_qty is not null
                then greatest(
                    least(orders.accepted_qty, orders.ordered_qty - orders.cancelled_qty), 0
                )
        end as decimal(18, 4)
    ) as filled_qty, -- part of what was due that was received and not refused so far
    greatest(orders.inspected_qty, 0)
        as inspected_qty, -- quantity received of which it is known how much was refused
    case
        when orders.rejected_qty is not null
            then least(orders.rejected_qty, greatest(orders.inspected_qty, 0))
    end as rejected_qty, -- part of it that was refused; empty when nothing tells
    orders.open_qty as open_qty, -- quantity still to come
    case
        when orders.first_promised_date < as_of.as_of then orders.open_qty else 0
    end as overdue_qty, -- part still to come of what was first promised for before the as-of date
    coalesce(orders.unit_cost, items.unit_cost)
        as unit_cost, -- price of one unit, else the item's cost; empty when unknown
    coalesce(
        not orders.is_withdrawn
        and orders.ordered_qty > orders.cancelled_qty
        and orders.first_promised_date + levers.supplier_on_time_tolerance_days <= as_of.as_of,
        false
    ) as is_due, -- its promise has passed: it counts, received or not
    orders.supply_kind = 'purchase_order'
    and orders.order_date > as_of.as_of - levers.spend_days
        as is_spend, -- a purchase placed within spend_days
    orders.is_withdrawn
        as is_withdrawn -- cancelled, or missing from a newer full extract: no longer owed
from core.supply_progress as orders
cross join core.as_of as as_of
cross join core.levers as levers
left join core.items as items on orders.item_id = items.item_id
