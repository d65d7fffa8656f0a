-- One row per open purchase order line of known cost, or added by a scenario: what its supplier
-- still has to be paid for what is to come, and when. A deposit that is due and not paid goes out
-- tomorrow, the rest by the terms, counted from the day the goods are expected. The lever
-- supplier_net_days_added, and a scenario's terms of one supplier, count for all of it. Of lines
-- without payments and terms nothing counts as paid.
-- grain: supply_id
-- store: table
with

changed_terms as (
    select subject_id as supplier_id, sum(amount) as days
    from core.changes
    where change = 'supplier_terms_days'
    group by subject_id
),

lines as (
    select
        cash.supply_id,
        cash.po_id,
        cash.supplier_id,
        cash.currency,
        cash.order_date,
        orders.item_id,
        orders.supply_qty as open_qty,
        cast(cash.open_value as double) as open_value,
        coalesce(cast(cash.prepaid_value as double), 0) as prepaid_value,
        round(
            cast(cash.deposit_rate as double) * cast(cash.open_value as double)
            - coalesce(cast(cash.prepaid_value as double), 0),
            2
        ) as missing_value,
        cash.paid_day,
        cash.payment_basis,
        cast(
            greatest(
                cash.net_days
                + levers.supplier_net_days_added
                + coalesce(changed_terms.days, 0),
                0
            ) as integer
        ) as net_days,
        cash.is_terms_known,
        cash.is_derived,
        cash.transit_days,
        cash.shipped_date,
        orders.expected_date,
        as_of.as_of,
    from cash_flow.purchases as cash
    inner join core.expected_supply as orders on cash.supply_id = orders.supply_id
    cross join core.levers as levers
    cross join core.as_of as as_of
    left join changed_terms on cash.supplier_id = changed_terms.supplier_id
    where
        cash.open_value is not null
        and coalesce(cash.unknown_reason, '') in ('', 'no payments and no terms')
    union all
    select
        orders.supply_id,
        orders.document_id as po_id,
        orders.supplier_id,
        as_of.reporting_currency as currency,
        as_of.as_of as order_date,
        orders.item_id,
        orders.supply_qty as open_qty,
        cast(orders.supply_qty as double) * cast(orders.unit_cost as double) as open_value,
        0 as prepaid_value,
        round(
            cast(coalesce(terms.deposit_rate, 0) as double)
            * cast(orders.supply_qty as double)
            * cast(orders.unit_cost as double),
            2
        ) as missing_value,
        cast(null as integer) as paid_day,
        coalesce(terms.basis, 'receipt') as payment_basis,
        cast(
            greatest(
                coalesce(terms.net_days, levers.supplier_net_days)
                + levers.supplier_net_days_added
                + coalesce(changed_terms.days, 0),
                0
            ) as integer
        ) as net_days,
        terms.payment_terms_id is not null as is_terms_known,
        true as is_derived,
        0 as transit_days,
        cast(null as date) as shipped_date,
        orders.expected_date,
        as_of.as_of,
    from core.expected_supply as orders
    cross join core.levers as levers
    cross join core.as_of as as_of
    left join contract.suppliers as suppliers on orders.supplier_id = suppliers.supplier_id
    left join contract.payment_terms as terms
        on suppliers.payment_terms_id = terms.payment_terms_id
    left join changed_terms on orders.supplier_id = changed_terms.supplier_id
    where orders.slip_basis = 'scenario' and orders.unit_cost is not null
),

dated as (
    select
        supply_id,
        po_id,
        supplier_id,
        currency,
        item_id,
        order_date,
        open_qty,
        open_value,
        prepaid_value,
        case when missing_value >= 0.05 then missing_value else 0 end as deposit_value,
        paid_day,
        is_terms_known,
        is_derived,
        case payment_basis
            when 'order' then order_date
            when 'ship' then coalesce(shipped_date, expected_date - transit_days)
            when 'invoice' then coalesce(shipped_date, expected_date - transit_days)
            when 'end_of_month' then last_day(expected_date)
            else expected_date
        end + net_days as p50_date,
        as_of,
    from lines
)

select
    supply_id, -- name of the line among all supplies
    po_id, -- purchase order
    supplier_id, -- supplier ordered from
    item_id, -- item ordered
    currency, -- ISO 4217 code of the price
    open_qty, -- quantity still to come
    cast(open_value as decimal(18, 2)) as open_value, -- its cost
    cast(prepaid_value as decimal(18, 2)) as prepaid_value, -- paid for it already
    cast(deposit_value as decimal(18, 2)) as deposit_value, -- deposit due and not paid
    cast(open_value as decimal(18, 2))
    - cast(prepaid_value as decimal(18, 2))
    - cast(deposit_value as decimal(18, 2)) as balance_value, -- to be paid after that
    case when p50_date is not null then greatest(p50_date, as_of + 1) end
        as balance_date, -- day the balance is paid: as likely before as after; empty if unknown
    case
        when open_value > 0 and p50_date is not null
            then (
                prepaid_value * coalesce(
                    paid_day, date_diff('day', date '2000-01-01', order_date)
                )
                + deposit_value * (date_diff('day', date '2000-01-01', as_of) + 1)
                + (open_value - prepaid_value - deposit_value)
                * date_diff('day', date '2000-01-01', greatest(p50_date, as_of + 1))
            ) / open_value
    end as supplier_day, -- mean day the supplier is paid, by amount, in days since 2000-01-01
    is_terms_known, -- the terms are in the payment terms loaded
    is_derived -- what is paid follows from terms: no payments are recorded
from dated
