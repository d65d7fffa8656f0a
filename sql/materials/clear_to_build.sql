-- One row per demand of made items that waits for something to be started: how much of it can be made
-- now from what is in stock, parts in between included. Who is needed first takes first; nothing is
-- taken twice. Whole units where the demand is whole.
-- It is unknown where an item made of itself, or one whose stock nobody tells, decides.
-- grain: demand_id
-- store: table
with

shares as (
    select
        demand_id,
        max(blocked_share) as blocked_share,
        max(case when not is_loop and not is_stock_unknown then blocked_share else 0 end)
            as known_share,
        max(case when is_scarcest then component_id end) as component_id,
        count(*) as components,
        bool_or(is_loop) as has_loop,
    from materials.blocks
    where reckoning = 'stock'
    group by demand_id
),

makeable as (
    select
        demands.demand_id,
        demands.item_id,
        demands.needed_date,
        demands.first_due_date,
        demands.demand_qty,
        demands.demand_value,
        demands.lines,
        demands.price_missing_lines,
        shares.component_id,
        coalesce(shares.components, 0) as components,
        case
            when shares.blocked_share > shares.known_share and shares.has_loop
                then 'a bill of materials leads back to itself'
            when shares.blocked_share > shares.known_share
                then 'the stock of a component is unknown'
        end as unknown_reason,
        cast(demands.demand_qty as double) * (1 - coalesce(shares.blocked_share, 0)) + 1e-7
            as able_qty,
    from materials.demands as demands
    left join shares on demands.demand_id = shares.demand_id
    where demands.reckoning = 'stock'
),

made_whole as (
    select
        demand_id,
        item_id,
        needed_date,
        first_due_date,
        demand_qty,
        demand_value,
        lines,
        price_missing_lines,
        component_id,
        components,
        unknown_reason,
        case
            when unknown_reason is not null then null
            when demand_qty % 1 = 0 then cast(floor(able_qty) as decimal(18, 4))
            else least(demand_qty, cast(floor(able_qty * 10000) / 10000 as decimal(18, 4)))
        end as able_to_make_qty,
    from makeable
)

select
    demand_id, -- order lines of one item and day
    item_id, -- item to be made
    needed_date, -- day it is needed; today when that has passed
    first_due_date, -- earliest day anything that waits for it was due
    demand_qty as waiting_qty, -- quantity that waits for something to be started
    demand_value as waiting_value, -- value of the order lines that wait for it; unpriced ones left out
    able_to_make_qty, -- part that can be made from what is in stock; empty if unknown
    cast(demand_qty - able_to_make_qty as decimal(18, 4))
        as blocked_qty, -- part that cannot; empty if unknown
    cast(
        cast(demand_value as double) * cast(able_to_make_qty as double)
        / cast(demand_qty as double) as decimal(18, 2)
    ) as able_to_make_value, -- value of the first
    cast(
        demand_value - cast(
            cast(demand_value as double) * cast(able_to_make_qty as double)
            / cast(demand_qty as double) as decimal(18, 2)
        ) as decimal(18, 2)
    ) as blocked_value, -- value of the second
    lines, -- order lines that wait
    price_missing_lines, -- lines of unknown price among them, left out of values
    component_id, -- scarcest component; empty when none is short
    components, -- components that are short
    unknown_reason -- why it is not known how much can be made
from made_whole
