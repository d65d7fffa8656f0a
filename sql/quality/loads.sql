-- One row per file or sheet read: what became of its rows.
-- rows_in = rows_loaded + rows_refused + rows_superseded, always.
-- key: load_id
create table quality.loads (
    load_id integer not null, -- number of the load, in the order read
    source_file varchar not null, -- file, and sheet where it has several
    sha256 varchar not null, -- digest of the file's bytes
    bytes bigint not null, -- size of the file
    source_system varchar not null, -- profile that recognised the layout; contract for the contract's own headers
    layout varchar not null, -- which of the profile's files it is
    series varchar not null, -- profile, layout and name without digits: exports of one report are one series
    exported_at timestamp not null, -- when the export was made: the end of the day given with --as-of, else of the day in its name, else when the file was written, UTC; the newer supersedes
    is_full boolean not null, -- declared a full extract: what its series had before and it lacks is closed
    joined_loads varchar not null, -- loads read together with it, by number: rows were made of both files
    tables varchar not null, -- contract tables the rows went to
    whole_documents varchar not null, -- those of them where a document is replaced as a whole, for its lines have no numbers
    format varchar not null, -- how the file was read: kind, encoding, delimiter, decimal mark, date format
    rows_in bigint not null, -- records in the file, headers not counted
    rows_loaded bigint not null, -- records in force in a contract table
    rows_refused bigint not null, -- records refused, each in quality.rejected_rows
    rows_superseded bigint not null, -- records replaced by a later one of the same key
    refused_cells bigint not null, -- cells refused in records that were loaded, each in quality.rejected_cells
    seconds double not null, -- time the file took
    loaded_at timestamp not null, -- when it was read, UTC
    note varchar -- what was assumed in reading, in words
);
