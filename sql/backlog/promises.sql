-- One row per open order line: the day stock could fill all of it, with 50, 80 and 95 %, how likely
-- that is by the day promised, and the day to promise instead. How much comes when is in
-- backlog.pegs.
-- A line is filled with the latest of its pegs; a line not due yet is not kept back. How likely the
-- promise is kept: backlog.deadlines. Holds are taken as lifted. Empty where a part is pegged to
-- nothing, or to an order without a date.
-- grain: order_id, line_id
-- store: table
with

filled as (
    select
        order_id,
        line_id,
        sum(pegged_qty) as pegged_qty,
        case when count(*) = count(expected_date) then max(expected_date) end
            as fill_p50_date,
        case when count(*) = count(expected_p80_date) then max(expected_p80_date) end
            as fill_p80_date,
        case when count(*) = count(expected_p95_date) then max(expected_p95_date) end
            as fill_p95_date,
    from core.pegs
    group by order_id, line_id
),

chances as (
    select order_id, line_id, kept_rate
    from backlog.deadlines
    where deadline_kind = 'promise'
),

answered as (
    select
        lines.order_id,
        lines.line_id,
        filled.pegged_qty,
        coalesce(filled.pegged_qty = lines.open_qty, false) as is_pegged,
        filled.fill_p50_date,
        filled.fill_p80_date,
        filled.fill_p95_date,
        chances.kept_rate,
    from backlog.measured as lines
    left join filled
        on lines.order_id = filled.order_id
        and lines.line_id = filled.line_id
    left join chances
        on lines.order_id = chances.order_id
        and lines.line_id = chances.line_id
)

select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.customer_id as customer_id, -- customer who ordered
    lines.customer_name as customer_name, -- name of the customer
    lines.item_id as item_id, -- item sold
    lines.item_name as item_name, -- name of the item
    lines.first_promised_date as first_promised_date, -- first day promised
    lines.promised_date as promised_date, -- day promised now
    lines.due_date as due_date, -- day requested, else promised, else ordered
    lines.open_qty as open_qty, -- backlog
    lines.open_value as open_value, -- value of the backlog
    cast(
        case when lines.open_qty is not null then coalesce(answered.pegged_qty, 0) end
        as decimal(18, 4)
    ) as pegged_qty, -- part that stock or open orders fill
    case when answered.is_pegged then answered.fill_p50_date end
        as fill_p50_date, -- day stock could fill all of it: as likely before as after
    case when answered.is_pegged then answered.fill_p80_date end
        as fill_p80_date, -- day by which it could with 80 %
    case when answered.is_pegged then answered.fill_p95_date end
        as fill_p95_date, -- day by which it could with 95 %
    case
        when lines.promised_date < as_of.as_of then 0
        when answered.is_pegged then answered.kept_rate
    end as promise_kept_rate, -- chance that all of it is there by the day promised
    case
        when
            answered.is_pegged
            and (
                lines.promised_date is null
                or lines.promised_date < answered.fill_p80_date
            )
            then answered.fill_p80_date
    end as repromise_date, -- day to promise instead, that holds with 80 %; empty if not needed
    lines.hold_reason is not null as is_held, -- may not ship, whatever comes
    lines.hold_reason as hold_reason -- why
from backlog.measured as lines
inner join answered
    on lines.order_id = answered.order_id
    and lines.line_id = answered.line_id
cross join core.as_of as as_of
