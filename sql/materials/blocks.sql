-- One row per reckoning, demand and bought component that keeps a part of it from being made: what is
-- made in between is not the end of the search. An item made of itself, or made without a bill of
-- materials, is taken for one too: what it takes is not known. Under plan a bought item that is sold
-- blocks its own orders.
-- A demand can be made as far as its scarcest component goes. What of it a component blocks is what
-- would be left if all others were there: shares of several overlap and are not to be added up. What
-- a component frees is what could be made more if it alone came: nothing where another is as scarce.
-- grain: reckoning, demand_id, component_id
-- store: table
with

made as (
    select item_id, bool_or(is_loop) as is_loop
    from materials.bom_lines
    group by item_id
),

known_stock as (
    select distinct item_id from core.balances
),

scarce as (
    select
        netted.reckoning,
        netted.demand_id,
        netted.item_id as component_id,
        netted.missing_qty,
        netted.needed_date,
        netted.blocked_share,
        coalesce(made.is_loop, false) as is_loop,
        made.item_id is null and known_stock.item_id is null as is_stock_unknown,
    from materials.netted as netted
    left join made on netted.item_id = made.item_id
    left join known_stock on netted.item_id = known_stock.item_id
    where
        netted.missing_qty > 0
        and (made.item_id is null or made.is_loop)
        and not (netted.is_demand and netted.demand_kind = 'production_order' and not made.is_loop)
),

scarce_ranked as (
    select
        reckoning,
        demand_id,
        component_id,
        missing_qty,
        needed_date,
        blocked_share,
        is_loop,
        is_stock_unknown,
        row_number() over (
            partition by reckoning, demand_id
            order by blocked_share desc, component_id
        ) as scarcity_rank,
        lead(blocked_share, 1, 0) over (
            partition by reckoning, demand_id
            order by blocked_share desc, component_id
        ) as next_share,
    from scarce
)

select
    scarce.reckoning as reckoning, -- plan: beyond all that is on order; stock: from stock alone
    scarce.demand_id as demand_id, -- demand that is blocked
    demands.demand_kind as demand_kind, -- sales_orders or production_order
    demands.item_id as item_id, -- item of the demand
    scarce.component_id as component_id, -- component that is not there
    scarce.component_id = demands.item_id as is_direct, -- the item itself is to be bought
    scarce.missing_qty as missing_qty, -- quantity of the component that is not there
    scarce.needed_date as needed_date, -- day it is needed
    scarce.blocked_share as blocked_share, -- share of the demand that waits for it
    case when scarce.scarcity_rank = 1 then scarce.blocked_share - scarce.next_share else 0 end
        as freed_share, -- share of the demand that could be made if it alone came
    scarce.scarcity_rank = 1 as is_scarcest, -- no other component blocks more of the demand
    scarce.is_loop as is_loop, -- the item is made of itself: what it takes is not known
    scarce.is_stock_unknown as is_stock_unknown, -- nothing tells its stock: taken for none
    cast(cast(demands.demand_qty as double) * scarce.blocked_share as decimal(18, 4))
        as blocked_qty, -- units of the demand's item that wait for it
    cast(cast(demands.demand_value as double) * scarce.blocked_share as decimal(18, 2))
        as blocked_value, -- value of the backlog that waits for it; unpriced lines left out
    demands.lines as lines, -- order lines of the demand
    demands.price_missing_lines as price_missing_lines -- lines of unknown price among them
from scarce_ranked as scarce
inner join materials.demands as demands
    on scarce.reckoning = demands.reckoning
    and scarce.demand_id = demands.demand_id
