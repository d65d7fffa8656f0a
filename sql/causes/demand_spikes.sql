-- One row per pool and day of an unexpected sales spike: days on which far more was ordered than
-- on the days around. Far more is beyond spike_sigmas standard deviations, over three or over seven
-- days in the middle of which the day lies; orders that come in lumps of many units vary more, so
-- the variance of a day is its usual demand times the mean units of an ordered unit's line; usual
-- demand counts as a mean line in twenty days at least, so that one more order is no spike.
-- Beside that, it is beyond the deviations of the lines of all other days by spike_lines of their
-- lumps: a few orders more are no spike.
-- Usual is the mean of the four weeks before and after, without the five days next to it.
-- An event of the calendar on that day names the spike; one that came a year before too should
-- have been in the forecast.
-- grain: pool_id, day
-- store: table
-- joins: as written
with

daily as (
    select
        pool_id,
        day,
        ordered_to_date_qty
        - lag(ordered_to_date_qty, 1, 0) over (partition by pool_id order by day)
            as ordered_qty,
    from core.ledger
),

ordered as (
    select pool_id, day, cast(ordered_qty as double) as ordered_qty
    from daily
    where ordered_qty > 0
),

line_days as (
    select
        lines.pool_id,
        lines.order_date as day,
        any_value(lines.item_id) as item_id,
        count(*) as lines,
        sum(cast(lines.wanted_qty as double)) as qty,
        sum(cast(lines.wanted_qty as double) * cast(lines.wanted_qty as double)) as squared_qty,
    from core.pooled_lines as lines
    where
        lines.wanted_qty > 0
        and not lines.is_planned
        and lines.pool_id in (select pool_id from causes.pool_dates)
    group by lines.pool_id, lines.order_date
),

lumps as (
    select
        pool_id,
        any_value(item_id) as item_id,
        sum(squared_qty) / sum(qty) as lump_qty,
        sum(qty) / sum(lines) / 20 as least_usual_qty,
    from line_days
    group by pool_id
),

spans as (
    select pool_id, min(day) as first_day from ordered group by pool_id
),

rolled as (
    select
        ordered.pool_id,
        ordered.day,
        ordered.ordered_qty,
        sum(ordered.ordered_qty) over (
            partition by ordered.pool_id order by ordered.day
            range between interval 1 day preceding and interval 1 day following
        ) as three_days_qty,
        sum(ordered.ordered_qty) over (
            partition by ordered.pool_id order by ordered.day
            range between interval 3 day preceding and interval 3 day following
        ) as seven_days_qty,
        sum(ordered.ordered_qty) over (
            partition by ordered.pool_id order by ordered.day
            range between interval 5 day preceding and interval 5 day following
        ) as near_qty,
        sum(ordered.ordered_qty) over (
            partition by ordered.pool_id order by ordered.day
            range between interval 28 day preceding and interval 28 day following
        ) as around_qty,
        least(date_diff('day', spans.first_day, ordered.day), 28)
        + least(date_diff('day', ordered.day, as_of.as_of), 28)
        - least(date_diff('day', spans.first_day, ordered.day), 5)
        - least(date_diff('day', ordered.day, as_of.as_of), 5) as usual_days,
    from ordered
    inner join spans on ordered.pool_id = spans.pool_id
    cross join core.as_of as as_of
),

usual as (
    select
        pool_id,
        day,
        ordered_qty,
        three_days_qty,
        seven_days_qty,
        (around_qty - near_qty) / usual_days as usual_qty,
    from rolled
    where usual_days >= 14
),

