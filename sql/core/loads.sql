-- One row per load: when its export was made, and whether that was by the day asked for.
-- Without a day asked for everything loaded is known: balances are often a day older than the
-- orders exported with them.
-- grain: load_id
-- store: table
select
    loads.load_id as load_id, -- number of the load
    loads.series as series, -- exports of one report are one series
    coalesce(loads.exported_at, loads.loaded_at)
        as exported_at, -- when the export was made: the newer one is in force
    cast(coalesce(loads.exported_at, loads.loaded_at) as date)
        as exported_on, -- day of it
    row_number() over (
        order by coalesce(loads.exported_at, loads.loaded_at), loads.load_id
    ) as place, -- its place among all: of two versions the one of the higher place is in force
    loads.is_full as is_full, -- a full extract: what it lacks is closed
    ',' || replace(loads.tables, ' ', '') || ','
        as tables, -- contract tables it filled, each between two commas
    ',' || replace(loads.whole_documents, ' ', '') || ','
        as whole_documents, -- those of them in which it replaces documents as a whole
    coalesce(
        cast(coalesce(loads.exported_at, loads.loaded_at) as date) <= run.as_of, true
    ) as is_known, -- made by the day asked for
    coalesce(
        cast(coalesce(loads.exported_at, loads.loaded_at) as date) <= run.as_of
        and least(
            cast(loads.exported_at as date) + 1, cast(loads.loaded_at as date)
        ) <= run.as_of,
        false
    ) as is_before -- made before the day asked for, or read by then: it tells of nothing later
from quality.loads as loads
cross join core.run as run
