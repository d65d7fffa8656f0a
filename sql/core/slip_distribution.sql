-- One row per supplier, day to count from and number of days: the share of what was ordered that is
-- still to come after so many days. Kaplan-Meier: an open order counts as long as it has waited.
-- A supplier's rate of each day is shrunk to that of all suppliers by n / (n + slip_prior_orders),
-- n its orders that waited so long: one of whom little is known delivers as all suppliers do.
-- Counted from the first promise, each receipt in proportion to its share of the order; from the
-- day due by when it was shipped, or its production started; from the last promise, where that is
-- another day; and for what is left of an order, from the receipt before. The supplier
-- '(all suppliers)' holds the rates shrunk to.
-- grain: slip_basis, supplier_id, slip_days
-- store: table
with

receipt_days as (
    select
        receipts.supply_id,
        receipts.received_date,
        sum(cast(receipts.received_qty as double)) as received_qty,
        lead(receipts.received_date) over (
            partition by receipts.supply_id order by receipts.received_date
        ) as next_date,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    where receipts.supply_id is not null and receipts.received_qty > 0
    group by receipts.supply_id, receipts.received_date
),

orders as (
    select
        slips.supply_id,
        slips.supplier_id,
        slips.first_promised_date,
        slips.promised_date,
        slips.is_promised_again,
        slips.sure_slip_days,
        slips.begun_arrival_date,
        slips.received_date,
        slips.is_open,
        as_of.as_of,
        cast(progress.open_qty as double) as open_qty,
        cast(
            greatest(
                progress.ordered_qty - progress.cancelled_qty,
                progress.received_qty + progress.open_qty
            ) as double
        ) as whole_qty,
    from core.supply_slips as slips
    inner join core.supply_progress as progress on slips.supply_id = progress.supply_id
    cross join core.as_of as as_of
),

spells as (
    select
        'first promise' as slip_basis,
        orders.supplier_id,
        date_diff('day', orders.first_promised_date, receipt_days.received_date) as slip_days,
        receipt_days.received_qty / orders.whole_qty as orders,
        true as is_ended,
    from orders
    inner join receipt_days on orders.supply_id = receipt_days.supply_id
    where orders.whole_qty > 0
    union all
    select
        'first promise' as slip_basis,
        supplier_id,
        sure_slip_days as slip_days,
        open_qty / whole_qty as orders,
        false as is_ended,
    from orders
    where is_open
    union all
    select
        'begun' as slip_basis,
        orders.supplier_id,
        date_diff('day', orders.begun_arrival_date, receipt_days.received_date) as slip_days,
        receipt_days.received_qty / orders.whole_qty as orders,
        true as is_ended,
    from orders
    inner join receipt_days on orders.supply_id = receipt_days.supply_id
    where orders.whole_qty > 0 and orders.begun_arrival_date is not null
    union all
    select
        'begun' as slip_basis,
        supplier_id,
        date_diff('day', begun_arrival_date, as_of) as slip_days,
        open_qty / whole_qty as orders,
        false as is_ended,
    from orders
    where is_open and begun_arrival_date is not null
    union all
    select
        'last promise' as slip_basis,
        supplier_id,
        date_diff('day', promised_date, coalesce(received_date, as_of)) as slip_days,
        1 as orders,
        not is_open as is_ended,
    from orders
    where is_promised_again
    union all
    select
        'last receipt' as slip_basis,
        orders.supplier_id,
        date_diff(
            'day',
            receipt_days.received_date,
            coalesce(receipt_days.next_date, orders.as_of)
        ) as slip_days,
        1 as orders,
        receipt_days.next_date is not null as is_ended,
    from orders
    inner join receipt_days on orders.supply_id = receipt_days.supply_id
    where orders.is_open or receipt_days.received_date < orders.received_date
),

grid as (
    select slip_basis, slip_days, sum(orders) as ended_orders
    from spells
    where is_ended
    group by slip_basis, slip_days
),

-- A spell without an end is at risk to the last day of the grid that it reached.
by_day as (
    select
        spells.slip_basis,
        spells.supplier_id,
        grid.slip_days,
        sum(spells.orders) as left_orders,
        sum(case when spells.is_ended then spells.orders else 0 end) as ended_orders,
    from spells
    asof inner join grid
        on spells.slip_basis = grid.slip_basis
        and spells.slip_days >= grid.slip_days
    group by spells.slip_basis, spells.supplier_id, grid.slip_days
),

left_by_day as (
    select slip_basis, slip_days, sum(left_orders) as left_orders
    from by_day
    group by slip_basis, slip_days
),

pooled as (
    select
        grid.slip_basis,
        grid.slip_days,
        grid.ended_orders,
        sum(left_by_day.left_orders) over to_the_end as waiting_orders,
        sum(grid.ended_orders) over (partition by grid.slip_basis) as known_orders,
    from grid
    inner join left_by_day
        on grid.slip_basis = left_by_day.slip_basis
        and grid.slip_days = left_by_day.slip_days
    window to_the_end as (
        partition by grid.slip_basis
        order by grid.slip_days
        rows between current row and unbounded following
    )
),

suppliers as (
    select distinct slip_basis, supplier_id from spells
),

own as (
    select
        pooled.slip_basis,
        suppliers.supplier_id,
        pooled.slip_days,
        coalesce(by_day.ended_orders, 0) as ended_orders,
        sum(coalesce(by_day.left_orders, 0)) over to_the_end as waiting_orders,
        pooled.ended_orders / pooled.waiting_orders as pooled_rate,
        pooled.known_orders,
    from pooled
    inner join suppliers on pooled.slip_basis = suppliers.slip_basis
    left join by_day
        on pooled.slip_basis = by_day.slip_basis
        and suppliers.supplier_id = by_day.supplier_id
        and pooled.slip_days = by_day.slip_days
    window to_the_end as (
        partition by pooled.slip_basis, suppliers.supplier_id
        order by pooled.slip_days
        rows between current row and unbounded following
    )
),

rates as (
    select
        own.slip_basis,
        own.supplier_id,
        own.slip_days,
        own.ended_orders,
        own.waiting_orders,
        (own.ended_orders + levers.slip_prior_orders * own.pooled_rate)
        / (own.waiting_orders + levers.slip_prior_orders) as arrival_rate,
        own.known_orders,
    from own
    cross join core.levers as levers
    union all
    select
        slip_basis,
        '(all suppliers)' as supplier_id,
        slip_days,
        ended_orders,
        waiting_orders,
        ended_orders / waiting_orders as arrival_rate,
        known_orders,
    from pooled
)

select
    slip_basis, -- days counted from: first promise, begun, last promise or last receipt
    supplier_id, -- supplier; (own production); (all suppliers) for all of them together
    cast(slip_days as integer) as slip_days, -- days after it
    ended_orders, -- the supplier's orders that came on that day
    waiting_orders, -- its orders still to come on that day, those that came on it included
    arrival_rate, -- share of those still to come that comes on that day, shrunk to all suppliers
    product(greatest(1 - arrival_rate, 0)) over (
        partition by slip_basis, supplier_id
        order by slip_days
        rows between unbounded preceding and current row
    ) as waiting_rate, -- share still to come after that day
    known_orders -- orders of all suppliers that came, on any day: what all this rests on
from rates
