-- One row per order line whose cash is not settled: open, delivered and not paid yet, or paid and
-- cancelled. What was collected of it, and held for units not delivered.
-- Payments are of orders. A deposit counts for all units ordered alike; what else was paid for
-- those delivered first, then for those open, then for those cancelled; a refund for those
-- cancelled first. Lines share in proportion to their values. What was paid beyond the value of
-- the order (tax, postage) is nobody's, except where all of the order is cancelled.
-- Derived from terms: orders placed before the first payment recorded, and without one. They count
-- as paid on the day the terms say, and what is cancelled as never paid.
-- Unknown where a price, a rate, a unit or, of derived lines, the terms are. A line missing from a
-- newer full extract is taken as settled: what became of it is not known.
-- grain: order_id, line_id
-- store: table
with

recorded as (
    select min(paid_on) as first_paid_on from core.payments where order_id is not null
),

paid as (
    select
        order_id,
        count(*) > count(paid_value) as is_rate_missing,
        sum(case when kind = 'deposit' then cast(paid_value as double) else 0 end)
            as deposit_value,
        sum(case when kind = 'payment' then cast(paid_value as double) else 0 end)
            as payment_value,
        sum(case when kind = 'refund' then -cast(paid_value as double) else 0 end)
            as refunded_value,
    from core.payments
    where order_id is not null
    group by order_id
),

orders as (
    select
        order_id,
        min(order_date) as order_date,
        max(last_shipped_date) as last_shipped_date,
        bool_or(is_open) as is_open,
        bool_or(unit_price is null and coalesce(ordered_qty, 1) > 0) as is_value_unknown,
        sum(cast(greatest(ordered_qty, shipped_qty) as double) * cast(unit_price as double))
            as ordered_value,
        sum(cast(open_qty as double) * cast(unit_price as double)) as open_value,
        sum(
            case
                when closed_on is null and ordered_qty > shipped_qty + open_qty
                    then cast(ordered_qty - shipped_qty - open_qty as double)
                        * cast(unit_price as double)
                else 0
            end
        ) as cancelled_value,
    from core.order_lines
    group by order_id
),

longest_net as (
    select coalesce(max(net_days), 0) as net_days from contract.payment_terms
),

longest_terms as (
    select
        as_of.as_of - 31 - longest_net.net_days - levers.customer_transit_days
        - greatest(levers.customer_net_days_added, 0) as oldest_date,
    from longest_net
    cross join core.as_of as as_of
    cross join core.levers as levers
),

-- What each order collected, by what became of the units: settled are delivered or unknown ones.
deposits as (
    select
        orders.order_id,
        orders.order_date,
        orders.is_open,
        orders.last_shipped_date > longest_terms.oldest_date as is_recent,
        paid.order_id is null
        and coalesce(orders.order_date < recorded.first_paid_on, true) as is_derived,
        orders.is_value_unknown or coalesce(paid.is_rate_missing, false) as is_unknown,
        coalesce(paid.is_rate_missing, false) as is_payment_rate_missing,
        orders.ordered_value - orders.open_value - orders.cancelled_value as settled_value,
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
    from orders
    cross join recorded
    cross join longest_terms
    left join paid on orders.order_id = paid.order_id
),

payments as (
    select
        order_id,
        order_date,
        is_open,
        is_recent,
        is_derived,
        is_unknown,
        is_payment_rate_missing,
        settled_value,
        open_value,
        cancelled_value,
        refunded_value,
        settled_value * deposit_share
        + least(payment_value, settled_value * (1 - deposit_share)) as paid_settled_value,
        open_value * deposit_share
        + least(
            greatest(payment_value - settled_value * (1 - deposit_share), 0),
            open_value * (1 - deposit_share)
        ) as paid_open_value,
        cancelled_value * deposit_share
        + case
            when settled_value + open_value < 0.005
                then greatest(payment_value, 0)
            else least(
                greatest(
                    payment_value - (settled_value + open_value) * (1 - deposit_share), 0
                ),
                cancelled_value * (1 - deposit_share)
            )
        end as paid_cancelled_value,
        greatest(
            payment_value
            - (settled_value + open_value + cancelled_value) * (1 - deposit_share),
            0
        ) as beyond_value,
    from deposits
),

refunds as (
    select
        order_id,
        order_date,
        is_open,
        is_recent,
        is_derived,
        is_unknown,
        is_payment_rate_missing,
        settled_value,
        open_value,
        cancelled_value,
        paid_settled_value,
        greatest(
            paid_open_value
            - greatest(
                refunded_value
                - paid_cancelled_value
                - case when settled_value + open_value < 0.005 then 0 else beyond_value end,
                0
            ),
            0
        ) as held_open_value,
        greatest(paid_cancelled_value - refunded_value, 0) as owed_back_value,
    from payments
),

