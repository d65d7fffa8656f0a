-- One row per payment made by the as-of date, in the reporting currency at the rate of that date:
-- from a customer for a sales order, or to a supplier for a purchase order.
-- A refund is negative, whichever way the export writes it. In a currency without a rate the value
-- is unknown.
-- grain: payment_id
with

signed as (
    select
        payments.payment_id,
        case
            when payments.po_id is null or payments.direction = 'in' then payments.order_id
        end as order_id,
        case
            when payments.order_id is null or payments.direction = 'out' then payments.po_id
        end as po_id,
        payments.paid_on,
        payments.currency,
        payments.amount,
        coalesce(
            case when payments.amount < 0 then 'refund' end,
            case
                when (payments.order_id is null and payments.direction = 'in')
                or (payments.po_id is null and payments.direction = 'out')
                    then 'refund'
            end,
            payments.kind,
            'payment'
        ) as kind,
    from contract.payments as payments
    inner join core.as_of as as_of on payments.paid_on <= as_of.as_of
)

select
    signed.payment_id as payment_id, -- payment document
    signed.order_id as order_id, -- sales order a customer paid; empty for suppliers
    signed.po_id as po_id, -- purchase order a supplier was paid for; empty for customers
    signed.paid_on as paid_on, -- day the money moved
    signed.kind as kind, -- deposit, payment or refund
    signed.currency as currency, -- ISO 4217 code of the amount
    cast(
        cast(
            case signed.kind when 'refund' then -abs(signed.amount) else signed.amount end
            as double
        ) * cast(rates.to_reporting_rate as double) as decimal(18, 2)
    ) as paid_value -- reporting currency; negative for a refund; empty when no rate is known
from signed
left join core.exchange_rates as rates on signed.currency = rates.currency
