-- One row per day from cash_history_days back to cash_horizon_days ahead: money in and out, and the
-- balance at the end of the day. In - out = change of the balance. Ahead it is told three times: as
-- likely as not (p50), and if what customers wait for came on the day that 80 % or 95 % keep, and
-- their money with it, while suppliers are paid as likely as not (p80, p95).
-- The lever opening_balance is the balance at the end of the as-of date. The past is empty where no
-- payment is known, on record or by terms. Movements without a day, or beyond the horizon, are left
-- out and told by cash_flow.totals.
-- grain: certainty, day
-- store: table
with

certainties as (
    select certainty from (values ('p50'), ('p80'), ('p95')) as certainties (certainty)
),

days as (
    select
        cast(unnest(
            generate_series(
                cast(as_of.as_of - levers.cash_history_days + 1 as timestamp),
                cast(as_of.as_of + levers.cash_horizon_days as timestamp),
                interval 1 day
            )
        ) as date) as day,
    from core.as_of as as_of
    cross join core.levers as levers
    where as_of.as_of is not null
),

sums as (
    select
        is_past,
        p50_date,
        p80_date,
        p95_date,
        sum(greatest(event_value, 0)) as in_value,
        sum(greatest(-event_value, 0)) as out_value,
    from cash_flow.events
    where event_value is not null
    group by is_past, p50_date, p80_date, p95_date
),

moves as (
    select
        certainties.certainty,
        case certainties.certainty
            when 'p50' then sums.p50_date
            when 'p80' then sums.p80_date
            else sums.p95_date
        end as day,
        sums.is_past,
        sum(sums.in_value) as in_value,
        sum(sums.out_value) as out_value,
    from sums
    cross join certainties
    group by 1, 2, sums.is_past
),

past as (
    select sum(in_value - out_value) as past_value
    from moves
    where is_past and certainty = 'p50'
),

laid_out as (
    select
        certainties.certainty,
        days.day,
        days.day <= as_of.as_of as is_past,
        days.day > as_of.as_of or past.past_value is not null as is_known,
        coalesce(moves.in_value, 0) as in_value,
        coalesce(moves.out_value, 0) as out_value,
        levers.opening_balance - coalesce(past.past_value, 0) as first_balance,
    from days
    cross join certainties
    cross join past
    cross join core.as_of as as_of
    cross join core.levers as levers
    left join moves
        on certainties.certainty = moves.certainty
        and days.day = moves.day
)

select
    certainty, -- p50: as likely as not; p80, p95: money in is as late as 80, 95 % keep
    day, -- day
    is_past, -- by the as-of date
    cast(case when is_known then in_value end as decimal(38, 2))
        as in_value, -- money in; empty when nothing is known of the past
    cast(case when is_known then out_value end as decimal(38, 2)) as out_value, -- money out
    cast(
        case
            when is_known
                then first_balance + sum(in_value - out_value) over (
                    partition by certainty
                    order by day
                    rows between unbounded preceding and current row
                )
        end as decimal(38, 2)
    ) as balance_value -- balance at the end of the day
from laid_out
