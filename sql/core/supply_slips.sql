-- One row per purchase order line or production order with a date to be measured by, that was
-- received, or is open: how many days after its first promise it was in full, or is by now.
-- Where no promise is told, the day asked for or the lead time stands in for the first one. The
-- day of receipt is the one by which all that was ordered, and not cancelled, had come; of an order
-- closed short, the last receipt's. Orders received on an unknown day are left out. An open one
-- only says "at least so late": its slip may be negative, when it is not due yet.
-- grain: supply_id
-- store: table
with

receipt_days as (
    select
        receipts.supply_id,
        receipts.received_date,
        sum(sum(receipts.received_qty)) over (
            partition by receipts.supply_id
            order by receipts.received_date
            rows between unbounded preceding and current row
        ) as so_far_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    where receipts.supply_id is not null
    group by receipts.supply_id, receipts.received_date
),

-- Whose orders came without a word of their shipment or start, does not tell of it.
begins as (
    select
        orders.supplier_id,
        count(orders.begun_date) >= 0.9 * count(*) as is_told,
    from core.supply_progress as orders
    where orders.open_qty = 0 and orders.supply_id in (select supply_id from receipt_days)
    group by orders.supplier_id
),

receipts_dated as (
    select
        days.supply_id,
        min(days.received_date) as first_received_date,
        max(days.received_date) as last_received_date,
        min(
            case
                when days.so_far_qty >= orders.ordered_qty - orders.cancelled_qty
                    then days.received_date
            end
        ) as full_date,
    from receipt_days as days
    inner join core.supply_progress as orders on days.supply_id = orders.supply_id
    group by days.supply_id
)

select
    orders.supply_id as supply_id, -- name of the order among all supplies
    orders.supply_kind as supply_kind, -- purchase_order or production_order
    orders.supplier_id as supplier_id, -- supplier; (own production) for production orders
    orders.item_id as item_id, -- item ordered or made
    orders.order_date as order_date, -- day placed; the start of a production order
    coalesce(orders.first_promised_date, orders.promised_date)
        as first_promised_date, -- first day promised, or the best known in its place
    orders.known_date as promised_date, -- day promised last, as known at the as-of date
    orders.is_promised_again as is_promised_again, -- it is another day than the first
    dated.first_received_date as first_received_date, -- day of the first receipt
    dated.last_received_date as last_received_date, -- day of the latest receipt
    case
        when orders.open_qty = 0 then coalesce(dated.full_date, dated.last_received_date)
    end as received_date, -- day by which all of it had come; empty while it is open
    cast(
        date_diff(
            'day',
            coalesce(orders.first_promised_date, orders.promised_date),
            case
                when orders.open_qty = 0
                    then coalesce(dated.full_date, dated.last_received_date)
                else as_of.as_of
            end
        ) as integer
    ) as slip_days, -- days from the first promise to that day; of an open one, to the as-of date
    cast(
        case
            when orders.open_qty > 0
                then greatest(
                    date_diff(
                        'day',
                        coalesce(orders.first_promised_date, orders.promised_date),
                        as_of.as_of
                    ),
                    case
                        when
                            begins.is_told
                            and orders.begun_date is null
                            and dated.supply_id is null
                            and orders.planned_begin_date
                            <= coalesce(orders.first_promised_date, orders.promised_date)
                            then date_diff('day', orders.planned_begin_date, as_of.as_of)
                    end
                )
        end as integer
    ) as sure_slip_days, -- days an open one is late for sure: also by not having left or started
    case
        when
            orders.planned_begin_date
            <= coalesce(orders.first_promised_date, orders.promised_date)
            then coalesce(orders.first_promised_date, orders.promised_date)
                + cast(
                    date_diff('day', orders.planned_begin_date, orders.begun_date) as integer
                )
    end as begun_arrival_date, -- day due from when it was shipped or started, as planned then
    orders.open_qty > 0 as is_open -- still to come: slip_days is what is known so far
from core.supply_progress as orders
cross join core.as_of as as_of
left join receipts_dated as dated on orders.supply_id = dated.supply_id
left join begins on orders.supplier_id = begins.supplier_id
where
    coalesce(orders.first_promised_date, orders.promised_date) is not null
    and (
        orders.open_qty > 0
        or (orders.open_qty = 0 and dated.supply_id is not null)
    )
