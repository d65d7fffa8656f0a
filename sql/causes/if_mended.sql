-- One row per basis, item and cause: what would be left of the shortages if only this cause were
-- mended, and what it makes short alone. Not additive over causes: where two causes were each
-- enough, mending one mends nothing.
-- grain: basis, item_id, cause
select
    claims.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    points.item_id as item_id, -- item
    claims.cause as cause, -- cause
    kinds.cause_name as cause_name, -- name of the cause
    cast(count(*) as bigint) as pool_dates, -- pools and days it took part in
    sum(claims.cause_share * cast(claims.short_qty as double))
        as cause_qty, -- short units that are the cause's
    sum(claims.sufficient_qty) as sufficient_qty, -- units short from this cause alone
    sum(claims.but_for_qty) as but_for_qty -- units not short had only this cause not been
from causes.claims as claims
inner join causes.pool_dates as points
    on claims.pool_id = points.pool_id
    and claims.on_date = points.on_date
inner join causes.kinds as kinds on claims.cause = kinds.cause
group by claims.basis, points.item_id, claims.cause, kinds.cause_name
