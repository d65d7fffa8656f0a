"""Turn any export file into tables of text: the files' cells, untouched and in order.

One invariant: a `Source` yields every record of its file exactly once. A record that cannot be
cut into the header's columns is kept by DuckDB in `reject_errors`, never dropped.
"""

import codecs
import contextlib
import csv
import errno
import hashlib
import io
import mmap
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import fastexcel
import polars as pl

from etl.errors import InputError, StoreError

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
PARQUET_SUFFIXES = (".parquet", ".pq")
JSON_SUFFIXES = (".json", ".ndjson", ".jsonl")
SUFFIXES = TEXT_SUFFIXES + WORKBOOK_SUFFIXES + PARQUET_SUFFIXES + JSON_SUFFIXES
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
HEADER_SEARCH_ROWS = 20
SAMPLE_BYTES = 1 << 18
CHUNK_BYTES = 1 << 20
# What databases write for a missing value; an empty cell, quoted or not, is one too.
NULL_TEXTS = ("", "NULL", "\\N")
LONGEST_LINE_BYTES = 2_000_000
LONG_LINE_BYTES = 1 << 15
MOST_CELLS = 2000
# In narrower files a few commas in a text of several lines may be just that.
NARROWEST_SWALLOWED = 4
SWALLOWED = "it holds lines that look like rows of their own: a quotation mark out of place?"
EXCEL_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
BINARY_MAGIC = {
    b"PK\x03\x04": "a zip archive or workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet file",
    OLE_MAGIC: "an old or protected Office file",
}


@dataclass(frozen=True)
class Source:
    """One table of text: a file, or one sheet of a workbook.

    `preview` holds the first records (as many as may precede a header); `header_row` says which
    of them names the columns. `register` gives SQL yielding columns c0 … cN of text in file
    order, and, where `has_faults`, a column `fault` saying why a record is none.
    """

    name: str
    path: Path
    sheet: str
    sha256: str
    bytes: int
    format: str
    notes: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]
    header_row: int
    frame: pl.DataFrame | None = None
    delimiter: str = ""
    text_path: Path | None = None
    sql: str = ""
    has_faults: bool = False
    state: tuple[int, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Column names as the file spells them; duplicates and blanks kept."""
        return self.preview[self.header_row] if self.preview else ()

    @property
    def is_delimited(self) -> bool:
        """True when DuckDB's CSV reader cuts the records (and may reject some)."""
        return self.text_path is not None

    @property
    def is_workbook(self) -> bool:
        """True for a sheet: its dates may come as numbers of days."""
        return self.path.suffix.lower() in WORKBOOK_SUFFIXES

    def register(self, con: duckdb.DuckDBPyConnection, view: str) -> str:
        """SQL for the text relation. `view` names what it needs: the frame, or `view`_rejects."""
        width = len(self.header)
        if self.text_path is not None:
            columns = ", ".join(f"'c{i}': 'varchar'" for i in range(width))
            records = (
                f"read_csv({quote(str(self.text_path))}, columns = {{{columns}}}, "
                f"header = false, skip = {self.header_row + 1}, auto_detect = false, "
                f"delim = {quote(self.delimiter)}, quote = '\"', escape = '\"', "
                f"nullstr = [{', '.join(quote(text) for text in NULL_TEXTS)}], "
                f"max_line_size = {LONGEST_LINE_BYTES}, store_rejects = true, rejects_limit = 0, "
                f"rejects_table = '{view}_rejects', rejects_scan = '{view}_scans')"
            )
            return f"({self._swallowing(records)})" if self.has_faults else records
        if self.frame is not None:
            body = self.frame.slice(self.header_row + 1)
            body = body.with_columns(pl.all().replace(dict.fromkeys(NULL_TEXTS)))
            con.register(view, body.rename({n: f"c{i}" for i, n in enumerate(body.columns)}))
            return view
        return f"({self.sql})"

    def _swallowing(self, records: str) -> str:
        """SQL: the records, and a fault where a misplaced quote made one of several lines.

        Such a record has as many delimiters inside its cells as whole lines have between theirs.
        """
        width = len(self.header)
        if width < NARROWEST_SWALLOWED:
            return f"select *, null::varchar as fault from {records}"
        cells = f"concat({', '.join(f'c{i}' for i in range(width))})"
        ends = r"len(regexp_extract_all(cells, '\r\n|\r|\n'))"
        marks = f"length(cells) - length(replace(cells, {quote(self.delimiter)}, ''))"
        return (
            f"select * exclude (cells), case when regexp_matches(cells, '[\\r\\n]')"
            f" and {marks} = {ends} * {width - 1} then {quote(SWALLOWED)} end as fault"
            f" from (select *, {cells} as cells from {records})"
        )


def quote(text: str) -> str:
    """SQL string literal of `text`."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """SQL identifier of `name`."""
    return '"' + name.replace('"', '""') + '"'


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Files to read, folders opened (not recursively), and notes on what was passed over.

    Order: as given; within a folder by name. A file named outright is always read.
    """
    files: list[Path] = []
    notes: list[str] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in ".~")
            known = [p for p in inside if p.suffix.lower() in SUFFIXES]
            notes += [f"{p.name}: not a data file, passed over" for p in inside if p not in known]
            if not known:
                raise InputError(
                    "the folder holds no data file",
                    where=str(path),
                    remedy=f"Put exports there ({', '.join(SUFFIXES)}) or name a file",
                )
            files += known
        elif path.exists():
            files.append(path)
        else:
            raise InputError("no such file or folder", where=str(path), remedy="Check the path")
    return files, notes


