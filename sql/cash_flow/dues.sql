-- One row per delivery that is not paid yet: what customers owe us for goods shipped, and what we
-- owe suppliers for goods received, with the day it is due.
-- Of a line delivered in parts the last ones count as unpaid. Where no record tells the day of
-- delivery, the day due is unknown. Unknown cash (core.line_cash, cash_flow.purchases) is left out.
-- grain: side, document_id, line_id, delivered_date
-- store: table
with

lines as (
    select
        'customer' as side,
        order_id as document_id,
        line_id,
        receivable_value as due_value,
    from core.line_cash
    where receivable_value > 0
    union all
    select
        'supplier' as side,
        po_id as document_id,
        supply_id as line_id,
        payable_value as due_value,
    from cash_flow.purchases
    where payable_value > 0
),

deliveries as (
    select
        'customer' as side,
        shipments.order_id as document_id,
        shipments.line_id,
        shipments.shipped_date as delivered_date,
        sum(cast(shipments.shipped_qty as double)) as delivered_qty,
    from core.line_shipments as shipments
    where
        (shipments.order_id, shipments.line_id) in (
            select (document_id, line_id) from lines where side = 'customer'
        )
    group by shipments.order_id, shipments.line_id, shipments.shipped_date
    union all
    select
        'supplier' as side,
        lines.document_id,
        lines.line_id,
        receipts.received_date as delivered_date,
        sum(cast(receipts.accepted_qty as double)) as delivered_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    inner join lines
        on receipts.supply_id = lines.line_id
        and lines.side = 'supplier'
    group by lines.document_id, lines.line_id, receipts.received_date
),

values_delivered as (
    select
        deliveries.side,
        deliveries.document_id,
        deliveries.line_id,
        deliveries.delivered_date,
        deliveries.delivered_qty * cast(order_lines.unit_price as double) as delivered_value,
    from deliveries
    inner join core.order_lines as order_lines
        on deliveries.document_id = order_lines.order_id
        and deliveries.line_id = order_lines.line_id
    where deliveries.side = 'customer' and deliveries.delivered_qty > 0
    union all
    select
        deliveries.side,
        deliveries.document_id,
        deliveries.line_id,
        deliveries.delivered_date,
        deliveries.delivered_qty * cast(orders.unit_cost as double) as delivered_value,
    from deliveries
    inner join core.supply_orders as orders on deliveries.line_id = orders.supply_id
    where deliveries.side = 'supplier' and deliveries.delivered_qty > 0
),

-- The last deliveries of a line are those not paid: cumulated from the newest back.
newest_first as (
    select
        lines.side,
        lines.document_id,
        lines.line_id,
        lines.due_value,
        delivered.delivered_date,
        cast(
            least(
                sum(delivered.delivered_value) over (
                    partition by lines.side, lines.document_id, lines.line_id
                    order by delivered.delivered_date desc
                    rows between unbounded preceding and current row
                ),
                lines.due_value
            ) as decimal(18, 2)
        ) as so_far_value,
    from lines
    inner join values_delivered as delivered
        on lines.side = delivered.side
        and lines.document_id = delivered.document_id
        and lines.line_id = delivered.line_id
),

parts as (
    select
        side,
        document_id,
        line_id,
        delivered_date,
        so_far_value - lag(so_far_value, 1, 0) over (
            partition by side, document_id, line_id order by delivered_date desc
        ) as due_value,
    from newest_first
),

dated as (
    select side, document_id, line_id, sum(due_value) as due_value
    from parts
    group by side, document_id, line_id
),

united as (
    select side, document_id, line_id, delivered_date, due_value
    from parts
    where due_value > 0
    union all
    select
        lines.side,
        lines.document_id,
        lines.line_id,
        cast(null as date) as delivered_date,
        lines.due_value - coalesce(dated.due_value, 0) as due_value,
    from lines
    left join dated
        on lines.side = dated.side
        and lines.document_id = dated.document_id
        and lines.line_id = dated.line_id
    where lines.due_value > coalesce(dated.due_value, 0)
),

