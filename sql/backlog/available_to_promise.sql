-- One row per pool and day on which what can be promised may change: how much of the stock and of
-- the open orders expected by then is not needed for orders already accepted.
-- From its day to the pool's next row: the least, over that day and all later ones, of supply so
-- far less commitments so far, 0 when that is negative. A line is committed on its due date, at
-- once when that has passed. Supply counts from the day it is expected, in the columns p80 and p95
-- from the day by which it is there with 80 and 95 %; without such a day it does not count. What own
-- production will still take of a component is not taken off.
-- grain: pool_id, from_date
-- store: table
with

moves as (
    select
        pool_id,
        item_id,
        expected_date as on_date,
        supply_qty,
        0 as supply_p80_qty,
        0 as supply_p95_qty,
        0 as committed_qty,
    from core.supply
    where expected_date is not null
    union all
    select
        pool_id,
        item_id,
        expected_p80_date as on_date,
        0 as supply_qty,
        supply_qty as supply_p80_qty,
        0 as supply_p95_qty,
        0 as committed_qty,
    from core.supply
    where expected_p80_date is not null
    union all
    select
        pool_id,
        item_id,
        expected_p95_date as on_date,
        0 as supply_qty,
        0 as supply_p80_qty,
        supply_qty as supply_p95_qty,
        0 as committed_qty,
    from core.supply
    where expected_p95_date is not null
    union all
    select
        demand.pool_id,
        demand.item_id,
        greatest(demand.due_date, as_of.as_of) as on_date,
        0 as supply_qty,
        0 as supply_p80_qty,
        0 as supply_p95_qty,
        demand.open_qty as committed_qty,
    from core.open_demand as demand
    cross join core.as_of as as_of
    union all
    select distinct
        supply.pool_id,
        supply.item_id,
        as_of.as_of as on_date,
        0 as supply_qty,
        0 as supply_p80_qty,
        0 as supply_p95_qty,
        0 as committed_qty,
    from core.supply as supply
    cross join core.as_of as as_of
),

moves_by_day as (
    select
        pool_id,
        item_id,
        on_date,
        sum(supply_qty) as supply_qty,
        sum(supply_p80_qty) as supply_p80_qty,
        sum(supply_p95_qty) as supply_p95_qty,
        sum(committed_qty) as committed_qty,
    from moves
    group by pool_id, item_id, on_date
),

balances as (
    select
        pool_id,
        item_id,
        on_date,
        sum(supply_qty) over so_far as supply_qty,
        sum(committed_qty) over so_far as committed_qty,
        sum(supply_qty - committed_qty) over so_far as balance_qty,
        sum(supply_p80_qty - committed_qty) over so_far as balance_p80_qty,
        sum(supply_p95_qty - committed_qty) over so_far as balance_p95_qty,
    from moves_by_day
    window so_far as (
        partition by pool_id
        order by on_date
        rows between unbounded preceding and current row
    )
)

select
    balances.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    balances.item_id as item_id, -- item
    items.item_name as item_name, -- name of the item
    balances.on_date as from_date, -- day from which it can be promised for
    cast(balances.supply_qty as decimal(18, 4)) as supply_qty, -- stock and supply expected by then
    cast(balances.committed_qty as decimal(18, 4))
        as committed_qty, -- accepted orders due by then
    cast(greatest(min(balances.balance_qty) over to_the_end, 0) as decimal(18, 4))
        as available_qty, -- can be promised: as likely kept as not
    cast(greatest(min(balances.balance_p80_qty) over to_the_end, 0) as decimal(18, 4))
        as available_p80_qty, -- can be promised with 80 %
    cast(greatest(min(balances.balance_p95_qty) over to_the_end, 0) as decimal(18, 4))
        as available_p95_qty -- can be promised with 95 %
from balances
left join core.items as items on balances.item_id = items.item_id
window to_the_end as (
    partition by balances.pool_id
    order by balances.on_date
    rows between current row and unbounded following
)
