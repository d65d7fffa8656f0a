-- One row per day on which stock moved or an order came in, of pools with a short line and of
-- components that a production order waited for: net inventory at the day's end, and what changed
-- it so far.
-- Net inventory is stock on hand less all that is accepted and not shipped. It is rolled back from
-- the as-of date's through receipts, adjustments and orders; shipments leave it as it is. What the
-- next balance has and movements do not explain is untied, and counts on that balance's day.
-- What adjustments say was used, moved or sent back is usage, not a correction. The first row of a
-- pool is the day before its first event.
-- grain: pool_id, day
-- store: table
with

stock_items as (
    select distinct
        short_pools.item_id,
        coalesce(pools.is_by_location, false) as is_by_location,
    from core.short_pools as short_pools
    left join core.pools as pools on short_pools.item_id = pools.item_id
    where short_pools.pool_id not like 'order %'
),

usages as (
    select distinct adjustments.reason
    from contract.stock_adjustments as adjustments
    inner join core.usage_reasons as usage_reasons
        on contains(lower(adjustments.reason), usage_reasons.word)
),

moved as (
    select
        item_id,
        location_id,
        shipped_date as day,
        shipped_qty,
        0 as received_qty,
        0 as corrected_qty,
        0 as used_qty,
        cast(null as decimal(18, 4)) as counted_qty,
    from core.line_shipments
    where order_type <> 'drop_ship'
    union all
    select
        receipts.item_id,
        receipts.location_id,
        receipts.received_date as day,
        0 as shipped_qty,
        receipts.accepted_qty as received_qty,
        0 as corrected_qty,
        0 as used_qty,
        cast(null as decimal(18, 4)) as counted_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    left join core.pooled_supply as supply on receipts.supply_id = supply.supply_id
    where
        receipts.accepted_qty is not null
        and not coalesce(supply.pool_id like 'order %', false)
    union all
    select
        adjustments.item_id,
        adjustments.location_id,
        adjustments.adjusted_on as day,
        0 as shipped_qty,
        0 as received_qty,
        case when usages.reason is null then adjustments.adjusted_qty else 0 end
            as corrected_qty,
        case when usages.reason is null then 0 else adjustments.adjusted_qty end as used_qty,
        cast(null as decimal(18, 4)) as counted_qty,
    from contract.stock_adjustments as adjustments
    inner join core.as_of as as_of on adjustments.adjusted_on <= as_of.as_of
    left join usages on adjustments.reason = usages.reason
    union all
    select
        balances.item_id,
        balances.location_id,
        balances.as_of as day,
        0 as shipped_qty,
        0 as received_qty,
        0 as corrected_qty,
        0 as used_qty,
        balances.on_hand_qty as counted_qty,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of <= as_of.as_of
),

moved_in_pools as (
    select
        case
            when stock_items.is_by_location
                then coalesce(moved.item_id || ' @ ' || moved.location_id, moved.item_id)
            else moved.item_id
        end as pool_id,
        moved.day,
        sum(moved.shipped_qty) as shipped_qty,
        sum(moved.received_qty) as received_qty,
        sum(moved.corrected_qty) as corrected_qty,
        sum(moved.used_qty) as used_qty,
        sum(moved.counted_qty) as counted_qty,
        count(distinct case when moved.counted_qty is not null then moved.location_id end)
            as places_counted,
    from moved
    inner join stock_items on moved.item_id = stock_items.item_id
    left join core.locations as locations on moved.location_id = locations.location_id
    where locations.is_netable is distinct from false
    group by all
),

dedicated_receipts as (
    select
        supply.pool_id,
        receipts.received_date as day,
        sum(receipts.accepted_qty) as received_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    inner join core.pooled_supply as supply on receipts.supply_id = supply.supply_id
    where supply.pool_id like 'order %' and receipts.accepted_qty is not null
    group by supply.pool_id, receipts.received_date
),

orders as (
    select
        lines.pool_id,
        lines.order_date as day,
        sum(case when lines.is_planned then 0 else lines.wanted_qty end) as ordered_qty,
        sum(case when lines.is_planned then lines.wanted_qty else 0 end) as planned_ordered_qty,
        sum(lines.open_qty) as open_qty,
    from core.pooled_lines as lines
    where lines.pool_id in (select pool_id from core.short_pools) and lines.wanted_qty > 0
    group by lines.pool_id, lines.order_date
),

united as (
    select
        pool_id,
        day,
        shipped_qty,
        received_qty,
        corrected_qty,
        used_qty,
        counted_qty,
        places_counted,
        0 as ordered_qty,
        0 as planned_ordered_qty,
        0 as open_qty,
    from moved_in_pools
    where pool_id in (select pool_id from core.short_pools)
    union all
    select
        pool_id,
        day,
        0 as shipped_qty,
        received_qty,
        0 as corrected_qty,
        0 as used_qty,
        cast(null as decimal(38, 4)) as counted_qty,
        0 as places_counted,
        0 as ordered_qty,
        0 as planned_ordered_qty,
        0 as open_qty,
    from dedicated_receipts
    where pool_id in (select pool_id from core.short_pools)
    union all
    select
        pool_id,
        day,
        0 as shipped_qty,
        0 as received_qty,
        0 as corrected_qty,
        0 as used_qty,
        cast(null as decimal(38, 4)) as counted_qty,
        0 as places_counted,
        ordered_qty,
        planned_ordered_qty,
        open_qty,
    from orders
),

