-- One row per basis: how much is short, on purpose or not, and how much of it nobody can explain.
-- Planned and unplanned add up to short; unknown is part of unplanned. Values leave out lines of
-- unknown price, which are counted.
-- grain: basis
with

summed as (
    select
        lines.basis,
        count(distinct hash(lines.order_id, lines.line_id)) as lines,
        count(
            distinct case
                when lines.cause_value is null then hash(lines.order_id, lines.line_id)
            end
        ) as price_missing_lines,
        bool_or(lines.cause_value is not null) as is_any_value_known,
        sum(lines.cause_qty) as short_qty,
        sum(case when kinds.is_planned then lines.cause_qty else 0 end) as planned_qty,
        sum(case when lines.cause = 'unknown' then lines.cause_qty else 0 end) as unknown_qty,
        coalesce(sum(lines.cause_value), 0) as short_value,
        coalesce(sum(case when kinds.is_planned then lines.cause_value end), 0) as planned_value,
        coalesce(sum(case when lines.cause = 'unknown' then lines.cause_value end), 0)
            as unknown_value,
    from causes.lines as lines
    inner join causes.kinds as kinds on lines.cause = kinds.cause
    group by lines.basis
)

select
    basis, -- fell_due: on the day the lines fell due; as_of: today
    cast(lines as bigint) as lines, -- short lines
    cast(short_qty as decimal(38, 4)) as short_qty, -- units short, of all causes
    cast(planned_qty as decimal(38, 4)) as planned_qty, -- units that wait on purpose
    cast(short_qty - planned_qty as decimal(38, 4)) as unplanned_qty, -- units that do not
    cast(unknown_qty as decimal(38, 4))
        as unknown_qty, -- unplanned units of unknown cause: the records that would tell are missing
    cast(case when is_any_value_known then short_value end as decimal(38, 2))
        as short_value, -- value of what is short; empty when no price is known
    cast(case when is_any_value_known then planned_value end as decimal(38, 2))
        as planned_value, -- value of what waits on purpose
    cast(case when is_any_value_known then short_value - planned_value end as decimal(38, 2))
        as unplanned_value, -- value of what does not
    cast(case when is_any_value_known then unknown_value end as decimal(38, 2))
        as unknown_value, -- value of what is short for an unknown cause
    cast(planned_qty as double) / nullif(cast(short_qty as double), 0)
        as planned_qty_rate, -- planned_qty / short_qty
    case when is_any_value_known then planned_value end / nullif(cast(short_value as double), 0)
        as planned_value_rate, -- planned_value / short_value
    cast(unknown_qty as double) / nullif(cast(short_qty as double), 0)
        as unknown_qty_rate, -- unknown_qty / short_qty
    case when is_any_value_known then unknown_value end / nullif(cast(short_value as double), 0)
        as unknown_value_rate, -- unknown_value / short_value
    cast(price_missing_lines as bigint)
        as price_missing_lines -- lines of unknown price, left out of the value
from summed
