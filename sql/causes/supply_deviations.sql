-- One row per pool and day of a shortage and supply that did otherwise than planned until then:
-- promised by that day and not in, arrived short or rejected, or in before it was promised.
-- What is missing of an order of which nothing has come is late; what is missing after a first
-- delivery was short-shipped. A late purchase is shared between supplier and transport by their
-- days: shipped after the planned day against longer under way than planned; while it has not
-- shipped, all of it is the supplier's. A late production order is shared between waiting to start
-- and running longer.
-- grain: pool_id, on_date, supply_id
-- store: table
with

received as (
    select
        receipts.supply_id,
        receipts.received_date,
        sum(receipts.received_qty) as received_qty,
        sum(receipts.accepted_qty) as accepted_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    where receipts.supply_id is not null
    group by receipts.supply_id, receipts.received_date
),

dates_received as (
    select
        supply_id,
        min(received_date) as first_date,
        max(received_date) as last_date,
        sum(received_qty) as dated_qty,
    from received
    group by supply_id
),

supplies as (
    select
        supply.pool_id,
        supply.supply_id,
        supply.supply_kind,
        supply.supplier_id,
        supply.item_id,
        supply.first_promised_date,
        supply.planned_ship_date,
        supply.shipped_date,
        supply.planned_start_date,
        supply.start_date,
        supply.wanted_qty,
        supply.received_qty,
        dates_received.first_date,
        dates_received.last_date,
        dates_received.dated_qty,
        coalesce(supply.received_qty, 0) > 0 and dates_received.supply_id is null
            as is_receipt_undated,
    from core.pooled_supply as supply
    left join dates_received on supply.supply_id = dates_received.supply_id
    where
        supply.pool_id in (select pool_id from causes.pool_dates)
        and supply.wanted_qty > 0
        and supply.first_promised_date is not null
),

paired as (
    select
        points.pool_id,
        points.on_date,
        points.anchor_date,
        supplies.supply_id,
        supplies.supply_kind,
        supplies.supplier_id,
        supplies.item_id,
        supplies.first_promised_date,
        supplies.planned_ship_date,
        supplies.shipped_date,
        supplies.planned_start_date,
        supplies.start_date,
        supplies.wanted_qty,
        case
            when supplies.is_receipt_undated then supplies.received_qty
        end as undated_qty,
        case
            when supplies.dated_qty >= supplies.wanted_qty then supplies.last_date
        end as complete_date,
    from causes.pool_dates as points
    inner join supplies
        on points.pool_id = supplies.pool_id
        and (
            supplies.first_promised_date <= points.on_date
            or supplies.first_date <= points.on_date
        )
        and (
            supplies.last_date is null
            or supplies.last_date > points.anchor_date
            or supplies.dated_qty < supplies.wanted_qty
        )
),

counted as (
    select
        paired.pool_id,
        paired.on_date,
        paired.supply_id,
        sum(
            case when received.received_date <= paired.anchor_date then received.received_qty end
        ) as received_start_qty,
        sum(
            case when received.received_date <= paired.on_date then received.received_qty end
        ) as received_qty,
        sum(
            case when received.received_date <= paired.anchor_date then received.accepted_qty end
        ) as accepted_start_qty,
        sum(
            case when received.received_date <= paired.on_date then received.accepted_qty end
        ) as accepted_qty,
    from paired
    inner join received on paired.supply_id = received.supply_id
    group by paired.pool_id, paired.on_date, paired.supply_id
),

