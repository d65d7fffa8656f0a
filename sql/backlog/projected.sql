-- One row per week from the as-of date's on: what will still wait at its end, as orders stand.
-- A peg fills its line on the day it is expected, or when the line falls due if that is later.
-- What nothing is pegged to waits for ever; so do pegs without an expected date. Holds are taken
-- as lifted. No new orders are assumed. The columns p80 take of each peg the day by which it is
-- there with 80 %: they are no quantile of the whole, for not all supplies are late at once.
-- grain: week_start
with

weeks as (
    select
        calendar.week_start,
        calendar.week_start + 6 as week_end,
    from core.calendar as calendar
    inner join core.as_of as as_of on calendar.day >= as_of.as_of
    group by calendar.week_start
),

-- Lines fall due, pegs fill them, and what is pegged is not uncovered.
events as (
    select
        greatest(lines.due_date, as_of.as_of) as event_date,
        lines.open_qty as due_qty,
        0 as filled_qty,
        0 as filled_p80_qty,
        lines.open_qty * lines.unit_price as waiting_value,
        lines.open_qty * lines.unit_price as waiting_p80_value,
        case when lines.due_date < as_of.as_of then lines.open_qty else 0 end as overdue_qty,
        lines.open_qty as unpegged_qty,
        lines.open_qty * lines.unit_price as unpegged_value,
    from backlog.lines as lines
    cross join core.as_of as as_of
    where not lines.is_unit_unknown
    union all
    select
        greatest(lines.due_date, pegs.expected_date) as event_date,
        0 as due_qty,
        pegs.pegged_qty as filled_qty,
        0 as filled_p80_qty,
        -pegs.pegged_qty * lines.unit_price as waiting_value,
        0 as waiting_p80_value,
        case when lines.due_date < as_of.as_of then -pegs.pegged_qty else 0 end
            as overdue_qty,
        0 as unpegged_qty,
        0 as unpegged_value,
    from core.pegs as pegs
    inner join backlog.lines as lines
        on pegs.order_id = lines.order_id
        and pegs.line_id = lines.line_id
    cross join core.as_of as as_of
    where pegs.expected_date is not null
    union all
    select
        greatest(lines.due_date, pegs.expected_p80_date) as event_date,
        0 as due_qty,
        0 as filled_qty,
        pegs.pegged_qty as filled_p80_qty,
        0 as waiting_value,
        -pegs.pegged_qty * lines.unit_price as waiting_p80_value,
        0 as overdue_qty,
        0 as unpegged_qty,
        0 as unpegged_value,
    from core.pegs as pegs
    inner join backlog.lines as lines
        on pegs.order_id = lines.order_id
        and pegs.line_id = lines.line_id
    where pegs.expected_p80_date is not null
    union all
    select
        greatest(lines.due_date, as_of.as_of) as event_date,
        0 as due_qty,
        0 as filled_qty,
        0 as filled_p80_qty,
        0 as waiting_value,
        0 as waiting_p80_value,
        0 as overdue_qty,
        -pegs.pegged_qty as unpegged_qty,
        -pegs.pegged_qty * lines.unit_price as unpegged_value,
    from core.pegs as pegs
    inner join backlog.lines as lines
        on pegs.order_id = lines.order_id
        and pegs.line_id = lines.line_id
    cross join core.as_of as as_of
),

events_by_week as (
    select
        cast(date_trunc('week', event_date) as date) as week_start,
        sum(due_qty) as due_qty,
        sum(filled_qty) as filled_qty,
        sum(filled_p80_qty) as filled_p80_qty,
        sum(waiting_value) as waiting_value,
        sum(waiting_p80_value) as waiting_p80_value,
        sum(overdue_qty) as overdue_qty,
        sum(unpegged_qty) as unpegged_qty,
        sum(unpegged_value) as unpegged_value,
    from events
    group by cast(date_trunc('week', event_date) as date)
),

known_days as (
    select count(pegs.expected_date) = 0 or count(pegs.expected_p80_date) > 0 as has_p80
    from core.pegs as pegs
    where pegs.supply_kind <> 'on_hand'
)

select
    weeks.week_start as week_start, -- Monday of the week
    weeks.week_end as week_end, -- Sunday of the week
    cast(coalesce(events.due_qty, 0) as decimal(38, 4))
        as due_qty, -- open quantity falling due in the week; all past due in the first
    cast(coalesce(events.filled_qty, 0) as decimal(38, 4))
        as filled_qty, -- quantity filled in the week
    cast(
        coalesce(sum(events.due_qty - events.filled_qty) over so_far, 0) as decimal(38, 4)
    ) as projected_backlog_qty, -- due by the week's end and not filled by then
    cast(sum(events.waiting_value) over so_far as decimal(38, 2))
        as projected_backlog_value, -- value of it; lines of unknown price left out
    case
        when known_days.has_p80
            then cast(
                coalesce(sum(events.due_qty - events.filled_p80_qty) over so_far, 0)
                as decimal(38, 4)
            )
    end as projected_backlog_p80_qty, -- the same if all supply comes on its day of 80 %
    case
        when known_days.has_p80
            then cast(sum(events.waiting_p80_value) over so_far as decimal(38, 2))
    end as projected_backlog_p80_value, -- value of it; lines of unknown price left out
    cast(coalesce(sum(events.overdue_qty) over so_far, 0) as decimal(38, 4))
        as overdue_qty, -- part of it that is past due today
    cast(coalesce(sum(events.unpegged_qty) over so_far, 0) as decimal(38, 4))
        as uncovered_qty, -- part of it that nothing on hand or on order will fill
    cast(sum(events.unpegged_value) over so_far as decimal(38, 2))
        as uncovered_value -- value of that part; lines of unknown price left out
from weeks
cross join known_days
left join events_by_week as events on weeks.week_start = events.week_start
window so_far as (
    order by weeks.week_start rows between unbounded preceding and current row
)
