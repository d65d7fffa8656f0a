-- One row per cause: the units short today that are the cause's, less what a scenario mends.
-- Without a cause mended they are those of causes.by_cause.
-- grain: cause
with

mended as (
    select distinct subject_id as cause from core.changes where change = 'cause_mended'
),

parts as (
    select
        lines.cause,
        sum(
            case when mended.cause is null then pools.rest_rate else 0 end
            * cast(lines.cause_qty as double)
        ) as cause_qty,
    from causes.lines as lines
    inner join what_if.mended_pools as pools on lines.pool_id = pools.pool_id
    left join mended on lines.cause = mended.cause
    where lines.basis = 'as_of'
    group by lines.cause
)

select
    kinds.cause as cause, -- cause
    kinds.cause_name as cause_name, -- name of the cause
    kinds.cause_rank as cause_rank, -- order it is shown in
    coalesce(parts.cause_qty, 0) as cause_qty -- short units that are the cause's
from causes.kinds as kinds
left join parts on kinds.cause = parts.cause
