-- One row per cash movement still to come: what customers and suppliers are to be paid, or pay, for
-- what is accepted, delivered or ordered by now. New orders are not assumed.
-- Stressed, customers' goods come on the days that 80 or 95 % keep, and so does their money; what is
-- to be paid is paid as likely as not: late supply is no relief to count on.
-- grain: kind, document_id, line_id, part_id
-- store: table
with

tomorrow as (
    select as_of.as_of + 1 as day, as_of.as_of + levers.refund_days as refund_date
    from core.as_of as as_of
    cross join core.levers as levers
),

deposits as (
    select
        order_id,
        line_id,
        any_value(customer_id) as customer_id,
        any_value(currency) as currency,
        sum(deposit_value) as deposit_value,
        bool_and(is_terms_known) as is_terms_known,
        bool_or(is_derived) as is_derived,
    from cash_flow.pegged
    group by order_id, line_id
    having sum(deposit_value) > 0
),

united as (
    select
        case side when 'customer' then 'receivable' else 'payable' end as kind,
        document_id,
        line_id,
        coalesce(cast(delivered_date as varchar), '(no date)') as part_id,
        party_id,
        currency,
        case side when 'customer' then due_value else -due_value end as event_value,
        expected_date as p50_date,
        expected_date as p80_date,
        expected_date as p95_date,
        is_terms_known,
        is_derived,
    from cash_flow.dues
    union all
    select
        'deposit' as kind,
        deposits.order_id as document_id,
        deposits.line_id,
        '' as part_id,
        deposits.customer_id as party_id,
        deposits.currency,
        deposits.deposit_value as event_value,
        tomorrow.day as p50_date,
        tomorrow.day as p80_date,
        tomorrow.day as p95_date,
        deposits.is_terms_known,
        deposits.is_derived,
    from deposits
    cross join tomorrow
    union all
    select
        'balance' as kind,
        order_id as document_id,
        line_id,
        supply_id as part_id,
        customer_id as party_id,
        currency,
        balance_value as event_value,
        balance_date as p50_date,
        balance_p80_date as p80_date,
        balance_p95_date as p95_date,
        is_terms_known,
        is_derived,
    from cash_flow.pegged
    where balance_value <> 0
    union all
    select
        'refund' as kind,
        cash.order_id as document_id,
        cash.line_id,
        '' as part_id,
        cash.customer_id as party_id,
        cash.currency,
        -cash.refund_value as event_value,
        tomorrow.refund_date as p50_date,
        tomorrow.refund_date as p80_date,
        tomorrow.refund_date as p95_date,
        cash.is_terms_known,
        cash.is_derived,
    from core.line_cash as cash
    cross join tomorrow
    where cash.refund_value > 0
    union all
    select
        'supplier_deposit' as kind,
        coming.po_id as document_id,
        coming.supply_id as line_id,
        '' as part_id,
        coming.supplier_id as party_id,
        coming.currency,
        -coming.deposit_value as event_value,
        tomorrow.day as p50_date,
        tomorrow.day as p80_date,
        tomorrow.day as p95_date,
        coming.is_terms_known,
        coming.is_derived,
    from cash_flow.coming as coming
    cross join tomorrow
    where coming.deposit_value > 0
    union all
    select
        'supplier_balance' as kind,
        po_id as document_id,
        supply_id as line_id,
        '' as part_id,
        supplier_id as party_id,
        currency,
        -balance_value as event_value,
        balance_date as p50_date,
        balance_date as p80_date,
        balance_date as p95_date,
        is_terms_known,
        is_derived,
    from cash_flow.coming
    where balance_value <> 0
)

select
    kind, -- receivable, deposit, balance, refund; payable, supplier_deposit, supplier_balance
    document_id, -- sales order or purchase order
    line_id, -- line of the sales order, or supply of the purchase order
    part_id, -- supply or day of delivery that the part hangs on; empty where there are no parts
    party_id, -- customer or supplier
    currency, -- ISO 4217 code it is invoiced in
    cast(event_value as decimal(18, 2)) as event_value, -- money in; out is negative
    p50_date, -- day it moves: as likely before as after; empty when unknown
    p80_date, -- the same if customers' goods come on the day that 80 % keep
    p95_date, -- the same if customers' goods come on the day that 95 % keep
    is_terms_known, -- dated by terms that are loaded; else by an assumption
    is_derived -- what is paid already follows from terms: no payments are recorded
from united
