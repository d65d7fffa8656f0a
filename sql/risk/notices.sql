-- One row per open order line whose customer must be told of a delay: the clock of the 30-day rule
-- (Mail, Internet, or Telephone Order Merchandise Rule, 16 CFR 435), as a list to work off.
-- The clock ends on the day promised now, else notice_days after the order. A notice is due by then
-- where the line will not be filled by that day with 80 %, or nothing fills it, or it has passed.
-- It must offer to cancel. Where the new day is later than notice_days after the clock's end, or
-- not known, or it is not the first delay, silence is no consent: without the customer's word the
-- money goes back.
-- grain: order_id, line_id
with

clocks as (
    select
        lines.order_id,
        lines.line_id,
        coalesce(lines.promised_date, lines.order_date + levers.notice_days) as notice_date,
        coalesce(lines.promised_date > lines.first_promised_date, false) as is_renewed,
        case
            when promises.fill_p80_date is not null
                then greatest(promises.fill_p80_date, as_of.as_of + 1)
        end as new_date,
        as_of.as_of,
        levers.notice_days,
        levers.notice_ahead_days,
    from backlog.measured as lines
    cross join core.as_of as as_of
    cross join core.levers as levers
    inner join backlog.promises as promises
        on lines.order_id = promises.order_id
        and lines.line_id = promises.line_id
    where lines.open_qty > 0
),

late as (
    select
        order_id,
        line_id,
        notice_date,
        is_renewed,
        new_date,
        is_renewed
        or new_date is null
        or new_date > notice_date + notice_days as is_consent_needed,
        case
            when notice_date < as_of then 'overdue'
            when notice_date <= as_of + notice_ahead_days then 'due soon'
            else 'later'
        end as notice_state,
        date_diff('day', as_of, notice_date) as days_left,
    from clocks
    where notice_date < as_of or new_date is null or new_date > notice_date
)

select
    late.notice_state as notice_state, -- overdue, due soon or later
    late.notice_date as notice_date, -- day by which it ships or the customer is told
    cast(late.days_left as integer) as days_left, -- days until then; negative when it has passed
    late.order_id as order_id, -- order the line belongs to
    late.line_id as line_id, -- line within the order
    lines.customer_id as customer_id, -- customer to tell
    lines.customer_name as customer_name, -- name of the customer
    lines.item_id as item_id, -- item sold
    lines.item_name as item_name, -- name of the item
    lines.order_date as order_date, -- day the order was accepted
    lines.first_promised_date as first_promised_date, -- first day promised
    lines.promised_date as promised_date, -- day promised now
    late.new_date
        as new_date, -- day to promise instead, that holds with 80 %; empty when not known
    late.is_renewed as is_renewed, -- the promise moved before: it is not the first delay
    late.is_consent_needed
        as is_consent_needed, -- silence is no consent: without a word the money goes back
    lines.open_qty as open_qty, -- backlog
    lines.open_value as open_value, -- value of the backlog
    lines.hold_reason as hold_reason, -- why it may not ship
    cash.held_value as held_value -- paid for units not delivered
from late
inner join backlog.measured as lines
    on late.order_id = lines.order_id
    and late.line_id = lines.line_id
left join core.line_cash as cash
    on late.order_id = cash.order_id
    and late.line_id = cash.line_id
