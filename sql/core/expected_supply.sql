-- One row per open purchase or production order and the pool it comes to, with the days expected.
-- A scenario may move orders by days, lose a supplier, change the speed of own production, or add
-- an order; nothing it moves comes before tomorrow. Without one they are core.supply_orders'.
-- grain: supply_id
-- store: table
with

moves as (
    select orders.supply_id, sum(changes.amount) as days
    from core.supply_orders as orders
    inner join core.changes as changes
        on (changes.change = 'supply_days' and orders.supply_id = changes.subject_id)
        or (
            changes.change = 'supplier_days'
            and (orders.supplier_id = changes.subject_id or changes.subject_id = '')
        )
    where orders.open_qty > 0
    group by orders.supply_id
),

lost as (
    select subject_id as supplier_id from core.changes where change = 'supplier_lost'
),

speeds as (
    select coalesce(product(amount), 1) as speed
    from core.changes
    where change = 'capacity_rate'
),

orders as (
    select
        orders.supply_id,
        orders.supply_kind,
        orders.document_id,
        orders.supplier_id,
        orders.item_id,
        case
            when pools.is_by_location then orders.item_id || ' @ ' || orders.location_id
            else orders.item_id
        end as pool_id,
        orders.promised_date,
        orders.expected_date,
        orders.expected_p80_date,
        orders.expected_p95_date,
        orders.slip_basis,
        orders.slip_from_date,
        orders.waiting_rate,
        orders.open_qty,
        orders.unit_cost,
        orders.sales_order_id,
        coalesce(moves.days, 0) as moved_days,
        case when orders.supply_kind = 'production_order' then speeds.speed else 1 end as speed,
        moves.supply_id is not null
        or (orders.supply_kind = 'production_order' and speeds.speed <> 1) as is_moved,
        as_of.as_of,
    from core.supply_orders as orders
    inner join core.pools as pools on orders.item_id = pools.item_id
    cross join core.as_of as as_of
    cross join speeds
    left join moves on orders.supply_id = moves.supply_id
    left join lost on orders.supplier_id = lost.supplier_id
    where orders.open_qty > 0 and lost.supplier_id is null
),

-- Days from the as-of date; a slip is moved with the day it is counted from.
moved as (
    select
        supply_id,
        supply_kind,
        document_id,
        supplier_id,
        item_id,
        pool_id,
        promised_date,
        cast(ceil((expected_date - as_of) / speed) + moved_days as integer) as p50_days,
        cast(ceil((expected_p80_date - as_of) / speed) + moved_days as integer) as p80_days,
        cast(ceil((expected_p95_date - as_of) / speed) + moved_days as integer) as p95_days,
        slip_basis,
        slip_from_date
        + cast(
            coalesce(
                ceil((expected_date - as_of) / speed) - (expected_date - as_of), 0
            )
            + moved_days as integer
        ) as slip_from_date,
        waiting_rate,
        open_qty,
        unit_cost,
        sales_order_id,
        is_moved,
        as_of,
    from orders
),

supplies as (
    select
        supply_id,
        supply_kind,
        document_id,
        supplier_id,
        item_id,
        pool_id,
        promised_date,
        case when p50_days is not null then greatest(as_of + p50_days, as_of + 1) end
            as expected_date,
        case when p80_days is not null then greatest(as_of + p80_days, as_of + 1) end
            as expected_p80_date,
        case when p95_days is not null then greatest(as_of + p95_days, as_of + 1) end
            as expected_p95_date,
        slip_basis,
        slip_from_date,
        waiting_rate,
        open_qty as supply_qty,
        unit_cost,
        sales_order_id,
        is_moved as is_changed,
    from moved
    union all
    select
        'extra ' || concat_ws(' @ ', changes.subject_id, nullif(changes.location_id, ''))
            as supply_id,
        'purchase_order' as supply_kind,
        'extra' as document_id,
        items.supplier_id,
        changes.subject_id as item_id,
        case
            when pools.is_by_location then changes.subject_id || ' @ ' || changes.location_id
            else changes.subject_id
        end as pool_id,
        as_of.as_of + greatest(changes.after_days, 1) as promised_date,
        as_of.as_of + greatest(changes.after_days, 1) as expected_date,
        as_of.as_of + greatest(changes.after_days, 1) as expected_p80_date,
        as_of.as_of + greatest(changes.after_days, 1) as expected_p95_date,
        'scenario' as slip_basis,
        as_of.as_of + greatest(changes.after_days, 1) as slip_from_date,
        1 as waiting_rate,
        cast(changes.amount as decimal(18, 4)) as supply_qty,
        items.unit_cost,
        cast(null as varchar) as sales_order_id,
        true as is_changed,
    from core.changes as changes
    cross join core.as_of as as_of
    left join core.items as items on changes.subject_id = items.item_id
    left join core.pools as pools on changes.subject_id = pools.item_id
    where changes.change = 'extra_supply'
)

select
    supply_id, -- name of the supply
    supply_kind, -- purchase_order or production_order
    document_id, -- number of the purchase or production order
    supplier_id, -- supplier; (own production) for production orders
    item_id, -- item supplied
    pool_id, -- lines and supply that may meet: the item, or item @ location
    promised_date, -- day promised, or the best known in its place
    expected_date, -- day expected; empty when no date is known
    expected_p80_date, -- day by which it is there with 80 %; empty when that is unknown
    expected_p95_date, -- day by which it is there with 95 %; empty when that is unknown
    slip_basis, -- what its slip is counted from; empty when nothing is known
    slip_from_date, -- that day
    waiting_rate, -- share of such orders that wait at least as long as this one has
    supply_qty, -- quantity still to come
    unit_cost, -- price of one unit, reporting currency; empty when unknown
    sales_order_id, -- sales order it is for: a hard peg
    is_changed -- a scenario moved or added it; false in every published snapshot
from supplies
