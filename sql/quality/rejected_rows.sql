-- One row per record that could not be loaded.
-- key: load_id, source_row, table_name
create table quality.rejected_rows (
    load_id integer not null, -- load the record came with
    source_file varchar not null, -- file, and sheet where it has several
    source_row bigint not null, -- number of the record in the file, the header not counted
    table_name varchar not null, -- contract table it was meant for
    column_name varchar, -- column that decided; missing when the record as a whole did
    value varchar, -- the text found there
    reason varchar not null, -- why it was refused, and what would mend it
    row_text varchar -- the record as it was read
);
