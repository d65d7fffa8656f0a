-- One row per reckoning, demand, and item it needs on any level: what stock or open orders give, and
-- what is still to be made or bought. Level by level: what of an item is not there is made, and asks
-- for its components in turn. What reckoning plan takes: free stock and all open orders, late ones
-- too. Reckoning stock: free stock alone. Who needs it first is served first; among equals production
-- orders, then whose orders were due first.
-- The demand itself is netted by the queue of the backlog already. What is not counted in stock and
-- is not made is always there. Components are needed for what is wanted, not for what lot sizes add
-- to it, on the day their item is to be started: its lead time before it is needed, today if passed.
-- grain: reckoning, demand_id, item_id
-- store: table
-- engine: duckdb
with recursive

-- Numbers in place of names, in the order in which equals are served: there may be millions of rows.
demands as (
    select
        cast(
            row_number() over (
                order by demand_kind, first_due_date, demand_id, reckoning
            ) as integer
        ) as demand_number,
        reckoning,
        demand_id,
        demand_kind,
        item_id,
        first_due_date,
        needed_date,
        demand_qty,
    from materials.demands
),

mentioned as (
    select item_id from materials.demands
    union
    select item_id from materials.components
    union
    select component_id as item_id from materials.components
),

numbered as (
    select
        cast(row_number() over (order by mentioned.item_id) as integer) as item_number,
        mentioned.item_id,
        cast(coalesce(levels.low_level, 0) as integer) as low_level,
        coalesce(items.lead_time_days, levers.usual_lead_time_days) as make_days,
        coalesce(tracked.inventory_tracked, true) as is_tracked,
    from mentioned
    cross join core.levers as levers
    left join materials.levels as levels on mentioned.item_id = levels.item_id
    left join core.items as items on mentioned.item_id = items.item_id
    left join contract.items as tracked on mentioned.item_id = tracked.item_id
),

supply as materialized (
    select
        reckonings.reckoning = 'plan' as is_plan,
        numbered.item_number,
        sum(free_supply.free_qty) as free_qty,
    from materials.free_supply as free_supply
    cross join (values ('plan'), ('stock')) as reckonings (reckoning)
    inner join numbered on free_supply.item_id = numbered.item_id
    where reckonings.reckoning = 'plan' or free_supply.supply_kind = 'on_hand'
    group by reckonings.reckoning, numbered.item_number
),

components as materialized (
    select
        made.item_number,
        parts.item_number as component_number,
        components.per_unit_qty,
        parts.low_level,
        made.make_days,
    from materials.components as components
    inner join numbered as made on components.item_id = made.item_id
    inner join numbered as parts on components.component_id = parts.item_id
    where parts.is_tracked or components.is_component_made
),

netted as (
    select
        demands.demand_number,
        demands.reckoning = 'plan' as is_plan,
        numbered.item_number,
        true as is_demand,
        demands.demand_kind = 'production_order' as is_started,
        -1 as low_level,
        -1 as step,
        true as is_netted,
        demands.needed_date,
        cast(demands.demand_qty as decimal(18, 4)) as needed_qty,
        cast(demands.demand_qty as decimal(18, 4)) as missing_qty,
        cast(1 as double) as needed_share,
        cast(1 as double) as blocked_share,
    from demands
    inner join numbered on demands.item_id = numbered.item_id
    union all
    (
        with

        waiting as (
            select
                netted.demand_number,
                coalesce(components.component_number, netted.item_number) as item_number,
                max(netted.is_plan) as is_plan,
                max(coalesce(components.low_level, netted.low_level)) as low_level,
                max(netted.step) + 1 as step,
                min(
                    case
                        when not netted.is_netted or netted.is_started
                            then netted.needed_date
                        else greatest(
                            netted.needed_date - components.make_days, as_of.as_of
                        )
                    end
                ) as needed_date,
                sum(
                    case
                        when netted.is_netted
                            then least(
                                cast(netted.missing_qty as double) * components.per_unit_qty,
                                9e12
                            )
                        else cast(netted.needed_qty as double)
                    end
                ) as needed_qty,
                max(netted.blocked_share) as needed_share,
            from netted
            cross join core.as_of as as_of
            left join components
                on netted.item_number = components.item_number
                and netted.is_netted
            where
                not netted.is_netted
                or (netted.missing_qty > 0 and components.component_number is not null)
            group by
                netted.demand_number,
                coalesce(components.component_number, netted.item_number)
        ),

        met as (
            select
                waiting.demand_number,
                waiting.is_plan,
                waiting.item_number,
                waiting.low_level,
                waiting.step,
                waiting.low_level <= waiting.step as is_netted,
                waiting.needed_date,
                cast(least(waiting.needed_qty, 9e12) as decimal(18, 4)) as needed_qty,
                waiting.needed_share,
                case
                    when supply.free_qty is null then 0
                    else greatest(
                        supply.free_qty - coalesce(
                            sum(cast(least(waiting.needed_qty, 9e12) as decimal(18, 4))) over (
                                partition by waiting.is_plan, waiting.item_number
                                order by waiting.needed_date, waiting.demand_number
                                rows between unbounded preceding and 1 preceding
                            ),
                            0
                        ),
                        0
                    )
                end as left_qty,
            from waiting
            left join supply
                on waiting.is_plan = supply.is_plan
                and waiting.item_number = supply.item_number
        )

        select
            demand_number,
            is_plan,
            item_number,
            false as is_demand,
            false as is_started,
            low_level,
            step,
            is_netted,
            needed_date,
            needed_qty,
            cast(
                case when is_netted then greatest(needed_qty - left_qty, 0) end
                as decimal(18, 4)
            ) as missing_qty,
            needed_share,
            case
                when is_netted and needed_qty > 0
                    then needed_share
                    * cast(greatest(needed_qty - left_qty, 0) as double)
                    / cast(needed_qty as double)
                when is_netted then 0
                else needed_share
            end as blocked_share,
        from met
    )
)

select
    demands.reckoning
        as reckoning, -- plan: beyond all that is on order; stock: from stock alone
    demands.demand_id as demand_id, -- demand that needs it
    numbered.item_id as item_id, -- item needed
    netted.is_demand as is_demand, -- the demand's own item; a component otherwise
    demands.demand_kind as demand_kind, -- sales_orders or production_order
    demands.first_due_date
        as first_due_date, -- earliest day anything that waits for the demand was due
    netted.needed_date as needed_date, -- day it is needed
    netted.needed_qty as needed_qty, -- quantity needed
    cast(netted.needed_qty - netted.missing_qty as decimal(18, 4))
        as met_qty, -- part that free stock gives, and under plan open orders
    netted.missing_qty as missing_qty, -- part that is still to be made or bought
    netted.needed_share as needed_share, -- share of the demand that needs any of it
    netted.blocked_share as blocked_share -- share of the demand that waits for this part
from netted
inner join demands on netted.demand_number = demands.demand_number
inner join numbered on netted.item_number = numbered.item_number
where netted.is_netted
