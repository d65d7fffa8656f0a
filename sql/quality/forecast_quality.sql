-- How good the dates foretold have been, over all days replayed by `backorders backtest`. Empty
-- until it was run.
-- grain: subject, cases_of, method, quantile
with

grouped as (
    select
        subject,
        'all' as cases_of,
        method,
        quantile,
        replayed_on,
        cases,
        covered_cases,
        early_cases,
        off_days,
        unknown_cases,
        as_of,
    from quality.backtest
    union all
    select
        subject,
        'late already' as cases_of,
        method,
        quantile,
        replayed_on,
        cases,
        covered_cases,
        early_cases,
        off_days,
        unknown_cases,
        as_of,
    from quality.backtest
    where is_late
)

select
    subject, -- supply: open purchase and production orders; line: backordered order lines
    cases_of, -- all, or those late already: past the promise of what they wait for
    method, -- expected: as foretold; promise: as promised; unconditional: however late already
    quantile, -- share of cases that should have come by the day foretold
    count(distinct replayed_on) as replays, -- days replayed
    min(replayed_on) as first_replay, -- first of them
    max(replayed_on) as last_replay, -- last of them
    sum(cases) as cases, -- forecasts compared with what happened
    sum(covered_cases) as covered_cases, -- those that came by the day foretold
    sum(early_cases) as early_cases, -- those that came before it
    sum(covered_cases) / nullif(cast(sum(cases) as double), 0)
        as covered_rate, -- share of them: should be the quantile, or more where many come that day
    sum(early_cases) / nullif(cast(sum(cases) as double), 0)
        as early_rate, -- share that came before the day foretold: should be the quantile or less
    sum(off_days) / nullif(cast(sum(cases) as double), 0)
        as mean_off_days, -- mean pinball loss in days: the smaller, the better foretold
    sum(unknown_cases) as unknown_cases, -- forecasts whose day has not come yet
    max(as_of) as as_of -- day until which it is known what happened
from grouped
group by subject, cases_of, method, quantile
