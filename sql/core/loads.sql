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
    loads.is_full as is_full, -- a full extract: what it lacks is closed
    ', ' || loads.tables || ',' as tables, -- contract tables it filled, each between ', ' and ','
    ', ' || loads.whole_documents || ','
        as whole_documents, -- those of them in which it replaces documents as a whole
    coalesce(
        cast(coalesce(loads.exported_at, loads.loaded_at) as date) <= run.as_of, true
    ) as is_known -- made by the day asked for
from quality.loads as loads
cross join core.run as run
