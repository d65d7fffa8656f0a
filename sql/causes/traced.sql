-- One row per day on which lines were short and piece of evidence, found by following what is
-- passed on, five times at most: its part of the claims.
-- grain: pool_id, on_date, cause, evidence_kind, evidence_id, evidence_pool_id, evidence_date
-- store: table
with recursive

explained as (
    select distinct pool_id, on_date from causes.parts
),

links as (
    select
        parts.pool_id,
        parts.on_date,
        parts.cause,
        parts.evidence_kind,
        parts.evidence_id,
        parts.claim_share,
        explained.pool_id as passed_pool_id,
        explained.on_date as passed_date,
    from causes.parts as parts
    left join explained
        on parts.passed_pool_id = explained.pool_id
        and parts.passed_date = explained.on_date
),

followed as (
    select
        pool_id,
        on_date,
        pool_id as evidence_pool_id,
        on_date as evidence_date,
        cast(1 as double) as claim_share,
        0 as steps,
    from causes.pool_dates
    where is_short
    union all
    select
        followed.pool_id,
        followed.on_date,
        links.passed_pool_id as evidence_pool_id,
        links.passed_date as evidence_date,
        followed.claim_share * links.claim_share as claim_share,
        followed.steps + 1 as steps,
    from followed
    inner join links
        on followed.evidence_pool_id = links.pool_id
        and followed.evidence_date = links.on_date
    where links.passed_pool_id is not null and followed.steps < 5
)

select
    followed.pool_id as pool_id, -- lines and supply that may meet
    followed.on_date as on_date, -- day the lines were short
    links.cause as cause, -- cause
    links.evidence_kind as evidence_kind, -- what kind of record made the claim
    links.evidence_id as evidence_id, -- which one
    followed.evidence_pool_id as evidence_pool_id, -- pool of the evidence: the line's, or a component's
    followed.evidence_date as evidence_date, -- day whose plan it broke
    sum(followed.claim_share * links.claim_share)
        as claim_share -- part of all claims on the day, 0-1
from followed
inner join links
    on followed.evidence_pool_id = links.pool_id
    and followed.evidence_date = links.on_date
where links.passed_pool_id is null or followed.steps = 5
group by
    followed.pool_id,
    followed.on_date,
    links.cause,
    links.evidence_kind,
    links.evidence_id,
    followed.evidence_pool_id,
    followed.evidence_date
