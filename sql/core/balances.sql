-- One row per item and location: stock at the as-of date.
-- The newest balance on or before that date, all lots together, plus what was received and less
-- what was shipped or adjusted after the balance and up to that date; movements on the balance's
-- own day are in it already. Movements without a location go to the item's only one, if it has one.
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
        max(balances.as_of) over (
            partition by balances.item_id, balances.location_id
        ) as newest_date,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of <= as_of.as_of
),

counted as (
    select
        item_id,
        location_id,
        balance_date,
        sum(on_hand_qty) as on_hand_qty,
        sum(unavailable_qty) as unavailable_qty,
        sum(allocated_qty) as allocated_qty,
        sum(in_transit_qty) as in_transit_qty,
    from balances_dated
    where balance_date = newest_date
    group by item_id, location_id, balance_date
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
        item_id,
        location_id,
        shipped_date as moved_date,
        -shipped_qty as moved_qty,
    from core.line_shipments
    where order_type <> 'drop_ship'
    union all
    select
        item_id,
        location_id,
        received_date as moved_date,
        accepted_qty as moved_qty,
    from core.receipts
    union all
    select
        item_id,
        location_id,
        adjusted_on as moved_date,
        adjusted_qty as moved_qty,
    from contract.stock_adjustments
),

movements_located as (
    select
        movements.item_id,
        coalesce(movements.location_id, items_counted.only_location_id) as location_id,
        movements.moved_date,
        movements.moved_qty,
        items_counted.newest_date,
    from movements
    inner join items_counted
        on movements.item_id = items_counted.item_id
        and movements.moved_date > items_counted.oldest_date
    inner join core.as_of as as_of on movements.moved_date <= as_of.as_of
),

movements_since as (
    select
        movements_located.item_id,
        movements_located.location_id,
        movements_located.moved_qty,
    from movements_located
    left join counted
        on movements_located.item_id = counted.item_id
        and movements_located.location_id is not distinct from counted.location_id
    where
        movements_located.moved_date
        > coalesce(counted.balance_date, movements_located.newest_date)
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
    summed.balance_date as balance_date, -- day of the balance; empty where movements only
    cast(summed.counted_qty as decimal(18, 4)) as counted_qty, -- on hand by that balance
    cast(summed.moved_qty as decimal(18, 4)) as moved_qty, -- moved since, net
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
