-- One row per pool that is short today: what stays short when a scenario mends causes, and what
-- holding the stock that covers the rest costs in a year.
-- Mended is what would not be short but for these causes; what they made short together with others
-- stays, and is these others'. Without a cause mended all stays.
-- grain: pool_id
with

mended as (
    select distinct subject_id as cause from core.changes where change = 'cause_mended'
),

short as (
    select
        lines.pool_id,
        lines.on_date,
        sum(cast(lines.cause_qty as double)) as short_qty,
        sum(case when mended.cause is null then 0 else cast(lines.cause_qty as double) end)
            as mended_qty,
    from causes.lines as lines
    left join mended on lines.cause = mended.cause
    where lines.basis = 'as_of'
    group by lines.pool_id, lines.on_date
),

gains as (
    select
        claims.pool_id,
        claims.on_date,
        least(sum(claims.but_for_qty / cast(claims.short_qty as double)), 1) as gain_rate,
    from causes.claims as claims
    inner join mended on claims.cause = mended.cause
    where claims.basis = 'as_of'
    group by claims.pool_id, claims.on_date
)

select
    short.pool_id as pool_id, -- lines and supply that may meet
    case
        when gains.gain_rate is null then 1
        when short.short_qty > short.mended_qty
            then least(
                short.short_qty * (1 - gains.gain_rate) / (short.short_qty - short.mended_qty),
                1
            )
        else 0
    end as rest_rate, -- part of the units of all other causes that stays short
    short.short_qty * coalesce(gains.gain_rate, 0) as covered_qty, -- units not short any more
    short.short_qty
    * coalesce(gains.gain_rate, 0)
    * cast(items.unit_cost as double)
    * coalesce(cast(masters.holding_cost_rate as double), levers.holding_cost_rate)
        as holding_value -- yearly cost of holding them; empty when the cost is unknown
from short
cross join core.levers as levers
left join gains
    on short.pool_id = gains.pool_id
    and short.on_date = gains.on_date
inner join causes.pool_dates as points
    on short.pool_id = points.pool_id
    and short.on_date = points.on_date
left join core.items as items on points.item_id = items.item_id
left join contract.items as masters on points.item_id = masters.item_id
