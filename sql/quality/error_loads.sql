-- Every record of a file is loaded, refused or superseded.
-- grain: load_id
select
    load_id, -- load that does not add up
    source_file, -- file, and sheet where it has several
    rows_in, -- records in the file
    rows_loaded, -- records in force
    rows_refused, -- records refused
    rows_superseded -- records replaced by a later one
from quality.loads
where rows_in <> rows_loaded + rows_refused + rows_superseded
