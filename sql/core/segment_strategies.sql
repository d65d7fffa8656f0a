-- The strategy of each customer segment under the rule segment_strategy; (none) is for lines of
-- customers without one. Named after SAP's confirmation strategies in backorder processing:
-- win: first, in full. gain: keeps what it had, then tries for the rest. redistribute: what is
-- left, the oldest order first. fill: of what is left then, never more than it had.
-- lose: nothing. A segment that several levers name takes the first of win, gain, fill, lose.
-- grain: segment
with

segments as (
    select segment from core.customers where segment is not null
    union
    select '(none)' as segment
),

segments_sought as (
    select
        segments.segment,
        ',' || lower(trim(segments.segment)) || ',' as sought,
        ',' || replace(lower(levers.win_segments), ', ', ',') || ',' as win_segments,
        ',' || replace(lower(levers.gain_segments), ', ', ',') || ',' as gain_segments,
        ',' || replace(lower(levers.fill_segments), ', ', ',') || ',' as fill_segments,
        ',' || replace(lower(levers.lose_segments), ', ', ',') || ',' as lose_segments,
    from segments
    cross join core.levers as levers
)

select
    segment, -- customer segment; (none) for customers without one
    case
        when position(sought in win_segments) > 0 then 'win'
        when position(sought in gain_segments) > 0 then 'gain'
        when position(sought in fill_segments) > 0 then 'fill'
        when position(sought in lose_segments) > 0 then 'lose'
        else 'redistribute'
    end as strategy -- win, gain, redistribute, fill or lose
from segments_sought