-- A difference of a few cents is rounding of prices and payments, and nobody's debt.
unsettled as (
    select
        order_id,
        is_derived,
        is_unknown,
        is_payment_rate_missing,
        settled_value,
        open_value,
        cancelled_value,
        case
            when settled_value - paid_settled_value < 0.05 then settled_value
            else paid_settled_value
        end as paid_settled_value,
        case when held_open_value < 0.05 then 0 else held_open_value end as held_open_value,
        case when owed_back_value < 0.05 then 0 else owed_back_value end as owed_back_value,
    from refunds
    where
        is_open
        or case
            when is_derived or is_unknown then is_recent
            else owed_back_value >= 0.05 or settled_value - paid_settled_value >= 0.05
        end
),

lines as (
    select
        lines.order_id,
        lines.line_id,
        lines.customer_id,
        lines.order_date,
        lines.last_shipped_date,
        orders.is_derived,
        orders.is_unknown,
        orders.is_payment_rate_missing,
        orders.settled_value as order_settled_value,
        orders.open_value as order_open_value,
        orders.cancelled_value as order_cancelled_value,
        orders.paid_settled_value,
        orders.held_open_value,
        orders.owed_back_value,
        lines.unit_price is null and coalesce(lines.ordered_qty, 1) > 0 as is_value_unknown,
        lines.is_rate_missing,
        lines.is_uom_unknown,
        lines.closed_on is not null as is_dropped,
        cast(lines.ordered_qty as double) * cast(lines.unit_price as double)
            as ordered_value,
        cast(greatest(lines.ordered_qty, lines.shipped_qty) as double)
        * cast(lines.unit_price as double) as line_value,
        cast(lines.shipped_qty as double) * cast(lines.unit_price as double)
            as delivered_value,
        cast(lines.open_qty as double) * cast(lines.unit_price as double) as open_value,
        case
            when lines.closed_on is null
                then cast(
                    greatest(lines.ordered_qty - lines.shipped_qty - lines.open_qty, 0)
                    as double
                ) * cast(lines.unit_price as double)
            else 0
        end as cancelled_value,
    from core.order_lines as lines
    inner join unsettled as orders on lines.order_id = orders.order_id
),

terms_found as (
    select
        lines.order_id,
        lines.line_id,
        known.currency,
        coalesce(known.payment_terms_id, customers.payment_terms_id) as payment_terms_id,
        known.deposit_rate,
    from lines
    inner join core.known_sales_lines as known
        on lines.order_id = known.order_id
        and lines.line_id = known.line_id
    left join contract.customers as customers on known.customer_id = customers.customer_id
),

line_terms as (
    select
        found.order_id,
        found.line_id,
        found.currency,
        case when terms.payment_terms_id is not null then terms.payment_terms_id end
            as payment_terms_id,
        coalesce(terms.basis, 'ship') as payment_basis,
        greatest(
            coalesce(terms.net_days, levers.customer_net_days)
            + levers.customer_net_days_added,
            0
        ) as net_days,
        least(
            coalesce(found.deposit_rate, terms.deposit_rate, 0)
            + levers.deposit_rate_added,
            1
        ) as deposit_rate,
        terms.payment_terms_id is not null as is_terms_known,
        found.deposit_rate is not null or terms.payment_terms_id is not null
            as is_deposit_known,
        levers.customer_transit_days,
    from terms_found as found
    cross join core.levers as levers
    left join contract.payment_terms as terms
        on found.payment_terms_id = terms.payment_terms_id
),

dated as (
    select
        lines.order_id,
        lines.line_id,
        case terms.payment_basis
            when 'order' then lines.order_date
            when 'receipt' then lines.last_shipped_date + terms.customer_transit_days
            when 'end_of_month' then last_day(lines.last_shipped_date)
            else lines.last_shipped_date
        end + terms.net_days <= as_of.as_of as is_delivered_due,
        terms.payment_basis = 'order' and lines.order_date + terms.net_days <= as_of.as_of
            as is_order_due,
    from lines
    inner join line_terms as terms
        on lines.order_id = terms.order_id
        and lines.line_id = terms.line_id
    cross join core.as_of as as_of
),

