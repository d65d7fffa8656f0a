-- One row per cash movement of the last cash_history_days: payments, and where an order has none on
-- record and can have none, what its terms say was paid (core.settlements).
-- grain: kind, document_id, line_id, part_id
-- store: table
with

since as (
    select as_of.as_of - levers.cash_history_days as since_date, as_of.as_of
    from core.as_of as as_of
    cross join core.levers as levers
),

derived_lines as (
    select
        cash.order_id,
        cash.line_id,
        cash.customer_id,
        cash.currency,
        order_lines.order_date,
        order_lines.last_shipped_date,
        cash.payment_basis,
        cash.net_days,
        cash.held_value,
        cash.collected_value,
        cast(
            cast(cash.deposit_rate as double)
            * cast(cash.delivered_value + cash.open_value as double) as decimal(18, 2)
        ) as deposit_value,
    from core.line_cash as cash
    inner join core.order_lines as order_lines
        on cash.order_id = order_lines.order_id
        and cash.line_id = order_lines.line_id
    where cash.is_derived and cash.collected_value > 0
),

derived_purchases as (
    select
        supply_id,
        po_id,
        supplier_id,
        currency,
        order_date,
        payment_basis,
        net_days,
        shipped_date,
        deposit_rate,
        cast(deposit_rate * cast(received_value + open_value as double) as decimal(18, 2))
            as deposit_value,
    from cash_flow.purchases
    where is_derived and unknown_reason is null
),

derived_receipts as (
    select
        purchases.supply_id,
        purchases.po_id,
        purchases.supplier_id,
        purchases.currency,
        receipts.received_date,
        case purchases.payment_basis
            when 'order' then purchases.order_date
            when 'ship' then coalesce(purchases.shipped_date, receipts.received_date)
            when 'invoice' then coalesce(purchases.shipped_date, receipts.received_date)
            when 'end_of_month' then last_day(receipts.received_date)
            else receipts.received_date
        end + purchases.net_days as paid_on,
        cast(
            sum(cast(receipts.accepted_qty as double))
            * any_value(cast(orders.unit_cost as double))
            * (1 - any_value(cast(purchases.deposit_rate as double))) as decimal(18, 2)
        ) as paid_value,
    from derived_purchases as purchases
    inner join core.receipts as receipts on purchases.supply_id = receipts.supply_id
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    inner join core.supply_orders as orders on purchases.supply_id = orders.supply_id
    group by
        purchases.supply_id,
        purchases.po_id,
        purchases.supplier_id,
        purchases.currency,
        purchases.payment_basis,
        purchases.order_date,
        purchases.shipped_date,
        purchases.net_days,
        receipts.received_date
),

parties as (
    select order_id, any_value(customer_id) as customer_id
    from core.order_lines
    where order_id in (
        select payments.order_id
        from core.payments as payments
        inner join since on payments.paid_on > since.since_date
    )
    group by order_id
),

suppliers_paid as (
    select po_id, any_value(supplier_id) as supplier_id
    from core.purchase_lines
    group by po_id
),

united as (
    select
        case payments.kind
            when 'refund' then 'refund'
            when 'deposit' then 'deposit'
            else 'payment'
        end as kind,
        payments.order_id as document_id,
        '' as line_id,
        payments.payment_id as part_id,
        parties.customer_id as party_id,
        payments.currency,
        payments.paid_on,
        payments.paid_value as event_value,
        false as is_derived,
    from core.payments as payments
    left join parties on payments.order_id = parties.order_id
    where payments.order_id is not null
    union all
    select
        case payments.kind
            when 'refund' then 'supplier_refund'
            when 'deposit' then 'supplier_deposit'
            else 'supplier_payment'
        end as kind,
        payments.po_id as document_id,
        '' as line_id,
        payments.payment_id as part_id,
        suppliers_paid.supplier_id as party_id,
        payments.currency,
        payments.paid_on,
        -payments.paid_value as event_value,
        false as is_derived,
    from core.payments as payments
    left join suppliers_paid on payments.po_id = suppliers_paid.po_id
    where payments.po_id is not null
    union all
    select
        'deposit' as kind,
        order_id as document_id,
        line_id,
        '' as part_id,
        customer_id as party_id,
        currency,
        order_date as paid_on,
        deposit_value as event_value,
        true as is_derived,
    from derived_lines
    where deposit_value > 0
    union all
    select
        'payment' as kind,
        order_id as document_id,
        line_id,
        '' as part_id,
        customer_id as party_id,
        currency,
        case payment_basis
            when 'order' then order_date
            when 'end_of_month' then last_day(last_shipped_date)
            else last_shipped_date
        end + net_days as paid_on,
        collected_value - deposit_value as event_value,
        true as is_derived,
    from derived_lines
    where collected_value > deposit_value
    union all
    select
        'supplier_deposit' as kind,
        po_id as document_id,
        supply_id as line_id,
        '' as part_id,
        supplier_id as party_id,
        currency,
        order_date as paid_on,
        -deposit_value as event_value,
        true as is_derived,
    from derived_purchases
    where deposit_value > 0
    union all
    select
        'supplier_payment' as kind,
        po_id as document_id,
        supply_id as line_id,
        cast(received_date as varchar) as part_id,
        supplier_id as party_id,
        currency,
        paid_on,
        -paid_value as event_value,
        true as is_derived,
    from derived_receipts
    where paid_value > 0
)

select
    united.kind as kind, -- deposit, payment, refund; supplier_deposit, _payment, _refund
    united.document_id as document_id, -- sales order or purchase order
    united.line_id as line_id, -- line or supply of a derived movement; payments are of orders
    united.part_id as part_id, -- payment document, or day of receipt of a derived movement
    united.party_id as party_id, -- customer or supplier
    united.currency as currency, -- ISO 4217 code of the amount
    united.paid_on as paid_on, -- day the money moved
    cast(united.event_value as decimal(18, 2))
        as event_value, -- money in; out is negative; empty when the currency has no rate
    united.is_derived as is_derived -- follows from terms: no payment is recorded
from united
cross join since
where united.paid_on > since.since_date and united.paid_on <= since.as_of