candidates as (
    select
        usual.pool_id,
        usual.day,
        lumps.item_id,
        usual.ordered_qty,
        usual.usual_qty,
        usual.three_days_qty,
        usual.seven_days_qty,
        greatest(usual.usual_qty, lumps.least_usual_qty) as floor_qty,
    from usual
    inner join lumps on usual.pool_id = lumps.pool_id
    cross join core.levers as levers
    where
        usual.ordered_qty > usual.usual_qty
        and (
            usual.three_days_qty - 3 * usual.usual_qty
            > levers.spike_sigmas
            * sqrt(3 * greatest(usual.usual_qty, lumps.least_usual_qty) * lumps.lump_qty)
            or usual.seven_days_qty - 7 * usual.usual_qty
            > levers.spike_sigmas
            * sqrt(7 * greatest(usual.usual_qty, lumps.least_usual_qty) * lumps.lump_qty)
        )
),

usual_lumps as (
    select
        line_days.pool_id,
        sum(line_days.squared_qty) / sum(line_days.qty) as lump_qty,
    from line_days
    left join candidates
        on line_days.pool_id = candidates.pool_id
        and line_days.day = candidates.day
    where candidates.pool_id is null
    group by line_days.pool_id
),

spikes as (
    select
        candidates.pool_id,
        candidates.day,
        candidates.item_id,
        candidates.ordered_qty,
        candidates.usual_qty,
    from candidates
    left join usual_lumps on candidates.pool_id = usual_lumps.pool_id
    cross join core.levers as levers
    where
        candidates.three_days_qty - 3 * candidates.usual_qty
        > levers.spike_lines * coalesce(usual_lumps.lump_qty, 0)
        + levers.spike_sigmas
        * sqrt(3 * candidates.floor_qty * coalesce(usual_lumps.lump_qty, 0))
        or candidates.seven_days_qty - 7 * candidates.usual_qty
        > levers.spike_lines * coalesce(usual_lumps.lump_qty, 0)
        + levers.spike_sigmas
        * sqrt(7 * candidates.floor_qty * coalesce(usual_lumps.lump_qty, 0))
),

events as (
    select distinct
        events.event_date,
        events.event_name,
        events.kind,
        events.item_id,
        events.category,
        earlier.event_name is not null as is_repeated,
    from contract.calendar_events as events
    left join (
        select event_name, item_id, category, min(event_date) as first_date
        from contract.calendar_events
        group by event_name, item_id, category
    ) as earlier
        on events.event_name = earlier.event_name
        and events.item_id is not distinct from earlier.item_id
        and events.category is not distinct from earlier.category
        and events.event_date >= earlier.first_date + 300
),

named as (
    select
        spikes.pool_id,
        spikes.day,
        events.event_name,
        events.kind,
        events.is_repeated,
        row_number() over (
            partition by spikes.pool_id, spikes.day
            order by
                events.item_id nulls last,
                events.category nulls last,
                events.is_repeated desc,
                events.event_name
        ) as name_rank,
    from spikes
    inner join events on spikes.day = events.event_date
    left join core.items as items on spikes.item_id = items.item_id
    where
        coalesce(events.item_id, spikes.item_id) = spikes.item_id
        and (events.category is null or events.category = items.category)
),

first_named as (
    select pool_id, day, event_name, kind, is_repeated from named where name_rank = 1
)

select
    spikes.pool_id as pool_id, -- lines and supply that may meet
    spikes.day as day, -- day of the spike
    spikes.item_id as item_id, -- item
    cast(spikes.ordered_qty as decimal(18, 4)) as ordered_qty, -- quantity ordered that day
    cast(spikes.usual_qty as decimal(18, 4)) as usual_qty, -- quantity of a usual day around it
    cast(spikes.ordered_qty - spikes.usual_qty as decimal(18, 4))
        as excess_qty, -- quantity beyond the usual
    first_named.event_name as event_name, -- event of the calendar that day; empty when none
    first_named.kind as event_kind, -- holiday, promotion, weather or other
    coalesce(first_named.is_repeated, false)
        as is_repeated -- the event came about a year before too: the forecast could know
from spikes
left join first_named
    on spikes.pool_id = first_named.pool_id
    and spikes.day = first_named.day