shared as (
    select
        lines.order_id,
        lines.line_id,
        lines.customer_id,
        lines.is_derived,
        case
            when lines.is_payment_rate_missing or lines.is_value_unknown and lines.is_rate_missing
                then 'currency without an exchange rate'
            when lines.is_value_unknown and lines.is_uom_unknown
                then 'unit without a conversion'
            when lines.is_value_unknown then 'no price'
            when lines.is_unknown then 'another line of the order'
            when
                lines.is_derived
                and (
                    lines.open_value > 0 and not terms.is_deposit_known
                    or lines.delivered_value > 0 and not terms.is_terms_known
                )
                then 'no payments and no terms'
        end as unknown_reason,
        lines.is_dropped,
        lines.ordered_value,
        lines.delivered_value,
        lines.open_value,
        lines.cancelled_value,
        case
            when lines.is_derived
                then case
                    when lines.is_dropped then lines.line_value - lines.cancelled_value
                    when dated.is_delivered_due then lines.delivered_value
                    else lines.delivered_value * cast(terms.deposit_rate as double)
                end
            when lines.order_settled_value > 0
                then round(lines.paid_settled_value * sum(
                    lines.line_value - lines.open_value - lines.cancelled_value
                ) over so_far / lines.order_settled_value, 2)
                - round(lines.paid_settled_value * (
                    sum(lines.line_value - lines.open_value - lines.cancelled_value)
                        over so_far
                    - (lines.line_value - lines.open_value - lines.cancelled_value)
                ) / lines.order_settled_value, 2)
            else 0
        end as paid_settled_value,
        case
            when lines.is_derived
                then lines.open_value
                    * case
                        when dated.is_order_due then 1
                        else cast(terms.deposit_rate as double)
                    end
            when lines.order_open_value > 0
                then round(lines.held_open_value * sum(lines.open_value) over so_far
                    / lines.order_open_value, 2)
                - round(lines.held_open_value
                    * (sum(lines.open_value) over so_far - lines.open_value)
                    / lines.order_open_value, 2)
            else 0
        end as held_open_value,
        case
            when lines.is_derived then 0
            when lines.order_cancelled_value > 0
                then round(lines.owed_back_value * sum(lines.cancelled_value) over so_far
                    / lines.order_cancelled_value, 2)
                - round(lines.owed_back_value
                    * (sum(lines.cancelled_value) over so_far - lines.cancelled_value)
                    / lines.order_cancelled_value, 2)
            else 0
        end as refund_value,
        terms.currency,
        terms.payment_terms_id,
        terms.payment_basis,
        terms.net_days,
        terms.deposit_rate,
        terms.is_terms_known,
    from lines
    inner join line_terms as terms
        on lines.order_id = terms.order_id
        and lines.line_id = terms.line_id
    inner join dated
        on lines.order_id = dated.order_id
        and lines.line_id = dated.line_id
    window so_far as (
        partition by lines.order_id
        order by lines.line_id
        rows between unbounded preceding and current row
    )
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    customer_id, -- customer who ordered
    currency, -- ISO 4217 code of the price
    payment_terms_id, -- payment terms of the line, else of its customer; empty when unknown
    payment_basis, -- what the days are counted from: order, ship, receipt, invoice, end_of_month
    cast(net_days as integer)
        as net_days, -- days from it until payment is due; an assumption when terms are unknown
    cast(deposit_rate as decimal(9, 6))
        as deposit_rate, -- share due at order, 0-1; nothing when nobody tells of a deposit
    is_terms_known, -- the terms are in the payment terms loaded
    is_derived, -- what was collected is derived from terms: no payments are recorded
    unknown_reason, -- why the cash of the line is unknown; empty when it is known
    cast(ordered_value as decimal(18, 2)) as ordered_value, -- value ordered
    cast(delivered_value as decimal(18, 2)) as delivered_value, -- value shipped
    cast(open_value as decimal(18, 2)) as open_value, -- value of the backlog
    cast(cancelled_value as decimal(18, 2)) as cancelled_value, -- value cancelled
    cast(
        case
            when unknown_reason is null
                then paid_settled_value + held_open_value + refund_value
        end as decimal(18, 2)
    ) as collected_value, -- paid by the customer and not refunded
    cast(case when unknown_reason is null then held_open_value + refund_value end
        as decimal(18, 2)) as held_value, -- contract liability: held for units not delivered
    cast(case when unknown_reason is null then refund_value end
        as decimal(18, 2)) as refund_value, -- part of it to pay back: refund liability, for units cancelled
    cast(
        case
            when unknown_reason is null and is_dropped then 0
            when unknown_reason is null then greatest(delivered_value - paid_settled_value, 0)
        end as decimal(18, 2)
    ) as receivable_value -- delivered and not paid yet
from shared
