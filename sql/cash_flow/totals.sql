-- The cash of the backlog in one row: what is held, owed and to come, the lowest balance ahead and
-- the funding gap, how long customers' money finances suppliers, and what is not known.
-- grain: one row
-- store: table
with

totals as (
    select
        max(derived_lines) as derived_lines,
        max(held_value) as held_value,
        max(payable_overdue_value) as payable_overdue_value,
        max(payable_value) as payable_value,
        max(prepaid_value) as prepaid_value,
        max(rate_missing_lines) as rate_missing_lines,
        max(receivable_overdue_value) as receivable_overdue_value,
        max(receivable_value) as receivable_value,
        max(refund_value) as refund_value,
        max(supplier_credit_value) as supplier_credit_value,
        max(terms_unknown_lines) as terms_unknown_lines,
        max(unknown_lines) as unknown_lines,
    from cash_flow.by_dimension
    where dimension = 'total'
),

past as (
    select
        count(*) as events,
        sum(case when is_derived then 1 else 0 end) as derived_events,
        sum(case when event_value is null then 1 else 0 end) as rate_missing_events,
    from cash_flow.past
),

recorded as (
    select
        coalesce(bool_or(order_id is not null), false) as has_customer_payments,
        coalesce(bool_or(po_id is not null), false) as has_supplier_payments,
    from core.payments
),

lines_known as (
    select
        count(*) as lines,
        sum(case when unknown_reason is null then 1 else 0 end) as known_lines,
    from core.line_cash
),

purchases_known as (
    select
        count(*) as lines,
        sum(case when unknown_reason is null then 1 else 0 end) as known_lines,
    from cash_flow.purchases
)

select
    levers.opening_balance as opening_balance, -- balance at the end of the as-of date: a lever
    case when lines_known.known_lines > 0 or lines_known.lines = 0
        then coalesce(totals.held_value, 0) end
        as held_value, -- contract liability: held for units not delivered; empty when all unknown
    case when lines_known.known_lines > 0 or lines_known.lines = 0
        then coalesce(totals.refund_value, 0) end
        as refund_value, -- refund liability: part of it to pay back, for units cancelled
    case when lines_known.known_lines > 0 or lines_known.lines = 0
        then coalesce(totals.receivable_value, 0) end
        as receivable_value, -- delivered and not paid by customers
    case when lines_known.known_lines > 0 or lines_known.lines = 0
        then coalesce(totals.receivable_overdue_value, 0) end
        as receivable_overdue_value, -- part of it past the day due
    case when purchases_known.known_lines > 0 or purchases_known.lines = 0
        then coalesce(totals.payable_value, 0) end
        as payable_value, -- received and not paid to suppliers
    case when purchases_known.known_lines > 0 or purchases_known.lines = 0
        then coalesce(totals.payable_overdue_value, 0) end
        as payable_overdue_value, -- part of it past the day due
    case when purchases_known.known_lines > 0 or purchases_known.lines = 0
        then coalesce(totals.prepaid_value, 0) end
        as prepaid_value, -- paid to suppliers for what is still to come
    case when purchases_known.known_lines > 0 or purchases_known.lines = 0
        then coalesce(totals.supplier_credit_value, 0) end
        as supplier_credit_value, -- paid to suppliers for what will not come
    ahead.to_come_value
        as to_come_value, -- money still to come in for what is accepted or delivered
    ahead.to_pay_value
        as to_pay_value, -- money still to go out for what is ordered, received or cancelled
    ahead.in_value as in_value, -- part of it that comes in within cash_horizon_days
    ahead.out_value as out_value, -- part of it that goes out within cash_horizon_days
    ahead.undated_in_value as undated_in_value, -- to come in, nobody knows when
    ahead.undated_out_value as undated_out_value, -- to go out, nobody knows when
    ahead.later_value as later_value, -- net of what moves after cash_horizon_days
    ahead.undated_p80_value as undated_p80_value, -- to move without a day that 80 % keep
    ahead.undated_p95_value as undated_p95_value, -- to move without a day that 95 % keep
    ahead.low_balance_value
        as low_balance_value, -- lowest balance from the as-of date on; empty if nothing is known
    ahead.low_date as low_date, -- its first day
    ahead.low_balance_p80_value
        as low_balance_p80_value, -- the same if customers' goods come on the day that 80 % keep
    ahead.low_p80_date as low_p80_date, -- its day
    ahead.low_balance_p95_value
        as low_balance_p95_value, -- the same if customers' goods come on the day that 95 % keep
    ahead.low_p95_date as low_p95_date, -- its day
    ahead.funding_gap_value
        as funding_gap_value, -- money to be found by then: as likely enough as not
    ahead.funding_gap_p80_value
        as funding_gap_p80_value, -- the same if customers' goods come on the day that 80 % keep
    ahead.funding_gap_p95_value
        as funding_gap_p95_value, -- the same if customers' goods come on the day that 95 % keep
    ahead.float_days
        as float_days, -- days customers pay before suppliers are paid, by amount; negative: after
    ahead.float_value as float_value, -- what that is worth at the cost of capital
    ahead.float_cost_value
        as float_cost_value, -- what the suppliers get, of lines where both are known
    ahead.float_lines as float_lines, -- those lines
    ahead.lines as lines, -- open order lines
    recorded.has_customer_payments as has_customer_payments, -- any customer's payment is loaded
    recorded.has_supplier_payments as has_supplier_payments, -- any supplier's payment is loaded
    past.events as past_events, -- movements of the last cash_history_days
    past.derived_events as derived_events, -- those that follow from terms
    coalesce(past.rate_missing_events, 0)
        as rate_missing_payments, -- payments in a currency without a rate: left out
    coalesce(totals.unknown_lines, 0)
        as unknown_lines, -- lines sold or bought whose cash is unknown: left out
    coalesce(totals.rate_missing_lines, 0)
        as rate_missing_lines, -- those of them in a currency without a rate
    coalesce(totals.terms_unknown_lines, 0)
        as terms_unknown_lines, -- lines sold or bought without terms: dated by an assumption
    coalesce(totals.derived_lines, 0)
        as derived_lines, -- lines sold or bought whose payments follow from terms
    cycle.stock_days as stock_days, -- days of stock
    cycle.receivable_days as receivable_days, -- days until customers pay
    cycle.payable_days as payable_days, -- days until suppliers are paid
    cycle.cycle_days as cycle_days, -- cash conversion cycle
    cycle.adjusted_cycle_days
        as adjusted_cycle_days -- the same with what customers paid ahead taken off
from core.levers as levers
cross join cash_flow.ahead as ahead
cross join past
cross join recorded
cross join lines_known
cross join purchases_known
cross join cash_flow.cycle as cycle
cross join totals