measured as (
    select
        paired.pool_id,
        paired.on_date,
        paired.supply_id,
        paired.supply_kind,
        paired.supplier_id,
        paired.item_id,
        paired.first_promised_date,
        paired.planned_ship_date,
        paired.shipped_date,
        paired.planned_start_date,
        paired.start_date,
        paired.complete_date,
        paired.wanted_qty,
        coalesce(counted.received_qty, 0) as received_qty,
        paired.first_promised_date <= paired.on_date as is_due,
        case
            when paired.first_promised_date > paired.on_date then 0
            when paired.undated_qty is not null
                then greatest(paired.wanted_qty - paired.undated_qty, 0)
            else greatest(paired.wanted_qty - coalesce(counted.received_qty, 0), 0)
        end as missing_qty,
        case
            when paired.first_promised_date <= paired.on_date
                then coalesce(counted.received_qty, 0)
                    - coalesce(counted.received_start_qty, 0)
                    - coalesce(counted.accepted_qty, 0)
                    + coalesce(counted.accepted_start_qty, 0)
            else 0
        end as rejected_qty,
        case
            when paired.first_promised_date > paired.on_date
                then coalesce(counted.accepted_qty, 0)
                    - coalesce(counted.accepted_start_qty, 0)
            else greatest(
                coalesce(counted.received_qty, 0)
                - greatest(paired.wanted_qty, coalesce(counted.received_start_qty, 0)),
                0
            )
        end as early_qty,
        coalesce(paired.undated_qty, 0) as undated_qty,
    from paired
    left join counted
        on paired.pool_id = counted.pool_id
        and paired.on_date = counted.on_date
        and paired.supply_id = counted.supply_id
),

-- Days late so far: until it was complete, or until today.
timed as (
    select
        measured.pool_id,
        measured.on_date,
        measured.supply_id,
        measured.supply_kind,
        measured.supplier_id,
        measured.item_id,
        measured.first_promised_date,
        measured.planned_ship_date,
        measured.shipped_date,
        measured.planned_start_date,
        measured.start_date,
        measured.complete_date,
        measured.wanted_qty,
        measured.missing_qty,
        measured.rejected_qty,
        measured.early_qty,
        measured.undated_qty,
        measured.received_qty,
        greatest(
            date_diff(
                'day',
                measured.first_promised_date,
                coalesce(measured.complete_date, as_of.as_of)
            ),
            1
        ) as late_days,
        case
            when measured.supply_kind = 'purchase_order'
                then date_diff(
                    'day',
                    measured.planned_ship_date,
                    coalesce(measured.shipped_date, measured.complete_date, as_of.as_of)
                )
            else date_diff(
                'day',
                measured.planned_start_date,
                coalesce(measured.start_date, measured.complete_date, as_of.as_of)
            )
        end as late_start_days,
        measured.supply_kind = 'purchase_order'
        and (
            measured.planned_ship_date is null
            or (measured.shipped_date is null and measured.complete_date is not null)
        ) as is_split_unknown,
    from measured
    cross join core.as_of as as_of
)

select
    pool_id, -- lines and supply that may meet
    on_date, -- day the lines were short
    supply_id, -- purchase or production order
    supply_kind, -- purchase_order or production_order
    supplier_id, -- supplier; (own production) for production orders
    item_id, -- item ordered or made
    first_promised_date, -- first day promised
    planned_ship_date, -- day the supplier was to ship
    shipped_date, -- day the supplier shipped
    planned_start_date, -- day production was to start
    start_date, -- day production started
    complete_date, -- day all of it was in; empty while it is not
    wanted_qty, -- quantity ordered and not cancelled
    cast(case when received_qty > 0 then 0 else missing_qty end as decimal(18, 4))
        as late_qty, -- promised by the day, nothing of it in
    cast(case when received_qty > 0 then missing_qty else 0 end as decimal(18, 4))
        as short_shipped_qty, -- promised by the day, missing after a first delivery
    cast(rejected_qty as decimal(18, 4)) as rejected_qty, -- received in between and not accepted
    date_diff('day', first_promised_date, on_date) <= levers.usual_late_days
        as is_usually_late, -- late by no more days than plans keep stock for
    cast(early_qty as decimal(18, 4))
        as early_qty, -- in before it was promised, or beyond the order
    cast(undated_qty as decimal(18, 4)) as undated_qty, -- received on an unknown day
    cast(late_days as integer) as late_days, -- days after the promise, until in or until today
    case
        when is_split_unknown then null
        else least(
            greatest(coalesce(late_start_days, 0), 0) / cast(late_days as double), 1
        )
    end as start_share -- part of the days late before it shipped or started; empty if unknown
from timed
cross join core.levers as levers
where missing_qty <> 0 or rejected_qty <> 0 or early_qty <> 0 or undated_qty <> 0
