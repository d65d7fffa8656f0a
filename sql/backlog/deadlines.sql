-- One row per open order line with a peg and day it should be filled by: the chance that all that
-- is pegged is there by then. Days: the promise, and for goods needed by a day (an event) the last
-- day on which they can leave to be there, given how long they travel.
-- A day is as likely to be kept as by the most doubtful peg: pegs of one item are mostly of one
-- supplier, and late together. What is not in stock cannot come before tomorrow.
-- grain: order_id, line_id, deadline_kind
-- store: table
with

wanted as (
    select order_id, line_id, 'promise' as deadline_kind, promised_date as deadline_date
    from core.waiting_lines
    where promised_date is not null
    union all
    select
        lines.order_id,
        lines.line_id,
        'event' as deadline_kind,
        lines.need_by_date - transit.transit_days as deadline_date,
    from core.waiting_lines as lines
    cross join core.customer_transit as transit
    where lines.need_by_date is not null
),

pegged as (
    select
        pegs.order_id,
        pegs.line_id,
        pegs.supply_kind,
        supply.slip_basis,
        supply.supplier_id,
        supply.waiting_rate,
        wanted.deadline_kind,
        wanted.deadline_date,
        date_diff('day', supply.slip_from_date, wanted.deadline_date) as deadline_days,
    from core.pegs as pegs
    inner join wanted
        on pegs.order_id = wanted.order_id
        and pegs.line_id = wanted.line_id
    left join core.supply as supply on pegs.supply_id = supply.supply_id
),

known_bases as (
    select slip_basis, max(known_orders) as known_orders
    from core.slip_distribution
    group by slip_basis
),

-- Few of them, so that the distribution is looked up once for each.
asked as (
    select distinct slip_basis, supplier_id, deadline_days
    from pegged
    where slip_basis is not null and supplier_id is not null and deadline_days is not null
),

answered as (
    select
        asked.slip_basis,
        asked.supplier_id,
        asked.deadline_days,
        distribution.waiting_rate,
    from asked
    asof inner join core.slip_distribution as distribution
        on asked.slip_basis = distribution.slip_basis
        and asked.supplier_id = distribution.supplier_id
        and asked.deadline_days >= distribution.slip_days
),

kept_by_peg as (
    select
        pegged.order_id,
        pegged.line_id,
        pegged.deadline_kind,
        pegged.deadline_date,
        case
            when pegged.deadline_date < as_of.as_of then 0
            when pegged.supply_kind = 'on_hand' then 1
            when pegged.deadline_date = as_of.as_of then 0
            when pegged.slip_basis = 'scenario' then cast(pegged.deadline_days >= 0 as integer)
            when pegged.waiting_rate > 0 and known_bases.known_orders >= 2
                then greatest(
                    1 - coalesce(answered.waiting_rate, 1) / pegged.waiting_rate, 0
                )
        end as kept_rate,
    from pegged
    cross join core.as_of as as_of
    left join known_bases on pegged.slip_basis = known_bases.slip_basis
    left join answered
        on pegged.slip_basis = answered.slip_basis
        and pegged.supplier_id = answered.supplier_id
        and pegged.deadline_days = answered.deadline_days
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    deadline_kind, -- promise, or event: goods needed by a day
    deadline_date, -- day it should be filled by
    case when count(*) = count(kept_rate) then min(kept_rate) end
        as kept_rate -- chance that all that is pegged is there by then; empty when not known
from kept_by_peg
group by order_id, line_id, deadline_kind, deadline_date
