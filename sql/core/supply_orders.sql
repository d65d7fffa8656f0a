-- One row per purchase order line or production order known at the as-of date, open or closed, with
-- the day its open quantity is expected: the day promised + the slip of its supplier, given that it
-- is later than the order is already.
-- Counted from the latest receipt where a rest is to come and its promise has passed; else from the
-- day due by when it was shipped, or its production started; else from the last promise, where that
-- is another day than the first; else from the first. An order whose supplier tells of shipments,
-- and that has not left, is at least as late as its leaving is. Beyond all that is known of slips it
-- is expected as promised and the later days are unknown: a day that 95 % keep takes at least 20
-- orders to know. Nothing open comes before tomorrow.
-- grain: supply_id
-- store: table
with

known_bases as (
    select slip_basis, max(known_orders) as known_orders
    from core.slip_distribution
    group by slip_basis
),

enough as (
    select
        coalesce(bool_or(slip_basis = 'begun' and known_orders >= 2), false) as has_begun,
        coalesce(bool_or(slip_basis = 'last promise' and known_orders >= 2), false)
            as has_last_promises,
        coalesce(bool_or(slip_basis = 'last receipt' and known_orders >= 2), false)
            as has_rests,
    from known_bases
),

based as (
    select
        progress.supply_id,
        progress.supplier_id,
        progress.known_date,
        slips.last_received_date,
        slips.begun_arrival_date,
        case when not progress.is_promised_again then slips.sure_slip_days end
            as sure_slip_days,
        case
            when
                enough.has_rests
                and progress.known_date <= as_of.as_of
                and slips.last_received_date is not null
                then 'last receipt'
            when enough.has_begun and slips.begun_arrival_date is not null then 'begun'
            when enough.has_last_promises and progress.is_promised_again then 'last promise'
            else 'first promise'
        end as slip_basis,
        as_of.as_of,
    from core.supply_progress as progress
    cross join enough
    cross join core.as_of as as_of
    inner join core.supply_slips as slips on progress.supply_id = slips.supply_id
    where progress.open_qty > 0
),

dated as (
    select
        supply_id,
        supplier_id,
        known_date,
        slip_basis,
        case slip_basis
            when 'last receipt' then last_received_date
            when 'begun' then begun_arrival_date
            else known_date
        end as slip_from_date,
        sure_slip_days,
        as_of,
    from based
),

waiting as (
    select
        supply_id,
        supplier_id,
        known_date,
        slip_basis,
        slip_from_date,
        cast(
            greatest(
                date_diff('day', slip_from_date, as_of),
                case when slip_basis = 'first promise' then sure_slip_days end
            ) as integer
        ) as late_days,
        as_of,
    from dated
),

waited as (
    select
        waiting.supply_id,
        waiting.supplier_id,
        waiting.known_date,
        waiting.slip_basis,
        waiting.slip_from_date,
        waiting.late_days,
        waiting.as_of,
        coalesce(distribution.waiting_rate, 1) as waiting_rate,
    from waiting
    asof left join core.slip_distribution as distribution
        on waiting.slip_basis = distribution.slip_basis
        and waiting.supplier_id = distribution.supplier_id
        and waiting.late_days >= distribution.slip_days
),

-- The smallest slip after which no more than the share asked for still waits.
asked as (
    select
        waited.supply_id,
        waited.supplier_id,
        waited.slip_basis,
        shares.late_share,
        waited.waiting_rate * shares.late_share + 1e-9 as still_waiting_rate,
    from waited
    cross join (values (0.5), (0.2), (0.05)) as shares (late_share)
    where waited.waiting_rate > 0
),

answered as (
    select
        asked.supply_id,
        max(case when asked.late_share = 0.5 then distribution.slip_days end) as p50_days,
        max(case when asked.late_share = 0.2 then distribution.slip_days end) as p80_days,
        max(case when asked.late_share = 0.05 then distribution.slip_days end) as p95_days,
    from asked
    asof inner join core.slip_distribution as distribution
        on asked.slip_basis = distribution.slip_basis
        and asked.supplier_id = distribution.supplier_id
        and asked.still_waiting_rate >= distribution.waiting_rate
    where distribution.known_orders * asked.late_share > 1 - 1e-9
    group by asked.supply_id
),

expected as (
    select
        waited.supply_id,
        waited.slip_basis,
        waited.slip_from_date,
        waited.waiting_rate,
        greatest(
            coalesce(
                waited.slip_from_date + answered.p50_days,
                greatest(
                    waited.known_date, waited.slip_from_date + waited.late_days + 1
                )
            ),
            waited.as_of + 1
        ) as expected_date,
        case
            when answered.p80_days is not null
                then greatest(waited.slip_from_date + answered.p80_days, waited.as_of + 1)
        end as expected_p80_date,
        case
            when answered.p95_days is not null
                then greatest(waited.slip_from_date + answered.p95_days, waited.as_of + 1)
        end as expected_p95_date,
    from waited
    left join answered on waited.supply_id = answered.supply_id
)

select
    progress.supply_id as supply_id, -- name of the order among all supplies
    progress.supply_kind as supply_kind, -- purchase_order or production_order
    progress.document_id as document_id, -- number of the order
    progress.supplier_id as supplier_id, -- supplier; (own production) for production orders
    progress.item_id as item_id, -- item ordered or made
    progress.location_id as location_id, -- location it comes to
    progress.order_date as order_date, -- day placed; the start of a production order
    progress.first_promised_date as first_promised_date, -- first day promised
    progress.promised_date
        as promised_date, -- day promised now, or the best known in its place; empty if none
    expected.expected_date
        as expected_date, -- day its open quantity is expected: as likely before as after
    expected.expected_p80_date as expected_p80_date, -- day by which it is there with 80 %
    expected.expected_p95_date as expected_p95_date, -- day by which it is there with 95 %
    expected.slip_basis as slip_basis, -- what the slip is counted from; empty when nothing is open
    expected.slip_from_date as slip_from_date, -- that day
    expected.waiting_rate
        as waiting_rate, -- share of such orders that wait at least as long as this one has
    progress.ordered_qty as ordered_qty, -- quantity ordered; empty when its unit is unknown
    progress.cancelled_qty as cancelled_qty, -- quantity cancelled, or scrapped in production
    progress.received_qty as received_qty, -- quantity received, rejects included
    progress.accepted_qty as accepted_qty, -- quantity received and not refused
    progress.open_qty as open_qty, -- quantity still to come
    progress.unit_cost
        as unit_cost, -- price of one unit, reporting currency; empty when unknown
    progress.sales_order_id as sales_order_id -- sales order it is for: a hard peg
from core.supply_progress as progress
left join expected on progress.supply_id = expected.supply_id
