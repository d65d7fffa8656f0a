-- One row per cell that could not be read; its record was loaded without it.
-- key: load_id, source_row, table_name, column_name
create table quality.rejected_cells (
    load_id integer not null, -- load the cell came with
    source_file varchar not null, -- file, and sheet where it has several
    source_row bigint not null, -- number of the record in the file, the header not counted
    table_name varchar not null, -- contract table it was meant for
    column_name varchar not null, -- column it was meant for
    value varchar, -- the text found
    reason varchar not null -- why it was refused, and what would mend it
);
