-- One row per short line: the cause most of it is due to, and how sure that is.
-- Confidence is that of the cause's claim on the pool's shortage that day; where its share is below
-- mixed_below_share no cause stands out.
-- grain: basis, order_id, line_id
with

ranked as (
    select
        lines.basis,
        lines.order_id,
        lines.line_id,
        lines.pool_id,
        lines.on_date,
        lines.cause,
        claims.cause_share,
        claims.confidence,
        claims.missing_table,
        row_number() over (
            partition by lines.basis, lines.order_id, lines.line_id
            order by lines.cause_qty desc, claims.cause_share desc, lines.cause
        ) as cause_rank,
    from causes.lines as lines
    inner join causes.claims as claims
        on lines.basis = claims.basis
        and lines.pool_id = claims.pool_id
        and lines.on_date = claims.on_date
        and lines.cause = claims.cause
)

select
    ranked.basis as basis, -- fell_due: on the day it fell due; as_of: today
    ranked.order_id as order_id, -- order the line belongs to
    ranked.line_id as line_id, -- line within the order
    ranked.pool_id as pool_id, -- lines and supply that may meet
    ranked.on_date as on_date, -- day the line was short
    ranked.cause as top_cause, -- cause of most of its units
    kinds.cause_name as top_cause_name, -- name of that cause
    ranked.cause_share as cause_share, -- its part of the pool's shortage that day, 0-1
    ranked.confidence as confidence, -- how sure it is that it is the main cause, 0-1
    ranked.cause_share < levers.mixed_below_share as is_mixed, -- no cause stands out
    ranked.missing_table as missing_table -- table whose rows would tell, where it is unknown
from ranked
inner join causes.kinds as kinds on ranked.cause = kinds.cause
cross join core.levers as levers
where ranked.cause_rank = 1
