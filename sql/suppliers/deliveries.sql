-- One row per order to a supplier and day on which some of what was due came to stay: units that
-- were accepted and not returned later. Units beyond those due are left out, and so is what came on
-- an unknown day, or was refused on one.
-- grain: supply_id, received_date
-- store: table
with

days as (
    select
        receipts.supply_id,
        receipts.received_date,
        sum(sum(receipts.accepted_qty)) over (
            partition by receipts.supply_id
            order by receipts.received_date
            rows between unbounded preceding and current row
        ) as so_far_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    where receipts.supply_id is not null and receipts.accepted_qty is not null
    group by receipts.supply_id, receipts.received_date
),

lasting as (
    select
        supply_id,
        received_date,
        min(so_far_qty) over (
            partition by supply_id
            order by received_date
            rows between current row and unbounded following
        ) as lasting_qty,
    from days
),

filled as (
    select
        lasting.supply_id,
        lasting.received_date,
        orders.first_promised_date,
        orders.supplier_id,
        orders.unit_cost,
        greatest(least(lasting.lasting_qty, orders.filled_qty), 0) as filled_qty,
    from lasting
    inner join suppliers.orders as orders on lasting.supply_id = orders.supply_id
),

arrived as (
    select
        supply_id,
        received_date,
        first_promised_date,
        supplier_id,
        unit_cost,
        filled_qty,
        filled_qty
        - lag(filled_qty, 1, 0) over (partition by supply_id order by received_date)
            as arrived_qty,
    from filled
)

select
    supply_id, -- purchase order line or production order
    received_date, -- day of receipt
    supplier_id, -- supplier; (own production) for production orders
    cast(arrived_qty as decimal(18, 4)) as arrived_qty, -- units due that came that day
    cast(filled_qty as decimal(18, 4)) as filled_qty, -- units due that had come by then
    unit_cost, -- what one unit is worth; empty when unknown
    first_promised_date, -- first day promised; empty without one
    cast(
        case
            when received_date > first_promised_date
                then date_diff('day', first_promised_date, received_date)
            when first_promised_date is not null then 0
        end as integer
    ) as late_days -- days from the first promise, 0 when in time; empty without a promise
from arrived
where arrived_qty > 0
