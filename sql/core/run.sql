-- What this database was built for; one row, written by the build.
-- key: one row
create table core.run (
    as_of date, -- the date asked for; the newest balance's date when missing
    reporting_currency varchar, -- ISO 4217 code figures are shown in; the commonest of the orders when missing
    is_sample boolean not null, -- true when the figures are those of the sample business
    built_version varchar not null -- version of Backorders that built it
);
