-- One row per day from the start of the history shown to the end of the projection.
-- grain: day
-- engine: duckdb
with

days as (
    select
        cast(
            unnest(
                generate_series(
                    as_of.as_of - levers.history_days,
                    as_of.as_of + levers.projection_weeks * 7 + 6,
                    interval 1 day
                )
            ) as date
        ) as day,
    from core.as_of as as_of
    cross join core.levers as levers
)

select
    day, -- day
    cast(date_trunc('week', day) as date) as week_start, -- Monday of its week
    cast(date_trunc('month', day) as date) as month_start -- first day of its month
from days