def read(path: Path, scratch: Path, delimiter: str | None = None) -> list[Source]:
    """Open one file as sources of text: one for a flat file, one a sheet for a workbook.

    `scratch` is a folder for re-encoded copies. Raises InputError for what cannot be read.
    """
    with _told(path, scratch):
        state = _state(path)
        sources = _read(path, scratch, delimiter)
    return [replace(one, state=state) for one in sources]


def _read(path: Path, scratch: Path, delimiter: str | None) -> list[Source]:
    size = path.stat().st_size
    if size == 0:
        raise InputError("the file is empty", where=called(path), remedy="Export it again")
    suffix = path.suffix.lower()
    if suffix in WORKBOOK_SUFFIXES:
        return _read_workbook(path, size)
    plain = _plainly_named(path, scratch)
    if suffix in PARQUET_SUFFIXES:
        return [_read_parquet(path, plain, size)]
    if suffix in JSON_SUFFIXES:
        return [_read_json(path, plain, size, scratch)]
    return [_read_text(path, plain, size, scratch, delimiter)]


@contextlib.contextmanager
def _told(path: Path, scratch: Path) -> Iterator[None]:
    """What the operating system refuses, in words: reading the file, or writing a copy of it."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise StoreError(
                f"the text of {called(path)} cannot be copied: {error.strerror}",
                where=str(scratch.parent),
                remedy="Free disk space, and run the command again",
            ) from error
        raise InputError(
            f"the file cannot be read: {error.strerror}",
            where=called(path),
            remedy="Check that it is still there and that you may read it",
        ) from error


def _state(path: Path) -> tuple[int, ...]:
    """What changes when a file is written to or replaced."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


@contextlib.contextmanager
def unchanged(sources: Sequence[Source]) -> Iterator[None]:
    """Raise InputError when one of the files is no longer the one that was opened.

    It comes in place of what reading such a file raises, and at the end of a reading in which
    nobody noticed: half an export must not be taken for a whole one. The first is being read.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        _must_be_unchanged(sources)
        if "CSV Parser state machine" in str(error):
            raise InputError(
                "a quotation mark stands where the text can no longer be cut into cells",
                where=sources[0].name,
                remedy="Open the file in a text editor and close or double stray quotation marks",
            ) from error
        raise
    _must_be_unchanged(sources)


def _must_be_unchanged(sources: Sequence[Source]) -> None:
    for one in sources:
        try:
            state = _state(one.path)
        except OSError as error:
            raise InputError(
                f"the file went away while it was read: {error.strerror}",
                where=one.name,
                remedy="Load it again when it is back",
            ) from error
        if state != one.state:
            raise InputError(
                "the file changed while it was read",
                where=one.name,
                remedy="Load it again when what writes it has finished",
            )


def called(path: Path) -> str:
    """What the books call a file: its name; for one out of a zip the zip's name before it."""
    for place, folder in enumerate(path.parts[:-1]):
        if folder.lower().endswith(".zip"):
            return "/".join(path.parts[place:])
    return path.name


