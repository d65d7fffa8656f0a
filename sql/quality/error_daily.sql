-- Each day must open as the day before closed, follow from its events, and the last close as the
-- backlog.
-- grain: day
with

days as (
    select
        day,
        opening_qty,
        opening_qty + ordered_qty - shipped_qty - cancelled_qty + unreconciled_qty
            as expected_closing_qty,
        closing_qty,
        lag(closing_qty, 1, opening_qty) over (order by day) as previous_closing_qty,
        lead(day) over (order by day) is null as is_last,
    from backlog.daily
)

select
    days.day as day, -- day that does not add up
    days.opening_qty as opening_qty, -- backlog at its start
    days.previous_closing_qty as previous_closing_qty, -- backlog at the end of the day before
    days.closing_qty as closing_qty, -- backlog at its end
    cast(days.expected_closing_qty as decimal(38, 4))
        as expected_closing_qty, -- what the day's events make of the opening
    totals.open_qty as open_qty -- the backlog now
from days
cross join backlog.totals as totals
where
    days.opening_qty <> days.previous_closing_qty
    or days.closing_qty <> days.expected_closing_qty
    or (days.is_last and days.closing_qty <> totals.open_qty)
