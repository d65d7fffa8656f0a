-- One row per item and location: stock at the as-of date.
-- The newest balance on or before that date, all lots together, plus what was received and less
-- what was shipped or adjusted after the balance and up to that date; movements on the balance's
-- own day are in it already. Movements without a location go to the item's only one, if it has one.
-- An item without a balance by then has its earliest later one, less what moved in between, where
-- the records of shipments and receipts cover those days; else its stock is unknown and has no row.
-- A newer full extract without the item and location says that nothing is there since.
-- The source's allocations are not taken off: they are promises to the same open lines that
-- are served here, in the order of the queue. Stock in transit is not on hand.
-- Usable: at a location that can fill orders, less what is unavailable; never below zero, for a
-- negative balance says that records lag at that place, not that another place has less.
-- grain: item_id, location_id
-- store: table
with

balances_dated as (
    select
        balances.item_id,
        balances.location_id,
        balances.as_of as balance_date,
        balances.on_hand_qty,
        balances.unavailable_qty,
        balances.allocated_qty,
        balances.in_transit_qty,
        case
            when closed_loads.stock_closed_on is not null
                then least(closed_loads.stock_closed_on, as_of.as_of)
        end as closed_on,
        max(balances.as_of) over (
            partition by balances.item_id, balances.location_id
        ) as newest_date,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of <= as_of.as_of
    left join core.closed_loads as closed_loads
        on balances.load_id = closed_loads.load_id
),

counted_by_then as (
    select
        item_id,
        location_id,
        case
            when count(*) = count(closed_on) then max(closed_on)
            else balance_date
        end as balance_date,
        sum(case when closed_on is null then on_hand_qty else 0 end) as on_hand_qty,
        sum(case when closed_on is null then unavailable_qty end) as unavailable_qty,
        sum(case when closed_on is null then allocated_qty end) as allocated_qty,
        sum(case when closed_on is null then in_transit_qty end) as in_transit_qty,
    from balances_dated
    where balance_date = newest_date
    group by item_id, location_id, balance_date
),

balances_later as (
    select
        balances.item_id,
        balances.location_id,
        balances.as_of as balance_date,
        balances.on_hand_qty,
        min(balances.as_of) over (partition by balances.item_id) as oldest_date,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of > as_of.as_of
    where balances.item_id not in (select item_id from counted_by_then)
),

days_covered as (
    select
        max(first_date) as first_date,
        min(last_date) as last_date,
    from core.movement_cover
    where kind in ('shipment', 'receipt')
    having count(*) = 2
),

counted as (
    select
        item_id,
        location_id,
        balance_date,
        on_hand_qty,
        unavailable_qty,
        allocated_qty,
        in_transit_qty,
    from counted_by_then
    union all
    select
        balances_later.item_id,
        balances_later.location_id,
        balances_later.balance_date,
        sum(balances_later.on_hand_qty) as on_hand_qty,
        null as unavailable_qty,
        null as allocated_qty,
        null as in_transit_qty,
    from balances_later
    inner join days_covered on balances_later.balance_date <= days_covered.last_date
    inner join core.as_of as as_of on days_covered.first_date <= as_of.as_of
    where balances_later.balance_date = balances_later.oldest_date
    group by
        balances_later.item_id,
        balances_later.location_id,
        balances_later.balance_date
),

items_counted as (
    select
        item_id,
        max(balance_date) as newest_date,
        min(balance_date) as oldest_date,
        case when count(*) = 1 then max(location_id) end as only_location_id,
    from counted
    group by item_id
),

movements as (
    select
        movements.item_id,
        coalesce(movements.location_id, items_counted.only_location_id) as location_id,
        movements.moved_date,
        movements.moved_qty,
        items_counted.newest_date,
    from core.movements as movements
    inner join items_counted
        on movements.item_id = items_counted.item_id
        and movements.moved_date > items_counted.oldest_date
),

movements_back as (
    select
        movements.item_id,
        coalesce(movements.location_id, items_counted.only_location_id) as location_id,
        -movements.moved_qty as moved_qty,
    from core.later_movements as movements
    inner join items_counted
        on movements.item_id = items_counted.item_id
        and movements.moved_date <= items_counted.newest_date
),

movements_since as (
    select
        movements.item_id,
        movements.location_id,
        movements.moved_qty,
    from movements
    left join counted
        on movements.item_id = counted.item_id
        and movements.location_id is not distinct from counted.location_id
    where movements.moved_date > coalesce(counted.balance_date, movements.newest_date)
    union all
    select item_id, location_id, moved_qty from movements_back
),
united as (
    select
        item_id,
        location_id,
        balance_date,
        on_hand_qty as counted_qty,
        0 as moved_qty,
        unavailable_qty,
        allocated_qty,
        in_transit_qty,
    from counted
    union all
    select
        item_id,
        location_id,
        null as balance_date,
        0 as counted_qty,
        moved_qty,
        null as unavailable_qty,
        null as allocated_qty,
        null as in_transit_qty,
    from movements_since
),

summed as (
    select
        item_id,
        location_id,
        max(balance_date) as balance_date,
        sum(counted_qty) as counted_qty,
        sum(moved_qty) as moved_qty,
        sum(unavailable_qty) as unavailable_qty,
        sum(allocated_qty) as allocated_qty,
        sum(in_transit_qty) as in_transit_qty,
    from united
    group by item_id, location_id
)

select
    summed.item_id as item_id, -- item in stock
    summed.location_id as location_id, -- location of the stock
    summed.balance_date
        as balance_date, -- day of the balance; after the as-of date where reckoned back
    cast(summed.counted_qty as decimal(18, 4)) as counted_qty, -- on hand by that balance
    cast(summed.moved_qty as decimal(18, 4))
        as moved_qty, -- moved since, net; taken back where the balance is later
    cast(summed.counted_qty + summed.moved_qty as decimal(18, 4))
        as on_hand_qty, -- on hand at the as-of date; negative when the records say so
    cast(summed.unavailable_qty as decimal(18, 4))
        as unavailable_qty, -- part that cannot be sold
    cast(summed.allocated_qty as decimal(18, 4))
        as source_allocated_qty, -- part the source says is reserved for orders
    cast(summed.in_transit_qty as decimal(18, 4))
        as in_transit_qty, -- quantity under way to the location
    coalesce(locations.is_netable, true) as is_netable, -- the location can fill orders
    cast(
        case
            when locations.is_netable is not distinct from false then 0
            else greatest(
                summed.counted_qty
                + summed.moved_qty
                - coalesce(summed.unavailable_qty, 0),
                0
            )
        end as decimal(18, 4)
    ) as usable_qty -- part that can fill orders
from summed
left join core.locations as locations on summed.location_id = locations.location_id
