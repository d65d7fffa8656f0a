-- One row per pool of stock that sells: the day it runs out at the mean rate of sale, without and
-- with what is on order as expected. With supply: the first day at which the stock, and what has
-- come by then, is used up before the next supply comes. Stock below what is owed has run out.
-- grain: pool_id
-- store: table
with

positions as (
    select
        pool_id,
        usable_qty - owed_qty as stock_qty,
        demand_qty / lead_time_days as daily_qty,
    from risk.stock_positions
    where demand_qty > 0 and usable_qty is not null
),

steps as (
    select
        positions.pool_id,
        date_diff('day', as_of.as_of, supply.expected_date) as to_days,
        sum(cast(supply.supply_qty as double)) as step_qty,
    from positions
    inner join core.expected_supply as supply on positions.pool_id = supply.pool_id
    cross join core.as_of as as_of
    where supply.sales_order_id is null and supply.expected_date is not null
    group by all
    union all
    select pool_id, 100000 as to_days, 0 as step_qty
    from positions
),

walked as (
    select
        steps.pool_id,
        steps.to_days,
        positions.daily_qty,
        positions.stock_qty
        + sum(steps.step_qty) over (
            partition by steps.pool_id
            order by steps.to_days
            rows between unbounded preceding and current row
        )
        - steps.step_qty as stock_qty,
    from steps
    inner join positions on steps.pool_id = positions.pool_id
),

found as (
    select
        pool_id,
        min(greatest(stock_qty, 0) / daily_qty) as days,
    from walked
    where stock_qty < daily_qty * to_days
    group by pool_id
)

select
    positions.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    case
        when positions.stock_qty < positions.daily_qty * 3650
            then as_of.as_of
                + cast(floor(greatest(positions.stock_qty, 0) / positions.daily_qty) as integer)
    end as before_run_out_date, -- day it runs out without what is on order; empty beyond ten years
    case
        when found.days < 3650 then as_of.as_of + cast(floor(found.days) as integer)
    end as after_run_out_date -- day it first runs out with it; empty beyond ten years
from positions
cross join core.as_of as as_of
left join found on positions.pool_id = found.pool_id