def _plainly_named(path: Path, scratch: Path) -> Path:
    """The path, or a link to it where DuckDB would take its name for a pattern of names."""
    if not re.search(r"[*?\[{]", str(path)):
        return path
    link = scratch / f"link-{len(list(scratch.iterdir()))}"
    link.symlink_to(path.resolve())
    return link


def digest(path: Path) -> str:
    """sha256 of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Delimited text ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bytes:
    """What one look at every byte of a file says about it."""

    sha256: str
    has_nuls: bool
    is_utf8: bool
    has_one_line_end: bool
    may_span_lines: bool
    has_long_lines: bool


def _read_text(path: Path, plain: Path, size: int, scratch: Path, delimiter: str | None) -> Source:
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    for magic, what in BINARY_MAGIC.items():
        if head.startswith(magic):
            raise InputError(
                f"this is {what}, not text",
                where=called(path),
                remedy="Give the file its proper ending, or export as CSV or XLSX",
            )
    found = _look(path)
    encoding, label = _encoding(path, head, found)
    notes: list[str] = []
    text_path = plain
    if encoding != "utf-8" or not found.is_utf8 or found.has_nuls or not found.has_one_line_end:
        text_path = scratch / f"{found.sha256[:16]}.txt"
        notes = _copy_as_utf8(path, text_path, encoding)
    if encoding == "cp1252":
        notes.insert(0, "not valid UTF-8: read as Windows-1252 (Western European)")
    sample = _sample(text_path)
    rest = sample
    if sample[:4].lower() == "sep=" and len(sample) > 5:
        delimiter = delimiter or sample[4]
        rest = sample[5:]
    if not rest.strip():
        raise InputError(
            "the file holds no text", where=called(path), remedy="Export it again with data"
        )
    chosen = delimiter or _delimiter(sample)
    if found.has_long_lines:
        copy = scratch / f"{found.sha256[:16]}-cut.txt"
        notes += _cut_long_lines(text_path, copy, chosen)
        text_path = copy
    preview = _preview(sample if not found.has_long_lines else _sample(text_path), chosen)
    if preview and len(preview[0]) > MOST_CELLS:
        raise InputError(
            f"the first row has more than {MOST_CELLS:,} cells",
            where=called(path),
            remedy="Export the columns that are needed, or check the delimiter",
        )
    name = DELIMITER_NAMES.get(chosen, repr(chosen))
    return Source(
        name=called(path),
        path=path,
        sheet="",
        sha256=found.sha256,
        bytes=size,
        format=f"{label}, {name}",
        notes=tuple(notes),
        preview=preview,
        header_row=0,
        delimiter=chosen,
        text_path=text_path,
        has_faults=found.may_span_lines,
    )


def _look(path: Path) -> _Bytes:
    """Read every byte once: digest, NULs, UTF-8, line ends (two kinds stop DuckDB's reader)."""
    sha256 = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_nuls, is_utf8, ends = False, True, set[str]()
    may_span_lines, open_quotes, has_long_lines = False, 0, False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if chunk.endswith(b"\r"):
                chunk += file.read(1)
            sha256.update(chunk)
            has_nuls = has_nuls or b"\x00" in chunk
            if is_utf8 and not (chunk.isascii() and decoder.getstate()[0] == b""):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            if not may_span_lines and (open_quotes or b'"' in chunk):
                quotes = [line.count(b'"') for line in chunk.splitlines()]
                quotes[0] += open_quotes
                open_quotes = 0 if chunk.endswith((b"\n", b"\r")) else quotes.pop()
                may_span_lines = any(count % 2 for count in quotes)
            has_long_lines = has_long_lines or any(
                chunk.find(b"\n", at, at + LONG_LINE_BYTES) < 0
                and chunk.find(b"\r", at, at + LONG_LINE_BYTES) < 0
                for at in range(0, len(chunk) - LONG_LINE_BYTES, LONG_LINE_BYTES)
            )
            returns = chunk.count(b"\r")
            both = chunk.count(b"\r\n") if returns else 0
            if both:
                ends.add("CRLF")
            if returns > both:
                ends.add("CR")
            if b"\n" in chunk if not returns else chunk.count(b"\n") > both:
                ends.add("LF")
    is_utf8 = is_utf8 and decoder.getstate()[0] == b""
    may_span_lines = may_span_lines or open_quotes % 2 == 1
    return _Bytes(
        sha256=sha256.hexdigest(),
        has_nuls=has_nuls,
        is_utf8=is_utf8,
        has_one_line_end=len(ends) < 2,
        may_span_lines=may_span_lines,
        has_long_lines=has_long_lines,
    )


def _encoding(path: Path, head: bytes, found: _Bytes) -> tuple[str, str]:
    """Codec and name of the encoding: marked, valid UTF-8, or the likeliest."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", "UTF-8 with BOM"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "UTF-16"
    nuls_in_odd, nuls_in_even = head[1::2].count(0), head[::2].count(0)
    if nuls_in_odd > len(head) // 4 and nuls_in_even < nuls_in_odd // 8:
        return "utf-16-le", "UTF-16"
    if nuls_in_even > len(head) // 4 and nuls_in_odd < nuls_in_even // 8:
        return "utf-16-be", "UTF-16"
    control = sum(head.count(bytes([b])) for b in range(32) if b not in (9, 10, 12, 13))
    if control > max(8, len(head) // 50):
        raise InputError(
            "this is binary data, not text",
            where=called(path),
            remedy="Export as CSV, XLSX, Parquet or JSON",
        )
    if found.is_utf8 or _is_damaged_utf8(path):
        return "utf-8", "UTF-8"
    return "cp1252", "Windows-1252"


def _is_damaged_utf8(path: Path) -> bool:
    """True when more of the characters beyond ASCII are valid UTF-8 than are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    valid = broken = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            text = decoder.decode(chunk)
            unread = text.count("\ufffd")
            broken += unread
            valid += len(text) - len(text.encode("ascii", "ignore")) - unread
    return valid > broken


def _copy_as_utf8(path: Path, copy: Path, encoding: str) -> list[str]:
    """Write the text as UTF-8 with plain line ends and no NULs; notes on what was lost."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    lines = io.IncrementalNewlineDecoder(decoder, translate=True)
    nuls = unread = 0
    with path.open("rb") as file, copy.open("w", encoding="utf-8", newline="") as out:
        final = False
        while not final:
            chunk = file.read(CHUNK_BYTES)
            final = not chunk
            text = lines.decode(chunk, final=final)
            nuls += text.count("\x00")
            unread += text.count("\ufffd")
            out.write(text.replace("\x00", ""))
    notes = []
    if nuls:
        notes.append(f"{counted(nuls, 'NUL character')} removed")
    if unread:
        notes.append(f"{counted(unread, 'character')} could not be read and became \ufffd")
    return notes


def _cut_long_lines(path: Path, copy: Path, delimiter: str) -> list[str]:
    """Write the text with no line of more than MOST_CELLS cells; a note on what was cut off.

    DuckDB keeps the whole line once for every cell too many: one long line could fill the memory.
    """
    cut = 0
    with (
        path.open(encoding="utf-8", newline="") as text,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        for line in text:
            if line.count(delimiter) > MOST_CELLS:
                cut += 1
                *kept, rest = line.split(delimiter, MOST_CELLS + 1)
                # Whether a quote is left open decides where the record ends.
                quotes = '"' * rest.count('"')
                end = rest[len(rest.rstrip("\r\n")) :]
                out.write(delimiter.join([*kept, f"…{quotes}{end}"]))
            else:
                out.write(line)
    return [f"{counted(cut, 'line')} cut after {MOST_CELLS:,} cells"] if cut else []


def counted(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def blank_lines(source: Source) -> list[int]:
    """Where (in bytes, from 1) the lines without a character are, below the header.

    DuckDB passes over them, but counts them in the line numbers of the records it rejects.
    """
    if source.text_path is None or len(source.header) < 2:
        return []
    before = sum(1 for row in source.preview[: source.header_row] if not row)
    with (
        source.text_path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        if data.find(b"\r\n\r\n") >= 0:
            end = rb"(?<![^\n])(\r\n)"
        elif data.find(b"\n\n") >= 0:
            end = rb"(?<![^\n])(\n)"
        elif data.find(b"\r\r") >= 0:
            end = rb"(?<![^\r])(\r)"
        else:
            return []
        mark = re.escape(source.delimiter.encode())
        quoted = rb"(?<![^" + mark + rb'\r\n])"[^"]*(?:""[^"]*)*"'
        found = re.finditer(quoted + rb"|" + end, data)
        return [match.start() + 1 for match in found if match[1]][before:]


def _delimiter(sample: str) -> str:
    """The delimiter that cuts the most of the first records alike, into the most columns."""

    def score(candidate: str) -> tuple[int, int]:
        widths = [len(row) for row in _preview(sample, candidate) if len(row) > 1]
        return max(((widths.count(width), width) for width in widths), default=(0, 0))

    return max(DELIMITERS, key=score)


def cut_otherwise(source: Source) -> Iterator[Source]:
    """The text cut by each other usual delimiter, should its first lines suggest a wrong one.

    Commas in text do, where most lines lack cells or have too many.
    """
    sample = _sample(source.text_path) if source.text_path else "sep="
    if sample[:4].lower() == "sep=":
        return
    label = source.format.partition(", ")[0]
    for delimiter, name in DELIMITER_NAMES.items():
        if delimiter != source.delimiter:
            preview = _preview(sample, delimiter)
            yield replace(source, delimiter=delimiter, format=f"{label}, {name}", preview=preview)


def _preview(sample: str, delimiter: str) -> tuple[tuple[str, ...], ...]:
    """First records of the text; blank records kept, as the reader counts them."""
    csv.field_size_limit(LONGEST_LINE_BYTES)
    rows: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(tuple(row))
            if len(rows) == HEADER_SEARCH_ROWS:
                break
    except csv.Error:
        pass
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return tuple(rows)


def cut_preamble(source: Source, scratch: Path) -> Source:
    """The same text under a plain header, as a copy, where quotes make its first lines no records.

    DuckDB counts skipped lines, not records, and loses the file where one is quoted wrongly.
    """
    if source.text_path is None or _is_plain_head(source, source.text_path):
        return source
    names = source.delimiter.join(f"c{i}" for i in range(len(source.header)))
    copy = scratch / f"{source.sha256[:16]}-body.txt"
    with (
        _told(source.path, scratch),
        source.text_path.open(encoding="utf-8-sig", newline="") as text,
        copy.open("w", encoding="utf-8", newline="") as body,
    ):
        reader = csv.reader(text, delimiter=source.delimiter)
        try:
            for _ in source.preview[: source.header_row + 1]:
                next(reader)
        except csv.Error as error:
            raise InputError(
                f"the header cannot be told from what follows: {error}",
                where=source.name,
                remedy="Close or double the quotation marks above and in the header",
            ) from error
        body.write(names + line_end(source.text_path))
        shutil.copyfileobj(text, body, CHUNK_BYTES)
    return replace(source, text_path=copy, preview=(source.header,), header_row=0)


def _is_plain_head(source: Source, path: Path) -> bool:
    """True when every line down to the header is a record, its cells quoted whole or not at all."""
    mark = re.escape(source.delimiter)
    cell = rf'(?:"(?:[^"\r\n]|"")*+"|[^"\r\n{mark}]*+)'
    line = rf"{cell}(?:{mark}{cell})*+(?:\r\n|\r|\n|\Z)"
    head = _head(path).decode(errors="replace")
    return re.match(rf"(?:{line}){{{source.header_row + 1}}}", head) is not None


def _sample(path: Path) -> str:
    return codecs.getincrementaldecoder("utf-8")().decode(_head(path))


def line_end(path: Path) -> str:
    """What ends the lines of a text whose lines all end alike."""
    head = _head(path)
    return "\r\n" if b"\r\n" in head else "\n" if b"\n" in head else "\r"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SAMPLE_BYTES).removeprefix(codecs.BOM_UTF8)


# Workbooks, Parquet, JSON --------------------------------------------------------------------


def _read_workbook(path: Path, size: int) -> list[Source]:
    with path.open("rb") as file:
        head = file.read(4)
    try:
        book = fastexcel.read_excel(path)
        sheets = [
            book.load_sheet(name, header_row=None, dtypes="string") for name in book.sheet_names
        ]
    except Exception as error:
        what = f"this is not a workbook, although its name ends in {path.suffix}"
        remedy = "Give the file its proper ending, or save it again as .xlsx"
        if head == OLE_MAGIC:
            what = "the workbook is protected by a password, or damaged"
            remedy = "Open it and save it again as .xlsx without a password"
        elif head.startswith(b"PK"):
            what, remedy = "the workbook is damaged", "Open it and save it again as .xlsx"
        raise InputError(what, where=called(path), remedy=remedy) from error
    sha256 = digest(path)
    sources = []
    for sheet in sheets:
        frame = _cells(sheet)
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null())) if frame.width else frame
        preview = tuple(
            tuple(cell or "" for cell in row) for row in frame.head(HEADER_SEARCH_ROWS).iter_rows()
        )
        sources.append(
            Source(
                name=f"{called(path)}[{sheet.name}]" if len(sheets) > 1 else called(path),
                path=path,
                sheet=sheet.name,
                sha256=sha256,
                bytes=size,
                format=f"workbook, sheet {sheet.name}",
                notes=() if sheet.visible == "visible" else ("the sheet is hidden",),
                preview=preview,
                header_row=0,
                frame=frame,
            )
        )
    if not any(source.preview for source in sources):
        raise InputError("the workbook is empty", where=called(path), remedy="Export it again")
    return sources


def _cells(sheet: fastexcel.ExcelSheet) -> pl.DataFrame:
    """The sheet's cells as text; what a formula could not work out is spelt as Excel shows it."""
    batch, faults = sheet.to_arrow_with_errors()
    frame = pl.DataFrame(pl.from_arrow(batch))
    marks: dict[int, dict[int, str]] = {}
    for fault in faults.errors if faults else ():
        kind = re.search(r"Error\((\w+)\)", fault.detail)
        if kind and kind[1] in EXCEL_ERRORS:
            row, column = fault.offset_position
            marks.setdefault(column, {})[row] = EXCEL_ERRORS[kind[1]]
    for column, found in marks.items():
        cells = frame.to_series(column).scatter(list(found), list(found.values()))
        frame = frame.with_columns(cells)
    return frame


def _read_parquet(path: Path, plain: Path, size: int) -> Source:
    relation = f"read_parquet({quote(str(plain))}, binary_as_string = true)"
    try:
        with duckdb.connect() as con:
            columns = con.execute(f"describe select * from {relation}").fetchall()
            cells = ", ".join(
                f"{_as_text(identifier(name), kind)} as c{i}"
                for i, (name, kind, *_) in enumerate(columns)
            )
            # Damage in the middle shows here, where it cannot be taken for a fault of the store.
            con.execute(f"select bit_xor(hash(r)) from (select {cells} from {relation}) as r")
            header = _parquet_header(con, plain)
    except duckdb.Error as error:
        raise InputError(
            "the Parquet file cannot be read", where=called(path), remedy="Export it again"
        ) from error
    return Source(
        name=called(path),
        path=path,
        sheet="",
        sha256=digest(path),
        bytes=size,
        format="Parquet",
        notes=(),
        preview=(header,),
        header_row=0,
        sql=f"select {cells} from {relation}",
    )


def _parquet_header(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    """Names of the columns as the file has them: DuckDB gives those that come twice another."""
    tree = iter(
        con.execute(
            f"select name, coalesce(num_children, 0) from parquet_schema({quote(str(path))})"
        ).fetchall()
    )

    def inside() -> tuple[str, ...]:
        name, children = next(tree)
        return name, *(inside()[0] for _ in range(children))

    return inside()[1:]


def _as_text(value: str, kind: str) -> str:
    """SQL: a typed value as text; 1001.0 is the id 1001, an instant is written in UTC."""
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"abs({value}) < 1e15 and {value} = trunc({value})"
        return f"case when {whole} then {value}::bigint::varchar else {value}::varchar end"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({value}))::varchar"
    return f"{value}::varchar"


def _read_json(path: Path, plain: Path, size: int, scratch: Path) -> Source:
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    sha256 = digest(path)
    notes: list[str] = []
    encoding, _ = _encoding(path, head, _Bytes(sha256, False, True, True, False, False))
    if encoding != "utf-8":
        plain = scratch / f"{sha256[:16]}.json"
        notes = _copy_as_utf8(path, plain, encoding)
        head = plain.read_bytes()[:SAMPLE_BYTES]
    start = head.decode("utf-8-sig", errors="replace").lstrip()
    first_line = start.partition("\n")[0].rstrip()
    kind = "newline_delimited"
    if start.startswith("["):
        kind = "array"
    elif start.startswith("{") and not first_line.endswith("}"):
        kind = "unstructured"  # one object over several lines
    relation = (
        f"read_json_objects({quote(str(plain))}, format = '{kind}', maximum_object_size = 67108864,"
        f" ignore_errors = {'true' if kind == 'newline_delimited' else 'false'})"
    )
    try:
        with duckdb.connect() as con:
            member, others = _wrapped(con, relation)
            if member:
                notes.append(f"the records are in {member!r}")
                unwrapped = f"json_extract(json, {quote(json_pointer(member))})::json[]"
                relation = f"(select json as wrapper, unnest({unwrapped}) as json from {relation})"
            keys = con.execute(
                f"select k from (select unnest(json_keys(json)) as k, "
                f"generate_subscripts(json_keys(json), 1) as i from {relation}) "
                f"group by k order by min(i), k"
            ).fetchall()
    except (duckdb.Error, UnicodeDecodeError) as error:
        # DuckDB quotes the faulty text, and may cut it in the middle of a character.
        said = str(error)
        if isinstance(error, UnicodeDecodeError):
            said = error.object.decode(errors="replace")
        too_large = re.search(r"maximum_object_size.*of (\d+) bytes exceeded", said)
        if too_large:
            raise InputError(
                f"one JSON value is larger than {int(too_large[1]) >> 20} MB",
                where=called(path),
                remedy="Give an array of objects, or one object a line",
            ) from error
        fault = re.search(r"at byte (\d+) in record/value \d+: ([^\n]*?)\.? *(?:\n|$)", said)
        raise InputError(
            "this is not valid JSON" + (f": {fault[2]} at byte {fault[1]}" if fault else ""),
            where=called(path),
            remedy="Give an array of objects, or one object a line",
        ) from error
    names = [str(k[0]) for k in keys]
    if not names:
        raise InputError(
            "no JSON object with named values was found",
            where=called(path),
            remedy="Give an array of objects, or one object a line",
        )
    cells = [f"json_extract_string(json, {quote(json_pointer(name))})" for name in names]
    beside = [name for name in others if name not in names]
    cells += [f"json_extract_string(wrapper, {quote(json_pointer(name))})" for name in beside]
    is_object = "coalesce(json_type(json), '') = 'OBJECT'"
    cells[0] = f"case when {is_object} then {cells[0]} else json::varchar end"
    listed = ", ".join(f"{cell} as c{i}" for i, cell in enumerate(cells))
    fault_sql = f"case when not {is_object} then 'not a JSON object' end as fault"
    return Source(
        name=called(path),
        path=path,
        sheet="",
        sha256=sha256,
        bytes=size,
        format="NDJSON" if kind == "newline_delimited" else "JSON",
        notes=tuple(notes),
        preview=((*names, *beside),),
        header_row=0,
        sql=f"select {listed}, {fault_sql} from {relation}",
        has_faults=True,
    )


def _wrapped(con: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, list[str]]:
    """The one member of a lone object that lists the records, and its other members."""
    first = con.execute(f"select json_keys(json) from {relation} limit 2").fetchall()
    names = first[0][0] if len(first) == 1 and first[0][0] else []
    listing = []
    for name in names:
        place = quote(json_pointer(name))
        types = f"json_type(json, {place}), json_type(json, {place} || '/0')"
        if con.execute(f"select {types} from {relation}").fetchone() == ("ARRAY", "OBJECT"):
            listing.append(name)
    if len(listing) != 1:
        return "", []
    return listing[0], [name for name in names if name != listing[0]]


def json_pointer(name: str) -> str:
    """The JSON pointer to a member of an object, whatever characters its name has."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
