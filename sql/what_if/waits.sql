-- The open lines in one row, as a scenario is judged by them: what waits on purpose, when it is
-- filled, and which promises that breaks.
-- grain: one row
-- store: table
with

lines as (
    select
        promises.open_value,
        promises.fill_p50_date,
        promises.fill_p80_date,
        promises.promised_date,
        case
            when promises.pegged_qty < promises.open_qty then 0
            else promises.promise_kept_rate
        end as promise_kept_rate,
        lines.is_planned,
        lines.backordered_value,
        lines.backordered_qty + lines.future_short_qty as short_qty,
        as_of.as_of,
    from backlog.promises as promises
    cross join core.as_of as as_of
    inner join backlog.measured as lines
        on promises.order_id = lines.order_id
        and promises.line_id = lines.line_id
),

sums as (
    select
        sum(case when is_planned then backordered_value else 0 end) as planned_value,
        sum(case when fill_p50_date is null then 0 else short_qty end) as dated_qty,
        sum(cast(short_qty as double) * (fill_p50_date - as_of)) as wait_unit_days,
        max(case when short_qty > 0 then fill_p50_date - as_of end) as last_days,
        max(case when short_qty > 0 then fill_p80_date - as_of end) as last_p80_days,
        count(case when fill_p50_date > promised_date then 1 end) as late_lines,
        sum(case when fill_p50_date > promised_date then open_value end) as late_value,
        sum(case when promised_date is not null then 1 - promise_kept_rate end)
            as broken_lines,
        sum(
            case when promised_date is not null then 1 - promise_kept_rate end
            * cast(open_value as double)
        ) as broken_value,
    from lines
)

select
    planned_value, -- value backordered on purpose
    wait_unit_days / nullif(cast(dated_qty as double), 0)
        as mean_wait_days, -- mean days until a short unit is filled, of those filled at all
    last_days, -- days until the last of them is filled
    last_p80_days, -- the same with 80 %
    late_lines, -- lines filled after the day promised
    late_value, -- value of them
    broken_lines, -- promises expected to break
    broken_value -- value of them
from sums
