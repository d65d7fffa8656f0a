-- One row per forecast of an item for a period, as made on a day.
-- key: item_id, location_id, period_start, made_on
create table contract.demand_forecasts (
    item_id varchar not null, -- item forecast
    location_id varchar, -- location forecast for; all locations when missing
    period_start date not null, -- first day of the period
    period_end date not null, -- last day of the period
    made_on date, -- day the forecast was made: the version in force matters
    forecast_qty decimal(18, 4) not null check (forecast_qty >= 0), -- quantity expected to be ordered in the period
    check (period_end >= period_start)
);