by_day as (
    select
        pool_id,
        day,
        sum(shipped_qty) as shipped_qty,
        sum(received_qty) as received_qty,
        sum(corrected_qty) as corrected_qty,
        sum(used_qty) as used_qty,
        sum(counted_qty) as counted_qty,
        sum(places_counted) as places_counted,
        sum(ordered_qty) as ordered_qty,
        sum(planned_ordered_qty) as planned_ordered_qty,
        sum(open_qty) as open_qty,
    from united
    group by pool_id, day
),

-- A balance of all places of the pool that any balance has, less what moved until then.
tied as (
    select
        pool_id,
        day,
        shipped_qty,
        received_qty,
        corrected_qty,
        used_qty,
        ordered_qty,
        planned_ordered_qty,
        open_qty,
        counted_qty,
        case
            when
                counted_qty is not null
                and places_counted = max(places_counted) over (partition by pool_id)
                then counted_qty
                    - sum(received_qty + corrected_qty + used_qty - shipped_qty) over (
                        partition by pool_id order by day
                        rows between unbounded preceding and current row
                    )
        end as start_qty,
    from by_day
),

untied as (
    select
        pool_id,
        day,
        received_qty,
        corrected_qty,
        used_qty,
        ordered_qty,
        planned_ordered_qty,
        open_qty,
        shipped_qty,
        coalesce(
            start_qty
            - last_value(start_qty ignore nulls) over (
                partition by pool_id order by day
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as untied_qty,
    from tied
),

stock as (
    select
        case
            when stock_items.is_by_location
                then coalesce(balances.item_id || ' @ ' || balances.location_id, balances.item_id)
            else balances.item_id
        end as pool_id,
        sum(greatest(balances.on_hand_qty, 0)) as on_hand_qty,
    from core.balances as balances
    inner join stock_items on balances.item_id = stock_items.item_id
    where balances.is_netable
    group by all
),

started as (
    select
        pool_id,
        day,
        received_qty,
        corrected_qty,
        used_qty,
        untied_qty,
        ordered_qty,
        planned_ordered_qty,
        open_qty,
        shipped_qty,
    from untied
    union all
    select
        pool_id,
        min(day) - 1 as day,
        0 as received_qty,
        0 as corrected_qty,
        0 as used_qty,
        0 as untied_qty,
        0 as ordered_qty,
        0 as planned_ordered_qty,
        0 as open_qty,
        0 as shipped_qty,
    from untied
    group by pool_id
)

select
    started.pool_id as pool_id, -- lines and supply that may meet
    started.day as day, -- day
    cast(sum(started.ordered_qty) over so_far as decimal(18, 4))
        as ordered_to_date_qty, -- ordered until then, not cancelled since; no planned lines
    cast(sum(started.planned_ordered_qty) over so_far as decimal(18, 4))
        as planned_to_date_qty, -- the same of lines made to order or sold ahead
    cast(sum(started.received_qty) over so_far as decimal(18, 4))
        as received_to_date_qty, -- good quantity received until then
    cast(sum(started.corrected_qty) over so_far as decimal(18, 4))
        as corrected_to_date_qty, -- corrections of the record of stock until then, signed
    cast(sum(started.used_qty) over so_far as decimal(18, 4))
        as used_to_date_qty, -- used, moved or sent back until then, signed
    cast(sum(started.untied_qty) over so_far as decimal(18, 4))
        as untied_to_date_qty, -- what balances until then have and no movement explains, signed
    stock.pool_id is not null or started.pool_id like 'order %'
        as is_stock_known, -- a balance tells the stock at the as-of date
    cast(
        coalesce(stock.on_hand_qty, 0)
        - coalesce(
            sum(
                started.received_qty + started.corrected_qty + started.used_qty
                + started.untied_qty - started.shipped_qty
            ) over later,
            0
        ) as decimal(18, 4)
    ) as on_hand_qty, -- stock on hand at the day's end, unavailable stock included
    cast(
        coalesce(stock.on_hand_qty, 0)
        - sum(started.open_qty) over (partition by started.pool_id)
        - coalesce(
            sum(
                started.received_qty + started.corrected_qty + started.used_qty
                + started.untied_qty - started.ordered_qty - started.planned_ordered_qty
            ) over later,
            0
        ) as decimal(18, 4)
    ) as net_inventory_qty -- on hand less all accepted and not shipped, at the day's end
from started
left join stock on started.pool_id = stock.pool_id
window
    so_far as (
        partition by started.pool_id order by started.day
        rows between unbounded preceding and current row
    ),
    later as (
        partition by started.pool_id order by started.day
        rows between 1 following and unbounded following
    )
