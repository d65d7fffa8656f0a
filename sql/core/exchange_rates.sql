-- What one unit of each currency is worth in the reporting currency at the as-of date:
-- the newest rate known then. Open documents are valued at it, whenever they were made.
-- grain: currency
with

ranked as (
    select
        rates.currency,
        rates.rate_date,
        rates.to_reporting_rate,
        row_number() over (
            partition by rates.currency order by rates.rate_date desc
        ) as newness_rank,
    from contract.exchange_rates as rates
    inner join core.as_of as as_of
        on rates.rate_date <= as_of.as_of
        and rates.currency is distinct from as_of.reporting_currency
),

newest as (
    select currency, rate_date, to_reporting_rate from ranked where newness_rank = 1
    union all
    select
        reporting_currency as currency,
        cast(null as date) as rate_date,
        cast(1 as decimal(24, 10)) as to_reporting_rate,
    from core.as_of
    where reporting_currency is not null
)

select
    currency, -- ISO 4217 code
    rate_date, -- first day the rate held; empty for the reporting currency itself
    to_reporting_rate -- reporting currency for one unit of the currency
from newest
