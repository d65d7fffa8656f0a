-- One row per pool in which it matters who is first: several lines wait for more than is in stock,
-- and something is in stock or to come. Elsewhere every rule gives every line the same; but for
-- pools with stock and a customer who may not have all of it (strategies fill and lose), which are
-- here too.
-- grain: pool_id
-- store: table
with

waiting as (
    select
        pool_id,
        count(*) as lines,
        sum(open_qty - hard_pegged_qty) as waiting_qty,
        sum(case when strategy in ('fill', 'lose') then 1 else 0 end) as limited_lines,
        sum(case when strategy in ('gain', 'fill') then 1 else 0 end) as kept_lines,
    from core.open_lines
    group by pool_id
),

coming as (
    select pool_id, sum(supply_qty) as coming_qty
    from core.supply
    where supply_kind <> 'on_hand'
    group by pool_id
)

select
    waiting.pool_id as pool_id, -- lines and supply that may meet
    cast(waiting.lines as bigint) as lines, -- open order lines
    cast(waiting.waiting_qty as decimal(38, 4))
        as waiting_qty, -- quantity that waits for stock or supply any line may have
    cast(coalesce(on_hand.usable_qty, 0) as decimal(18, 4))
        as usable_qty, -- stock that can fill orders
    cast(coalesce(coming.coming_qty, 0) as decimal(38, 4)) as coming_qty, -- quantity on order
    waiting.kept_lines > 0
        as has_confirmed_lines -- what lines had before matters: strategies gain and fill
from waiting
left join core.on_hand as on_hand on waiting.pool_id = on_hand.pool_id
left join coming on waiting.pool_id = coming.pool_id
where
    (
        waiting.lines > 1
        and waiting.waiting_qty > coalesce(on_hand.usable_qty, 0)
        and coalesce(on_hand.usable_qty, 0) + coalesce(coming.coming_qty, 0) > 0
    )
    or (waiting.limited_lines > 0 and on_hand.usable_qty > 0)
