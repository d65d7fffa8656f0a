-- What dates foretold were worth: one row per day replayed, kind of forecast and how it was made,
-- by `backorders backtest`. Each day was built as it was known then, and its forecasts compared
-- with what happened until the as-of date of the snapshot that was published then.
-- key: replayed_on, subject, is_late, method, quantile
create table quality.backtest (
    replayed_on date not null, -- day the forecasts were made for
    subject varchar not null, -- supply: when at least half of what was open of a purchase or production order came; line: when a backordered line was shipped whole
    is_late boolean not null, -- the order, or one that the line waited for, was past its promise already
    method varchar not null, -- expected: as the models foretell; promise: as promised, tomorrow at the earliest; unconditional: by the supplier's slips, however late the order is
    quantile double not null, -- share of cases that should have come by the day foretold
    cases bigint not null, -- forecasts compared; one of the same case by each method
    covered_cases bigint not null, -- those that came by the day foretold
    early_cases bigint not null, -- those of them that came before that day
    off_days double not null, -- sum of pinball losses: days too early times quantile, too late times 1 - quantile
    unknown_cases bigint not null, -- forecasts for a day after the as-of date, of what had not come by it
    as_of date not null, -- day until which it is known what happened
    built_version varchar not null -- version of Backorders that foretold
);
