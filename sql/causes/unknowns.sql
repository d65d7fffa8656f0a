-- One row per basis and table that would tell: the short units whose cause is unknown.
-- grain: basis, missing_table
select
    lines.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    claims.missing_table as missing_table, -- contract table whose rows would tell
    cast(count(*) as bigint) as lines, -- lines with units of unknown cause
    cast(sum(lines.cause_qty) as decimal(38, 4)) as unknown_qty, -- short units of unknown cause
    cast(sum(lines.cause_value) as decimal(38, 2))
        as unknown_value, -- value of them; lines of unknown price left out
    cast(count(*) - count(lines.cause_value) as bigint)
        as price_missing_lines -- lines of unknown price, left out of the value
from causes.lines as lines
inner join causes.claims as claims
    on lines.basis = claims.basis
    and lines.pool_id = claims.pool_id
    and lines.on_date = claims.on_date
    and lines.cause = claims.cause
where lines.cause = 'unknown'
group by lines.basis, claims.missing_table
