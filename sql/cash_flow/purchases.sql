-- One row per purchase order line whose cash is not settled: open, received and not paid yet, or
-- paid and not to come. The mirror of core.line_cash.
-- Lines share what core.settlements tells of their order in proportion to their values. Derived
-- from terms, where no payment of the order can be recorded: goods received count as paid on the
-- day the terms say. What was refused, cancelled or closed short is not owed. Own production costs
-- no cash of its own here.
-- grain: supply_id
-- store: table
with

lines as (
    select
        orders.supply_id,
        orders.document_id,
        orders.supplier_id,
        orders.order_date,
        settled.is_derived,
        settled.is_unknown,
        settled.is_payment_rate_missing,
        settled.paid_day,
        settled.settled_value as order_settled_value,
        settled.open_value as order_open_value,
        settled.cancelled_value as order_cancelled_value,
        settled.paid_settled_value,
        settled.held_open_value,
        settled.owed_back_value,
        orders.unit_cost,
        cast(orders.accepted_qty as double) * cast(orders.unit_cost as double)
            as received_value,
        cast(orders.open_qty as double) * cast(orders.unit_cost as double) as open_value,
        cast(greatest(orders.ordered_qty - orders.accepted_qty - orders.open_qty, 0) as double)
        * cast(orders.unit_cost as double) as cancelled_value,
    from core.supply_orders as orders
    inner join core.settlements as settled
        on orders.document_id = settled.document_id
        and settled.side = 'supplier'
    where orders.supply_kind = 'purchase_order'
),

line_terms as (
    select
        lines.supply_id,
        purchases.currency,
        purchases.shipped_date,
        date_diff('day', purchases.planned_ship_date, purchases.promised_date)
            as transit_days,
        purchases.is_rate_missing,
        purchases.is_uom_unknown,
        terms.payment_terms_id,
        coalesce(terms.basis, 'receipt') as payment_basis,
        coalesce(terms.net_days, levers.supplier_net_days) as net_days,
        cast(coalesce(purchases.deposit_rate, terms.deposit_rate, 0) as double)
            as deposit_rate,
        terms.payment_terms_id is not null as is_terms_known,
        purchases.deposit_rate is not null or terms.payment_terms_id is not null
            as is_deposit_known,
    from lines
    inner join core.purchase_lines as purchases on lines.supply_id = purchases.supply_id
    cross join core.levers as levers
    left join contract.suppliers as suppliers
        on purchases.supplier_id = suppliers.supplier_id
    left join contract.payment_terms as terms
        on coalesce(purchases.payment_terms_id, suppliers.payment_terms_id)
        = terms.payment_terms_id
),

-- Of derived lines: what came in and is not due yet.
not_due as (
    select
        lines.supply_id,
        sum(
            cast(receipts.accepted_qty as double) * cast(lines.unit_cost as double)
        ) as received_value,
    from lines
    inner join line_terms as terms on lines.supply_id = terms.supply_id
    inner join core.receipts as receipts on lines.supply_id = receipts.supply_id
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    where
        lines.is_derived
        and case terms.payment_basis
            when 'order' then lines.order_date
            when 'ship' then coalesce(terms.shipped_date, receipts.received_date)
            when 'invoice' then coalesce(terms.shipped_date, receipts.received_date)
            when 'end_of_month' then last_day(receipts.received_date)
            else receipts.received_date
        end + terms.net_days > as_of.as_of
    group by lines.supply_id
),

shared as (
    select
        lines.supply_id,
        lines.document_id,
        lines.supplier_id,
        lines.order_date,
        lines.is_derived,
        lines.paid_day,
        case
            when
                lines.is_payment_rate_missing
                or lines.unit_cost is null and terms.is_rate_missing
                then 'currency without an exchange rate'
            when lines.unit_cost is null and terms.is_uom_unknown
                then 'unit without a conversion'
            when lines.unit_cost is null then 'no price'
            when lines.is_unknown then 'another line of the order'
            when
                lines.is_derived
                and (
                    lines.open_value > 0 and not terms.is_deposit_known
                    or lines.received_value > 0 and not terms.is_terms_known
                )
                then 'no payments and no terms'
        end as unknown_reason,
        lines.received_value,
        lines.open_value,
        lines.cancelled_value,
        case
            when lines.is_derived
                then least(coalesce(not_due.received_value, 0), lines.received_value)
                    * (1 - terms.deposit_rate)
            when lines.order_settled_value > 0
                then greatest(
                    lines.received_value
                    * (1 - lines.paid_settled_value / lines.order_settled_value),
                    0
                )
            else 0
        end as payable_value,
        case
            when lines.is_derived
                then lines.open_value
                    * case
                        when
                            terms.payment_basis = 'order'
                            and lines.order_date + terms.net_days <= as_of.as_of
                            then 1
                        else terms.deposit_rate
                    end
            when lines.order_open_value > 0
                then lines.held_open_value * lines.open_value / lines.order_open_value
            else 0
        end as prepaid_value,
        case
            when not lines.is_derived and lines.order_cancelled_value > 0
                then lines.owed_back_value * lines.cancelled_value
                    / lines.order_cancelled_value
            else 0
        end as supplier_credit_value,
        terms.currency,
        terms.shipped_date,
        terms.transit_days,
        terms.payment_terms_id,
        terms.payment_basis,
        terms.net_days,
        terms.deposit_rate,
        terms.is_terms_known,
    from lines
    inner join line_terms as terms on lines.supply_id = terms.supply_id
    cross join core.as_of as as_of
    left join not_due on lines.supply_id = not_due.supply_id
)

select
    supply_id, -- name of the line among all supplies
    document_id as po_id, -- purchase order
    supplier_id, -- supplier ordered from
    order_date, -- day the purchase order was placed
    shipped_date, -- day the supplier shipped
    cast(greatest(coalesce(transit_days, 0), 0) as integer)
        as transit_days, -- days from shipment to receipt as planned; 0 when nobody tells
    currency, -- ISO 4217 code of the price
    payment_terms_id, -- terms of the line, else of its supplier; empty when unknown
    payment_basis, -- what the days are counted from: order, ship, receipt, invoice, end_of_month
    cast(net_days as integer)
        as net_days, -- days from it until payment is due; an assumption when terms are unknown
    cast(deposit_rate as decimal(9, 6))
        as deposit_rate, -- share due at order, 0-1; nothing when nobody tells of a deposit
    is_terms_known, -- the terms are in the payment terms loaded
    is_derived, -- what was paid is derived from terms: no payments are recorded
    unknown_reason, -- why the cash of the line is unknown; empty when it is known
    paid_day, -- mean day of the order's payments, in days since 2000-01-01; empty without any
    cast(received_value as decimal(18, 2))
        as received_value, -- value received and not refused
    cast(open_value as decimal(18, 2)) as open_value, -- value still to come
    cast(cancelled_value as decimal(18, 2))
        as cancelled_value, -- value cancelled, refused or closed short
    cast(case when unknown_reason is null then payable_value end as decimal(18, 2))
        as payable_value, -- received and not paid yet
    cast(case when unknown_reason is null then prepaid_value end as decimal(18, 2))
        as prepaid_value, -- paid for what is still to come
    cast(case when unknown_reason is null then supplier_credit_value end as decimal(18, 2))
        as supplier_credit_value -- paid for what will not come: the supplier owes it
from shared
