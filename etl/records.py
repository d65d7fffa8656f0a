"""The records of one file: kept as text where rules need them so, and those no reader can cut."""

import re
from mmap import ACCESS_READ, mmap

import polars as pl

from etl.batch import MASK, Batch, File
from etl.cast import nonblank
from etl.errors import InputError
from etl.profiles import normal
from etl.read import blank_lines, counted, line_end, quote
from etl.stage import TEXT_KEPT, gaps

RULER = r"[-=|+\s]*--[-=|+\s]*"
STRUCTURE_FAULTS = {
    "MISSING COLUMNS": "fewer cells than the header has columns",
    "TOO MANY COLUMNS": "more cells than the header has columns: a delimiter in unquoted text?",
    "UNQUOTED VALUE": "text follows a closing quotation mark, or one is never closed",
    "INVALID ENCODING": "not valid UTF-8",
    "LINE SIZE OVER MAXIMUM": "longer than 2,000,000 bytes",
}


def as_text(batch: Batch, file: File) -> None:
    """Keep the file's cells in a temporary table, for rules that need them more than once."""
    if file.text_table:
        return
    table = f"text_{file.load_id}"
    batch.con.execute(
        f"create or replace temp table {table} as"
        f" select *, row_number() over () as place from {file.relation}"
    )
    settle(batch, file, table)
    _fill_down(batch, file, table)
    file.text_table = table


def _fill_down(batch: Batch, file: File, table: str) -> None:
    """Add `parent`, the document each record belongs to, and its cells for those left blank (fN).

    The parent's key stands on the document's first record, or on each of them, in any order.
    """
    layout, bound = file.match.layout, file.match.bound
    if layout.parent not in bound:
        return
    cells = {i: nonblank(f"c{i}") for i in (bound[c] for c in layout.fill if c in bound)}
    filled = ", ".join(
        f"coalesce({cell}, first_value({cell} ignore nulls) over document) as f{i}"
        for i, cell in cells.items()
    )
    batch.con.execute(
        f"create or replace temp table {table} as select *, {filled} from (select *,"
        f" last_value({nonblank(f'c{bound[layout.parent]}')} ignore nulls) over (order by place)"
        f" as parent from {table}) window document as (partition by parent order by place"
        " rows between unbounded preceding and unbounded following)"
    )


def settle(batch: Batch, file: File, table: str) -> None:
    """Count the file's records, and refuse those that could not be cut into cells."""
    file.rows_in = batch.number(f"select count(*) from {table}")
    if not file.match.source.is_delimited:
        return
    batch.con.execute(f"delete from quality.rejected_rows where load_id = {file.load_id}")
    if batch.number(f"select count(*) from {file.rejects}"):
        cut = number_rejects(batch, file)
        check_quotes(batch, file, cut)
        private = file.match.layout.private is not None
        batch.con.execute(
            f"insert into quality.rejected_rows"
            f" select {file.load_id}, {quote(file.name)}, record, '', null, null, reason,"
            f" {quote(MASK) if private else f'left(text, {TEXT_KEPT})'} from {cut}"
        )
        batch.con.execute(
            f"create or replace temp table {gaps(file.load_id)} as"
            f" select record - before as after_place, max(before) as before"
            f" from (select record, row_number() over (order by record) as before from {cut})"
            f" group by all"
        )
        file.rows_in += batch.number(f"select count(*) from {cut}")
    drop_rejects(batch, file)


def number_rejects(batch: Batch, file: File) -> str:
    """Table of the records that could not be cut: record (its number), reason and text.

    DuckDB numbers lines, of which a record with line ends in its cells is one, and a blank
    line another, though no record.
    """
    first = file.match.source.header_row + 1
    ends = "chr(10) || chr(13)"
    reasons = " ".join(f"when '{k}' then {quote(v)}" for k, v in STRUCTURE_FAULTS.items())
    rejects, blank = file.rejects, "0"
    blanks = blank_lines(file.match.source)
    if blanks:
        frame = pl.DataFrame({"at": blanks}).with_row_index("before", offset=1)
        batch.con.register("blank_lines", frame)
        _skip_blank(batch, file)
        starts = f"line_byte_position + length(csv_line) - length(ltrim(csv_line, {ends}))"
        rejects = (
            f"(select *, greatest(byte_position, {starts}) as reached from {file.rejects})"
            f" asof left join blank_lines on reached > blank_lines.at"
        )
        blank = "coalesce(max(before), 0)"
    cut = f"cut_{file.load_id}"
    batch.con.execute(
        f"create or replace temp table {cut} as"
        f" select line - {first} - {blank} as record, max(error_type::varchar) as fault,"
        f" case when regexp_full_match(max(csv_line), '{RULER}') then 'a ruler of a printed list'"
        f" else case fault {reasons} else max(error_message) end end as reason,"
        f" trim(max(csv_line), {ends}) as text, min(line_byte_position) - 1 as starts,"
        f" min(byte_position) - 1 as goes_wrong, max(line_byte_position) - 1 as goes_on,"
        f" arg_max(csv_line, line_byte_position) as rest from {rejects} group by line"
    )
    if blanks:
        batch.con.unregister("blank_lines")
    _read_again(batch, file, cut)
    return cut


