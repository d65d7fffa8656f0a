-- One row per open order line and supply that fills a part of it, and one for the part nothing
-- fills: what the customer still has to pay for it, and when.
-- What is held already, and a deposit still to come, are taken off evenly. Goods leave on the day
-- their supply is expected, or when they fall due if that is later; holds are taken as lifted. The
-- levers customer_net_days_added and deposit_rate_added, and a scenario's terms of one customer,
-- count for what has not left yet. Of lines without payments and terms nothing counts as paid. What
-- a scenario has customers want beyond what they ordered brings no cash here: no terms are agreed.
-- grain: order_id, line_id, supply_id
-- store: table
with

changed_terms as (
    select
        subject_id as customer_id,
        sum(case when change = 'customer_days' then amount else 0 end) as days,
        sum(case when change = 'customer_deposit' then amount else 0 end) as deposit_rate,
    from core.changes
    where change in ('customer_days', 'customer_deposit')
    group by subject_id
),

valued as (
    select
        lines.order_id,
        lines.line_id,
        lines.order_date,
        lines.due_date,
        lines.open_qty,
        case
            when lines.open_qty < lines.accepted_qty
                then cast(lines.open_qty as double) / cast(lines.accepted_qty as double)
            else 1
        end as accepted_share,
    from core.waiting_lines as lines
    where lines.open_qty > 0
),

lines as (
    select
        cash.order_id,
        cash.line_id,
        cash.customer_id,
        cash.currency,
        order_lines.order_date,
        greatest(order_lines.due_date, as_of.as_of + 1) as ready_date,
        cast(order_lines.open_qty as double) as open_qty,
        cast(cash.open_value as double) * order_lines.accepted_share as open_value,
        coalesce(cast(cash.held_value - cash.refund_value as double), 0) as held_value,
        round(
            least(
                cast(cash.deposit_rate + levers.deposit_rate_added as double)
                + coalesce(changed_terms.deposit_rate, 0),
                1
            )
            * cast(cash.open_value as double) * order_lines.accepted_share
            - coalesce(cast(cash.held_value - cash.refund_value as double), 0),
            2
        ) as missing_value,
        cash.payment_basis,
        cash.paid_day,
        cast(
            greatest(
                cash.net_days
                + levers.customer_net_days_added
                + coalesce(changed_terms.days, 0),
                0
            ) as integer
        ) as net_days,
        cash.is_terms_known,
        cash.is_derived,
        transit.transit_days,
        as_of.as_of,
    from core.line_cash as cash
    inner join valued as order_lines
        on cash.order_id = order_lines.order_id
        and cash.line_id = order_lines.line_id
    cross join core.levers as levers
    cross join core.customer_transit as transit
    cross join core.as_of as as_of
    left join changed_terms on cash.customer_id = changed_terms.customer_id
    where
        cash.open_value is not null
        and coalesce(cash.unknown_reason, '') in ('', 'no payments and no terms')
),

pegged as (
    select order_id, line_id, sum(pegged_qty) as pegged_qty
    from core.pegs
    group by order_id, line_id
),

parts as (
    select
        pegs.order_id,
        pegs.line_id,
        pegs.supply_id,
        pegs.supply_kind,
        cast(pegs.pegged_qty as double) as part_qty,
        pegs.expected_date,
        pegs.expected_p80_date,
        pegs.expected_p95_date,
    from core.pegs as pegs
    union all
    select
        lines.order_id,
        lines.line_id,
        '(nothing)' as supply_id,
        '(nothing)' as supply_kind,
        lines.open_qty - coalesce(cast(pegged.pegged_qty as double), 0) as part_qty,
        cast(null as date) as expected_date,
        cast(null as date) as expected_p80_date,
        cast(null as date) as expected_p95_date,
    from lines
    left join pegged
        on lines.order_id = pegged.order_id
        and lines.line_id = pegged.line_id
    where lines.open_qty > coalesce(cast(pegged.pegged_qty as double), 0)
),

-- Most lines have one part, which ends where the line does.
divided as (
    select order_id, line_id
    from parts
    group by order_id, line_id
    having count(*) > 1
),

ends as (
    select
        parts.order_id,
        parts.line_id,
        parts.supply_id,
        sum(parts.part_qty) over (
            partition by parts.order_id, parts.line_id
            order by parts.supply_id
            rows between unbounded preceding and current row
        ) as end_qty,
    from parts
    inner join divided
        on parts.order_id = divided.order_id
        and parts.line_id = divided.line_id
),

