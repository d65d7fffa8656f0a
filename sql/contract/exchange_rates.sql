-- One row per currency and day: what one unit of it is worth in the reporting currency.
-- key: currency, rate_date
create table contract.exchange_rates (
    currency varchar not null, -- ISO 4217 code
    rate_date date not null, -- first day the rate holds
    to_reporting_rate decimal(24, 10) not null check (to_reporting_rate > 0) -- reporting currency for one unit of the currency
);