def _skip_blank(batch: Batch, file: File) -> None:
    """Move rejects of which only blank lines are kept to where their record begins.

    DuckDB takes blank lines that fill its buffer for the beginning of the record after them.
    """
    is_blank = "length(csv_line) > 0 and length(ltrim(csv_line, chr(10) || chr(13))) = 0"
    found = batch.con.execute(
        f"select distinct line_byte_position from {file.rejects} where {is_blank}"
    ).fetchall()
    path = file.match.source.text_path
    if not found or path is None:
        return
    with path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
        for (position,) in found:
            record = re.compile(rb"[^\r\n]+").search(data, position - 1)
            if record:
                text = record[0][: 4 * TEXT_KEPT].decode(errors="replace")
                batch.con.execute(
                    f"update {file.rejects} set line_byte_position = $start, csv_line = $text"
                    f" where line_byte_position = $position and {is_blank}",
                    {"start": record.start() + 1, "text": text, "position": position},
                )


def _read_again(batch: Batch, file: File, cut: str) -> None:
    """Put right the text of records with several wrong quotes, which DuckDB tells in two parts.

    The rest of the record it tells rightly; for its beginning it gives the line before.
    """
    places = batch.con.execute(
        f"select record, starts, goes_wrong, goes_on + octet_length(encode(rest)) from {cut}"
        f" where fault = 'UNQUOTED VALUE' and starts < goes_on"
    ).fetchall()
    path = file.match.source.text_path
    if not places or path is None:
        return
    end = line_end(path).encode()
    with path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
        texts = []
        for record, starts, goes_wrong, stops in places:
            line = data.rfind(end, starts, goes_wrong) + len(end)
            # An even number of quotes leaves no cell open: what is before is another record.
            first = line if line > starts and not data[starts:line].count(b'"') % 2 else starts
            texts.append((record, data[first:stops].decode(errors="replace").strip("\r\n")))
    batch.con.register("read_again", pl.DataFrame(texts, ["record", "text"], orient="row"))
    batch.con.execute(
        f"update {cut} set text = again.text from read_again as again"
        f" where {cut}.record = again.record"
    )
    batch.con.unregister("read_again")


def check_quotes(batch: Batch, file: File, cut: str) -> None:
    """Stop at a quotation mark that swallows the lines after it."""
    row = batch.con.execute(
        f"select record, len(regexp_extract_all(text, '\\r\\n|\\r|\\n')) as ends from {cut}"
        f" where fault = 'UNQUOTED VALUE' and ends > 0 order by record limit 1"
    ).fetchone()
    if row:
        raise InputError(
            f"a quotation mark opened in row {row[0]} is never closed,"
            f" and the {row[1] + 1} lines from there cannot be told apart",
            where=file.name,
            remedy="Close or double the mark in that row and load again",
        )


def check_duplicates(batch: Batch, file: File) -> None:
    """Refuse a file whose header names a used column twice with different contents."""
    header = file.match.source.header
    for column, place in file.match.bound.items():
        for other in range(place + 1, len(header)):
            if normal(header[other]) != normal(header[place]):
                continue
            differing = batch.number(
                f"select count(*) from {file.relation} where c{place} is distinct from c{other}"
            )
            drop_rejects(batch, file)
            if differing:
                raise InputError(
                    f"the header has {header[place].strip()!r} twice, with different contents"
                    f" in {counted(differing, 'row')}",
                    where=f"{file.name}, columns {place + 1} and {other + 1}",
                    remedy=f"Remove or rename one of them; {column} is read from it",
                )


def drop_rejects(batch: Batch, file: File) -> None:
    """Forget the records that the last reading could not cut."""
    if file.match.source.is_delimited:
        batch.con.execute(f"drop table if exists {file.rejects}")
        batch.con.execute(f"drop table if exists source_{file.load_id}_scans")
