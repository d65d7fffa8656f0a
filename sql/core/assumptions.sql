-- What the business assumes: each lever of assumptions.toml with the value this build used.
-- key: assumption
create table core.assumptions (
    assumption varchar not null, -- name of the lever
    label varchar not null, -- what it sets, in words
    value varchar not null, -- value this build used
    default_value varchar not null, -- value when nobody sets it
    minimum double, -- smallest value allowed, where it is a number
    maximum double, -- largest value allowed, where it is a number
    step double, -- sensible step between values, where it is a number
    choices varchar, -- values allowed, where it is one of a list
    unit varchar, -- unit of the value
    source varchar not null -- where the default comes from
);
