-- One row per sales or purchase order whose cash is not settled: with something open, delivered and
-- not paid, or paid and cancelled. What was paid of it, by what became of the units.
-- Payments are of orders. A deposit counts for all units ordered alike; what else was paid for
-- those delivered first, then for those open, then for those cancelled; a refund for those
-- cancelled first. What was paid beyond the value of the order (tax, postage) is nobody's, except
-- where all of the order is cancelled.
-- Derived from terms, and left to the lines: orders placed before the first payment recorded on
-- their side, and without one. Unknown: a price or a rate is.
-- Sums are rounded far below a cent: added up in another order they must not fall on the other
-- side of what counts as settled.
-- grain: side, document_id
-- store: table
with

recorded as (
    select
        case when order_id is null then 'supplier' else 'customer' end as side,
        min(paid_on) as first_paid_on,
    from core.payments
    group by case when order_id is null then 'supplier' else 'customer' end
),

paid as (
    select
        case when order_id is null then 'supplier' else 'customer' end as side,
        coalesce(order_id, po_id) as document_id,
        count(*) > count(paid_value) as is_rate_missing,
        round(sum(case when kind = 'deposit' then cast(paid_value as double) else 0 end), 6)
            as deposit_value,
        round(sum(case when kind = 'payment' then cast(paid_value as double) else 0 end), 6)
            as payment_value,
        round(sum(case when kind = 'refund' then -cast(paid_value as double) else 0 end), 6)
            as refunded_value,
        sum(
            case
                when kind <> 'refund'
                    then cast(paid_value as double)
                        * date_diff('day', date '2000-01-01', paid_on)
            end
        ) as payment_days,
    from core.payments
    group by case when order_id is null then 'supplier' else 'customer' end, 2
),

longest_net as (
    select coalesce(max(net_days), 0) as net_days from contract.payment_terms
),

oldest as (
    select
        as_of.as_of - 31 - longest_net.net_days - transit.transit_days
        - levers.cash_history_days as oldest_date,
    from longest_net
    cross join core.customer_transit as transit
    cross join core.as_of as as_of
    cross join core.levers as levers
),

orders as (
    select
        'customer' as side,
        order_id as document_id,
        min(order_date) as order_date,
        max(last_shipped_date) as last_date,
        bool_or(is_open) as is_open,
        bool_or(unit_price is null and coalesce(ordered_qty, 1) > 0) as is_value_unknown,
        round(
            sum(
                cast(greatest(ordered_qty, shipped_qty) as double) * cast(unit_price as double)
            ),
            6
        ) as ordered_value,
        round(sum(cast(open_qty as double) * cast(unit_price as double)), 6) as open_value,
        round(
            sum(
                case
                    when closed_on is null and ordered_qty > shipped_qty + open_qty
                        then cast(ordered_qty - shipped_qty - open_qty as double)
                            * cast(unit_price as double)
                    else 0
                end
            ),
            6
        ) as cancelled_value,
    from core.order_lines
    group by order_id
    union all
    select
        'supplier' as side,
        document_id,
        min(order_date) as order_date,
        cast(null as date) as last_date,
        bool_or(coalesce(open_qty, 1) > 0) as is_open,
        bool_or(unit_cost is null and coalesce(ordered_qty, 1) > 0) as is_value_unknown,
        round(
            sum(
                cast(greatest(ordered_qty, accepted_qty) as double) * cast(unit_cost as double)
            ),
            6
        ) as ordered_value,
        round(sum(cast(open_qty as double) * cast(unit_cost as double)), 6) as open_value,
        round(
            sum(
                cast(greatest(ordered_qty - accepted_qty - open_qty, 0) as double)
                * cast(unit_cost as double)
            ),
            6
        ) as cancelled_value,
    from core.supply_orders
    where supply_kind = 'purchase_order'
    group by document_id
),

