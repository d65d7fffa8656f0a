-- One row per order line whose cash is not settled: open, delivered and not paid yet, or paid and
-- cancelled. What was collected of it, and held for units not delivered.
-- Lines share what core.settlements tells of their order in proportion to their values.
-- Derived from terms, where no payment of the order can be recorded: such lines count as paid on the
-- day the terms say, and what is cancelled as never paid.
-- Unknown where a price, a rate, a unit or, of derived lines, the terms are. A line missing from a
-- newer full extract is taken as settled: what became of it is not known.
-- grain: order_id, line_id
-- store: table
with

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
        orders.paid_day,
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
    inner join core.settlements as orders
        on lines.order_id = orders.document_id
        and orders.side = 'customer'
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
        coalesce(terms.net_days, levers.customer_net_days) as net_days,
        coalesce(found.deposit_rate, terms.deposit_rate, 0) as deposit_rate,
        terms.payment_terms_id is not null as is_terms_known,
        found.deposit_rate is not null or terms.payment_terms_id is not null
            as is_deposit_known,
        transit.transit_days,
    from terms_found as found
    cross join core.levers as levers
    cross join core.customer_transit as transit
    left join contract.payment_terms as terms
        on found.payment_terms_id = terms.payment_terms_id
),

dated as (
    select
        lines.order_id,
        lines.line_id,
        case terms.payment_basis
            when 'order' then lines.order_date
            when 'receipt' then lines.last_shipped_date + terms.transit_days
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
        lines.paid_day,
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
    paid_day, -- mean day of the order's payments, in days since 2000-01-01; empty without any
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
    cast(
        case when unknown_reason is null then held_open_value + refund_value end
        as decimal(18, 2)
    ) as held_value, -- contract liability: held for units not delivered
    cast(case when unknown_reason is null then refund_value end as decimal(18, 2))
        as refund_value, -- refund liability: part of it to pay back, for units cancelled
    cast(
        case
            when unknown_reason is null and is_dropped then 0
            when unknown_reason is null then greatest(delivered_value - paid_settled_value, 0)
        end as decimal(18, 2)
    ) as receivable_value -- delivered and not paid yet
from shared
