-- One row per component need that free stock or an open order fills, and that supply: which purchase
-- or production order a demand waits for on the way, and how many days it comes too late. Needs in
-- the order they are netted in meet stock, then open orders as expected.
-- grain: demand_id, item_id, supply_id
-- store: table
with

needs as (
    select
        demand_id,
        item_id,
        needed_date,
        sum(met_qty) over (
            partition by item_id
            order by needed_date, demand_kind, first_due_date, demand_id
            rows between unbounded preceding and current row
        ) as end_qty,
    from materials.netted
    where reckoning = 'plan' and not is_demand and met_qty > 0
),

ends as (
    select item_id, demand_id, needed_date, cast(null as varchar) as supply_id, end_qty
    from needs
    union all
    select
        item_id,
        cast(null as varchar) as demand_id,
        cast(null as date) as needed_date,
        supply_id,
        end_qty,
    from materials.free_supply
    where item_id in (select item_id from needs)
),

stretches as (
    select
        item_id,
        first_value(demand_id ignore nulls) over following_ends as demand_id,
        first_value(needed_date ignore nulls) over following_ends as needed_date,
        first_value(supply_id ignore nulls) over following_ends as supply_id,
        end_qty
        - lag(end_qty, 1, 0) over (
            partition by item_id order by end_qty, demand_id, supply_id
        ) as pegged_qty,
    from ends
    window following_ends as (
        partition by item_id
        order by end_qty, demand_id, supply_id
        rows between current row and unbounded following
    )
),

pegged as (
    select item_id, demand_id, needed_date, supply_id, sum(pegged_qty) as pegged_qty
    from stretches
    where demand_id is not null and supply_id is not null and pegged_qty > 0
    group by item_id, demand_id, needed_date, supply_id
)

select
    pegged.demand_id as demand_id, -- demand that needs it
    pegged.item_id as item_id, -- component
    pegged.supply_id as supply_id, -- supply that gives it
    supply.supply_kind as supply_kind, -- on_hand, purchase_order or production_order
    pegged.needed_date as needed_date, -- day it is needed
    supply.expected_date as expected_date, -- day it is expected; empty if unknown
    cast(pegged.pegged_qty as decimal(18, 4)) as pegged_qty, -- quantity
    cast(
        case
            when supply.expected_date is not null
                then greatest(date_diff('day', pegged.needed_date, supply.expected_date), 0)
        end as integer
    ) as late_days -- days it comes after it is needed; empty if its day is unknown
from pegged
inner join materials.free_supply as supply on pegged.supply_id = supply.supply_id
