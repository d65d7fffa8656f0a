-- One row per open order line: what is held and still to come for it, and for how long its
-- customer's money finances its supplier.
-- Float days = mean day the suppliers are paid - mean day the customer pays, each by amount, of the
-- part that purchase orders fill; positive: the customer pays first. Float value = what the
-- suppliers get x days x cost of capital / 365. Empty where no purchase order of known cost and day
-- fills any of it: of stock and own production nobody knows when they were paid for.
-- grain: order_id, line_id
-- store: table
-- scenario: view
with

purchases as (
    select
        pegged.order_id,
        pegged.line_id,
        sum(cast(pegged.part_value as double)) as part_value,
        sum(cast(pegged.part_value as double) * pegged.customer_day)
        / nullif(sum(cast(pegged.part_value as double)), 0) as customer_day,
        sum(cast(pegged.part_qty as double) / cast(coming.open_qty as double)
        * cast(coming.open_value as double)) as cost_value,
        sum(cast(pegged.part_qty as double) / cast(coming.open_qty as double)
        * cast(coming.open_value as double) * coming.supplier_day)
        / nullif(sum(cast(pegged.part_qty as double) / cast(coming.open_qty as double)
        * cast(coming.open_value as double)), 0) as supplier_day,
        sum(cast(pegged.part_qty as double) / cast(coming.open_qty as double)
        * cast(coming.prepaid_value as double)) as prepaid_value,
    from cash_flow.pegged as pegged
    inner join cash_flow.coming as coming on pegged.supply_id = coming.supply_id
    where coming.supplier_day is not null and pegged.customer_day is not null
    group by pegged.order_id, pegged.line_id
),

to_come as (
    select
        order_id,
        line_id,
        sum(deposit_value + balance_value) as to_come_value,
        sum(case when balance_date is null then balance_value else 0 end) as undated_value,
        case when count(*) = count(balance_date) then max(balance_date) end as last_date,
        case when count(*) = count(balance_p80_date) then max(balance_p80_date) end
            as last_p80_date,
        case when count(*) = count(balance_p95_date) then max(balance_p95_date) end
            as last_p95_date,
    from cash_flow.pegged
    group by order_id, line_id
)

select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.customer_id as customer_id, -- customer who ordered
    lines.customer_name as customer_name, -- name of the customer
    lines.item_id as item_id, -- item sold
    lines.item_name as item_name, -- name of the item
    lines.supplier_id as supplier_id, -- usual supplier of the item
    cash.currency as currency, -- ISO 4217 code of the price
    lines.is_planned as is_planned, -- waits on purpose
    lines.backordered_qty > 0 as is_backordered, -- a part is due by now that stock cannot fill
    lines.order_date as order_date, -- day the order was accepted
    lines.open_value as open_value, -- value of the backlog
    cast(cash.held_value - cash.refund_value as decimal(18, 2))
        as held_value, -- paid already for what is open
    cast(to_come.to_come_value as decimal(18, 2))
        as to_come_value, -- still to be paid for what is open
    cast(to_come.undated_value as decimal(18, 2))
        as undated_value, -- part of it without a day: no supply is known, or its day is not
    to_come.last_date as paid_date, -- day the last of it comes in; empty unless all has a day
    to_come.last_p80_date
        as paid_p80_date, -- the same if supply comes on the day that 80 % keep
    to_come.last_p95_date
        as paid_p95_date, -- the same if supply comes on the day that 95 % keep
    cast(purchases.part_value as decimal(18, 2))
        as financed_value, -- value of the part that purchase orders of known cost and day fill
    cast(purchases.cost_value as decimal(18, 2)) as cost_value, -- what its suppliers get for it
    cast(purchases.prepaid_value as decimal(18, 2))
        as prepaid_value, -- part of that which they have already
    date '2000-01-01' + cast(round(purchases.customer_day) as integer)
        as customer_pays_date, -- mean day the customer pays for that part, by amount
    date '2000-01-01' + cast(round(purchases.supplier_day) as integer)
        as supplier_paid_date, -- mean day its suppliers are paid, by amount
    purchases.supplier_day - purchases.customer_day
        as float_days, -- days the customer pays before the supplier is paid; negative: after
    cast(
        purchases.cost_value * (purchases.supplier_day - purchases.customer_day)
        * levers.capital_cost_rate / 365 as decimal(18, 2)
    ) as float_value, -- what that is worth: cost x days x cost of capital / 365
    cash.payment_terms_id as payment_terms_id, -- terms of the customer; empty when unknown
    cash.is_terms_known as is_terms_known, -- they are in the payment terms loaded
    cash.is_derived as is_derived, -- what is held follows from terms: no payments are recorded
    cash.unknown_reason as unknown_reason -- why what is held is unknown; empty when it is known
from backlog.measured as lines
inner join core.line_cash as cash
    on lines.order_id = cash.order_id
    and lines.line_id = cash.line_id
cross join core.levers as levers
left join purchases
    on lines.order_id = purchases.order_id
    and lines.line_id = purchases.line_id
left join to_come
    on lines.order_id = to_come.order_id
    and lines.line_id = to_come.line_id
