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

supply as (
    select
        'plan' as reckoning,
        item_id,
        sum(free_qty) as free_qty,
    from materials.free_supply
    group by item_id
    union all
    select
        'stock' as reckoning,
        item_id,
        sum(free_qty) as free_qty,
    from materials.free_supply
    where supply_kind = 'on_hand'
    group by item_id
),

components as (
    select
        components.item_id,
        components.component_id,
        components.per_unit_qty,
        coalesce(levels.low_level, 0) as low_level,
        coalesce(made.lead_time_days, levers.usual_lead_time_days) as make_days,
    from materials.components as components
    cross join core.levers as levers
    left join materials.levels as levels on components.component_id = levels.item_id
    left join contract.items as items on components.component_id = items.item_id
    left join core.items as made on components.item_id = made.item_id
    where coalesce(items.inventory_tracked, true) or components.is_component_made
),

netted as (
    select
        reckoning,
        demand_id,
        item_id,
        true as is_demand,
        demand_kind = 'production_order' as is_started,
        -1 as low_level,
        -1 as step,
        true as is_netted,
        demand_kind,
        first_due_date,
        needed_date,
        cast(demand_qty as decimal(18, 4)) as needed_qty,
        cast(demand_qty as decimal(18, 4)) as missing_qty,
        cast(1 as double) as needed_share,
        cast(1 as double) as blocked_share,
    from materials.demands
    union all
    (
        with

        waiting as (
            select
                netted.reckoning,
                netted.demand_id,
                coalesce(components.component_id, netted.item_id) as item_id,
                coalesce(components.low_level, netted.low_level) as low_level,
                netted.step + 1 as step,
                netted.demand_kind,
                netted.first_due_date,
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
                on netted.item_id = components.item_id
                and netted.is_netted
            where
                not netted.is_netted
                or (netted.missing_qty > 0 and components.component_id is not null)
            group by all
        ),

        met as (
            select
                waiting.reckoning,
                waiting.demand_id,
                waiting.item_id,
                waiting.low_level,
                waiting.step,
                waiting.low_level <= waiting.step as is_netted,
                waiting.demand_kind,
                waiting.first_due_date,
                waiting.needed_date,
                cast(least(waiting.needed_qty, 9e12) as decimal(18, 4)) as needed_qty,
                waiting.needed_share,
                coalesce(supply.free_qty, 0) as free_qty,
                sum(cast(least(waiting.needed_qty, 9e12) as decimal(18, 4))) over (
                    partition by waiting.reckoning, waiting.item_id
                    order by
                        waiting.needed_date,
                        waiting.demand_kind,
                        waiting.first_due_date,
                        waiting.demand_id
                    rows between unbounded preceding and current row
                ) as end_qty,
            from waiting
            left join supply
                on waiting.reckoning = supply.reckoning
                and waiting.item_id = supply.item_id
        )

        select
            reckoning,
            demand_id,
            item_id,
            false as is_demand,
            false as is_started,
            low_level,
            step,
            is_netted,
            demand_kind,
            first_due_date,
            needed_date,
            needed_qty,
            cast(
                case
                    when is_netted then least(needed_qty, greatest(end_qty - free_qty, 0))
                end as decimal(18, 4)
            ) as missing_qty,
            needed_share,
            case
                when is_netted and needed_qty > 0
                    then needed_share
                    * cast(least(needed_qty, greatest(end_qty - free_qty, 0)) as double)
                    / cast(needed_qty as double)
                when is_netted then 0
                else needed_share
            end as blocked_share,
        from met
    )
)

select
    reckoning, -- plan: beyond all that is on order; stock: from stock alone
    demand_id, -- demand that needs it
    item_id, -- item needed
    is_demand, -- the demand's own item; a component otherwise
    demand_kind, -- sales_orders or production_order
    first_due_date, -- earliest day anything that waits for the demand was due
    needed_date, -- day it is needed
    needed_qty, -- quantity needed
    cast(needed_qty - missing_qty as decimal(18, 4))
        as met_qty, -- part that free stock gives, and under plan open orders
    missing_qty, -- part that is still to be made or bought
    needed_share, -- share of the demand that needs any of it
    blocked_share -- share of the demand that waits for this part
from netted
where is_netted