-- Cumulated and rounded, so that the parts of a line sum to it to the cent.
laid_out as (
    select
        lines.order_id,
        lines.line_id,
        parts.supply_id,
        parts.supply_kind,
        lines.customer_id,
        lines.currency,
        lines.order_date,
        lines.open_value,
        lines.held_value,
        case when lines.missing_value >= 0.05 then lines.missing_value else 0 end
            as deposit_value,
        lines.payment_basis,
        lines.paid_day,
        lines.net_days,
        lines.is_terms_known,
        lines.is_derived,
        lines.transit_days,
        lines.as_of,
        parts.part_qty,
        parts.part_qty / lines.open_qty as part_share,
        coalesce(ends.end_qty, parts.part_qty) / lines.open_qty as end_share,
        greatest(parts.expected_date, lines.ready_date) as ship_p50_date,
        greatest(parts.expected_p80_date, lines.ready_date) as ship_p80_date,
        greatest(parts.expected_p95_date, lines.ready_date) as ship_p95_date,
        parts.expected_date is not null as is_p50_dated,
        parts.expected_p80_date is not null as is_p80_dated,
        parts.expected_p95_date is not null as is_p95_dated,
    from lines
    inner join parts
        on lines.order_id = parts.order_id
        and lines.line_id = parts.line_id
    left join ends
        on parts.order_id = ends.order_id
        and parts.line_id = ends.line_id
        and parts.supply_id = ends.supply_id
),

based as (
    select
        order_id,
        line_id,
        supply_id,
        supply_kind,
        customer_id,
        currency,
        part_qty,
        part_share,
        open_value,
        held_value,
        deposit_value,
        round(deposit_value * end_share, 2)
        - round(deposit_value * (end_share - part_share), 2) as part_deposit_value,
        round((open_value - held_value - deposit_value) * end_share, 2)
        - round(
            (open_value - held_value - deposit_value) * (end_share - part_share), 2
        ) as balance_value,
        order_date,
        paid_day,
        case when is_p50_dated then ship_p50_date end as ship_date,
        case payment_basis
            when 'order' then order_date
            when 'receipt' then ship_p50_date + transit_days
            when 'end_of_month' then last_day(ship_p50_date)
            else ship_p50_date
        end + net_days as p50_date,
        case payment_basis
            when 'order' then order_date
            when 'receipt' then ship_p80_date + transit_days
            when 'end_of_month' then last_day(ship_p80_date)
            else ship_p80_date
        end + net_days as p80_date,
        case payment_basis
            when 'order' then order_date
            when 'receipt' then ship_p95_date + transit_days
            when 'end_of_month' then last_day(ship_p95_date)
            else ship_p95_date
        end + net_days as p95_date,
        is_p50_dated or payment_basis = 'order' as is_p50_dated,
        is_p80_dated or payment_basis = 'order' as is_p80_dated,
        is_p95_dated or payment_basis = 'order' as is_p95_dated,
        is_terms_known,
        is_derived,
        as_of,
    from laid_out
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    supply_id, -- supply that fills the part; (nothing) where none does
    supply_kind, -- on_hand, purchase_order, production_order or (nothing)
    customer_id, -- customer who ordered
    currency, -- ISO 4217 code of the price
    cast(part_qty as decimal(18, 4)) as part_qty, -- quantity of the part
    cast(open_value * part_share as decimal(18, 2)) as part_value, -- its value
    cast(held_value * part_share as decimal(18, 2)) as held_value, -- paid for it already
    cast(part_deposit_value as decimal(18, 2))
        as deposit_value, -- deposit still to come for it, tomorrow
    cast(balance_value as decimal(18, 2)) as balance_value, -- to be paid after that
    ship_date, -- day it can leave; empty when no supply is known, or its day is not
    case when is_p50_dated then greatest(p50_date, as_of + 1) end
        as balance_date, -- day the balance is paid: as likely before as after
    case when is_p80_dated then greatest(p80_date, as_of + 1) end
        as balance_p80_date, -- the same if supply comes on the day that 80 % keep
    case when is_p95_dated then greatest(p95_date, as_of + 1) end
        as balance_p95_date, -- the same if supply comes on the day that 95 % keep
    case
        when open_value > 0 and is_p50_dated
            then (
                held_value * coalesce(
                    paid_day, date_diff('day', date '2000-01-01', order_date)
                )
                + deposit_value * (date_diff('day', date '2000-01-01', as_of) + 1)
                + (open_value - held_value - deposit_value)
                * date_diff('day', date '2000-01-01', greatest(p50_date, as_of + 1))
            ) / open_value
    end as customer_day, -- mean day the customer pays, by amount, in days since 2000-01-01
    is_terms_known, -- the terms are in the payment terms loaded
    is_derived -- what is held follows from terms: no payments are recorded
from based