with_terms as (
    select
        united.side,
        united.document_id,
        united.line_id,
        cash.customer_id as party_id,
        cash.currency,
        united.delivered_date,
        case cash.payment_basis
            when 'order' then order_lines.order_date
            when 'receipt' then united.delivered_date + transit.transit_days
            when 'end_of_month' then last_day(united.delivered_date)
            else united.delivered_date
        end + cash.net_days as due_date,
        united.due_value,
        cash.is_terms_known,
        cash.is_derived,
    from united
    inner join core.line_cash as cash
        on united.document_id = cash.order_id
        and united.line_id = cash.line_id
    inner join core.order_lines as order_lines
        on united.document_id = order_lines.order_id
        and united.line_id = order_lines.line_id
    cross join core.customer_transit as transit
    where united.side = 'customer'
    union all
    select
        united.side,
        united.document_id,
        united.line_id,
        cash.supplier_id as party_id,
        cash.currency,
        united.delivered_date,
        case cash.payment_basis
            when 'order' then cash.order_date
            when 'ship' then coalesce(cash.shipped_date, united.delivered_date)
            when 'invoice' then coalesce(cash.shipped_date, united.delivered_date)
            when 'end_of_month' then last_day(united.delivered_date)
            else united.delivered_date
        end + cash.net_days as due_date,
        united.due_value,
        cash.is_terms_known,
        cash.is_derived,
    from united
    inner join cash_flow.purchases as cash on united.line_id = cash.supply_id
    where united.side = 'supplier'
),

aged as (
    select
        with_terms.side,
        with_terms.document_id,
        with_terms.line_id,
        with_terms.party_id,
        case when with_terms.side = 'customer' then with_terms.party_id end as customer_id,
        case when with_terms.side = 'supplier' then with_terms.party_id end as supplier_id,
        with_terms.currency,
        with_terms.delivered_date,
        with_terms.due_date,
        with_terms.due_value,
        with_terms.is_terms_known,
        with_terms.is_derived,
        greatest(date_diff('day', with_terms.due_date, as_of.as_of), 0) as overdue_days,
        as_of.as_of,
    from with_terms
    cross join core.as_of as as_of
)

select
    aged.side as side, -- customer: a receivable; supplier: a payable
    aged.document_id as document_id, -- sales order or purchase order
    aged.line_id as line_id, -- line of the sales order, or supply of the purchase order
    aged.party_id as party_id, -- customer or supplier
    coalesce(customers.customer_name, suppliers.supplier_name)
        as party_name, -- name of the customer or supplier
    aged.currency as currency, -- ISO 4217 code it is invoiced in
    aged.delivered_date as delivered_date, -- day shipped or received; empty when unknown
    aged.due_date as due_date, -- day payment is due by the terms; empty when unknown
    cast(aged.overdue_days as integer)
        as overdue_days, -- days past that day, 0 when not yet; empty when unknown
    case
        when aged.due_date is null then 'no date'
        when aged.due_date >= aged.as_of then 'not due'
        else buckets.bucket
    end as ageing_bucket, -- ageing bucket of the days overdue
    case
        when aged.due_date is null then 100
        when aged.due_date >= aged.as_of then 0
        else buckets.bucket_rank
    end as bucket_rank, -- order of the bucket: not due first, then the youngest
    cast(aged.due_value as decimal(18, 2)) as due_value, -- delivered and not paid
    case
        when aged.due_date > aged.as_of then aged.due_date
        when aged.due_date is null then null
        when aged.side = 'supplier' or aged.due_date = aged.as_of then aged.as_of + 1
        else aged.as_of + levers.overdue_collected_days
    end as expected_date, -- day it is expected to be paid
    aged.is_terms_known as is_terms_known, -- due by terms that are loaded; else by an assumption
    aged.is_derived as is_derived -- follows from terms: no payments are recorded
from aged
cross join core.levers as levers
left join core.customers as customers on aged.customer_id = customers.customer_id
left join core.suppliers as suppliers on aged.supplier_id = suppliers.supplier_id
left join core.ageing_buckets as buckets
    on aged.overdue_days >= buckets.from_days
    and aged.overdue_days <= coalesce(buckets.to_days, aged.overdue_days)
