-- Rates must lie between 0 and 1, and on time in full may not exceed either part.
-- grain: month_start, measure
with

rates as (
    select
        month_start,
        'fill rate, ' || basis || ', ' || pass as measure,
        rate,
        cast(1 as double) as highest_rate,
    from backlog.fill_rates
    union all
    select
        month_start,
        'on time, ' || clock as measure,
        on_time_rate as rate,
        cast(1 as double) as highest_rate,
    from backlog.otif
    union all
    select
        month_start,
        'in full, ' || clock as measure,
        in_full_rate as rate,
        cast(1 as double) as highest_rate,
    from backlog.otif
    union all
    select
        month_start,
        'on time in full, ' || clock as measure,
        otif_rate as rate,
        least(on_time_rate, in_full_rate) as highest_rate,
    from backlog.otif
)

select
    month_start, -- month
    measure, -- rate that cannot be
    rate, -- its value
    highest_rate -- the most it can be
from rates
where rate < 0 or rate > highest_rate