deposits as (
    select
        orders.side,
        orders.document_id,
        orders.is_open,
        coalesce(orders.last_date > oldest.oldest_date, orders.side = 'supplier') as is_recent,
        paid.document_id is null
        and coalesce(orders.order_date < recorded.first_paid_on, true) as is_derived,
        orders.is_value_unknown or coalesce(paid.is_rate_missing, false) as is_unknown,
        coalesce(paid.is_rate_missing, false) as is_payment_rate_missing,
        greatest(orders.ordered_value - orders.open_value - orders.cancelled_value, 0)
            as settled_value,
        orders.open_value,
        orders.cancelled_value,
        case
            when orders.ordered_value > 0
                then least(coalesce(paid.deposit_value, 0) / orders.ordered_value, 1)
            else 0
        end as deposit_share,
        coalesce(paid.payment_value, 0)
        + greatest(coalesce(paid.deposit_value, 0) - coalesce(orders.ordered_value, 0), 0)
            as payment_value,
        coalesce(paid.refunded_value, 0) as refunded_value,
        paid.payment_days / nullif(paid.deposit_value + paid.payment_value, 0) as paid_day,
    from orders
    cross join oldest
    left join recorded on orders.side = recorded.side
    left join paid
        on orders.side = paid.side
        and orders.document_id = paid.document_id
),

payments as (
    select
        side,
        document_id,
        is_open,
        is_recent,
        is_derived,
        is_unknown,
        is_payment_rate_missing,
        settled_value,
        open_value,
        cancelled_value,
        refunded_value,
        paid_day,
        settled_value * deposit_share
        + least(payment_value, settled_value * (1 - deposit_share)) as paid_settled_value,
        open_value * deposit_share
        + least(
            greatest(payment_value - settled_value * (1 - deposit_share), 0),
            open_value * (1 - deposit_share)
        ) as paid_open_value,
        cancelled_value * deposit_share
        + case
            when settled_value + open_value < 0.005 then payment_value
            else least(
                greatest(
                    payment_value - (settled_value + open_value) * (1 - deposit_share), 0
                ),
                cancelled_value * (1 - deposit_share)
            )
        end as paid_cancelled_value,
        case
            when settled_value + open_value < 0.005 then 0
            else greatest(
                payment_value
                - (settled_value + open_value + cancelled_value) * (1 - deposit_share),
                0
            )
        end as beyond_value,
    from deposits
),

refunds as (
    select
        side,
        document_id,
        is_open,
        is_recent,
        is_derived,
        is_unknown,
        is_payment_rate_missing,
        settled_value,
        open_value,
        cancelled_value,
        paid_day,
        paid_settled_value,
        greatest(
            paid_open_value
            - greatest(refunded_value - paid_cancelled_value - beyond_value, 0),
            0
        ) as held_open_value,
        greatest(paid_cancelled_value - refunded_value, 0) as owed_back_value,
    from payments
)

-- A difference of a few cents is rounding of prices and payments, and nobody's debt.
select
    side, -- customer or supplier
    document_id, -- sales or purchase order
    is_derived, -- no payment is recorded: what was paid follows from the terms of the lines
    is_unknown, -- a price, a cost or a rate is unknown, and so is what was paid for which unit
    is_payment_rate_missing, -- a payment is in a currency without an exchange rate
    settled_value, -- value delivered, and of lines nobody knows the fate of
    open_value, -- value still open
    cancelled_value, -- value cancelled, refused, or closed short
    case
        when settled_value - paid_settled_value < 0.05 then settled_value
        else paid_settled_value
    end as paid_settled_value, -- paid of what is delivered
    case when held_open_value < 0.05 then 0 else held_open_value end
        as held_open_value, -- paid of what is open
    case when owed_back_value < 0.05 then 0 else owed_back_value end
        as owed_back_value, -- paid of what is cancelled, and not refunded
    paid_day -- mean day of its payments, weighted by amount, in days since 2000-01-01
from refunds
where
    is_open
    or case
        when is_derived or is_unknown then is_recent
        else owed_back_value >= 0.05 or settled_value - paid_settled_value >= 0.05
    end
