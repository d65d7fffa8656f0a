-- One row per basis and cause: its units and value, and its part of the whole shortage. The causes
-- of a basis add up to the shortage.
-- grain: basis, cause
select
    parts.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    parts.cause as cause, -- cause
    parts.cause_name as cause_name, -- name of the cause
    kinds.cause_group as cause_group, -- where it lies: demand, supply, own operation, …
    parts.cause_rank as cause_rank, -- order it is shown in
    parts.is_planned as is_planned, -- waiting on purpose
    kinds.meaning as meaning, -- what happened, in a sentence
    parts.lines as lines, -- lines with units of the cause
    parts.cause_qty as cause_qty, -- short units that are the cause's
    parts.cause_value as cause_value, -- value of them; lines of unknown price left out
    totals.short_qty as short_qty, -- short units of all causes
    totals.short_value as short_value, -- value of them
    cast(parts.cause_qty as double) / nullif(cast(totals.short_qty as double), 0)
        as qty_share_rate, -- cause_qty / short_qty
    cast(parts.cause_value as double) / nullif(cast(totals.short_value as double), 0)
        as value_share_rate -- cause_value / short_value
from causes.by_dimension as parts
inner join causes.totals as totals on parts.basis = totals.basis
inner join causes.kinds as kinds on parts.cause = kinds.cause
where parts.dimension = 'total'
