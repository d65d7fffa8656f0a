-- One row per basis, item and cause: what would not be short if only this cause were mended, and
-- what it makes short alone. Not additive over causes: where two causes were each enough, mending
-- one mends nothing; where both were needed, mending either mends all.
-- A line takes of what its pool would gain as much as it has of the pool's shortage.
-- grain: basis, item_id, cause
with

short as (
    select
        basis,
        pool_id,
        on_date,
        order_id,
        line_id,
        cast(sum(cause_qty) as double) as short_qty,
        cast(sum(cause_value) as double) as short_value,
    from causes.lines
    group by basis, pool_id, on_date, order_id, line_id
),

pools as (
    select
        basis,
        pool_id,
        on_date,
        count(*) as lines,
        count(*) - count(short_value) as price_missing_lines,
        sum(short_qty) as short_qty,
        sum(short_value) as short_value,
    from short
    group by basis, pool_id, on_date
),

shared as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        sum(cause_qty) as cause_qty,
        sum(cause_value) as cause_value,
    from causes.lines
    group by basis, pool_id, on_date, cause
)

select
    claims.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    points.item_id as item_id, -- item
    any_value(items.item_name) as item_name, -- name of the item
    claims.cause as cause, -- cause
    kinds.cause_name as cause_name, -- name of the cause
    any_value(kinds.cause_group) as cause_group, -- where it lies: demand, supply, own operation, …
    any_value(kinds.cause_rank) as cause_rank, -- order it is shown in
    any_value(kinds.is_planned) as is_planned, -- waiting on purpose
    cast(count(*) as bigint) as pool_dates, -- pools and days it took part in
    cast(sum(pools.lines) as bigint) as lines, -- lines short there
    cast(sum(pools.price_missing_lines) as bigint)
        as price_missing_lines, -- lines of unknown price, left out of the values
    cast(coalesce(sum(shared.cause_qty), 0) as decimal(38, 4))
        as cause_qty, -- short units that are the cause's
    cast(sum(shared.cause_value) as decimal(38, 2)) as cause_value, -- value of them
    sum(claims.sufficient_qty / cast(claims.short_qty as double) * pools.short_qty)
        as sufficient_qty, -- units short from this cause alone
    sum(claims.sufficient_qty / cast(claims.short_qty as double) * pools.short_value)
        as sufficient_value, -- value of them
    sum(claims.but_for_qty / cast(claims.short_qty as double) * pools.short_qty)
        as but_for_qty, -- units not short had only this cause not been
    sum(claims.but_for_qty / cast(claims.short_qty as double) * pools.short_value)
        as but_for_value -- value of them
from causes.claims as claims
inner join pools
    on claims.basis = pools.basis
    and claims.pool_id = pools.pool_id
    and claims.on_date = pools.on_date
left join shared
    on claims.basis = shared.basis
    and claims.pool_id = shared.pool_id
    and claims.on_date = shared.on_date
    and claims.cause = shared.cause
inner join causes.pool_dates as points
    on claims.pool_id = points.pool_id
    and claims.on_date = points.on_date
inner join causes.kinds as kinds on claims.cause = kinds.cause
left join core.items as items on points.item_id = items.item_id
group by claims.basis, points.item_id, claims.cause, kinds.cause_name
