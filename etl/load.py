"""Loads exports into the contract tables: every row loaded, refused with a reason, or superseded.

A file is recognised by its header (etl/profiles), its rows made text (etl/rules.py), cast in one
pass (etl/stage.py), merged by key (etl/merge.py) and entered in the books (etl/books.py).
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from etl.batch import END_OF_DAY, Batch, File, LoadOptions, made_at
from etl.books import Loaded, account, note_closed, recount, report
from etl.cast import Formats
from etl.errors import InputError
from etl.merge import merge
from etl.numbers import prepare
from etl.profiles import CONTRACT, DERIVED, Match, Rule, recognise, unbound
from etl.read import (
    Source,
    counted,
    cut_otherwise,
    cut_preamble,
    find_files,
    quote,
    read,
    unchanged,
)
from etl.records import as_text, check_duplicates, settle
from etl.rules import text
from etl.scratch import scratch_folder
from etl.stage import DATE_ORDERS, Work, contract_columns, stage
from sql.models import create_recorded

__all__ = ["LoadOptions", "LoadReport", "Loaded", "load"]

Progress = Callable[[str, int, int], None]
DECIMAL_MARKS = {"comma": ",", "point": ".", ",": ",", ".": "."}
UNUSED_NAMED = 12
KNOWN_NAMED = 20


@dataclass(frozen=True)
class LoadReport:
    """The loads of one call, in order, what each was recognised as, and what was passed over."""

    loads: tuple[Loaded, ...]
    notes: tuple[str, ...]
    matches: tuple[Match, ...] = ()


@dataclass
class _Opened:
    """A recognised source, the load that took the same file before (or 0), seconds so far."""

    match: Match
    earlier: int
    seconds: float = 0.0


def load(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    options: LoadOptions | None = None,
    on_progress: Progress | None = None,
) -> LoadReport:
    """Load files (or folders of them) into the contract tables of the open database.

    Raises InputError for a file that cannot be read, is not recognised, or whose dates or numbers
    are ambiguous; the database is then half filled and to be thrown away, as snapshots do.
    `on_progress` is called with each file's name, its number and the number of files.
    """
    create_recorded(con)
    found, notes = find_files(paths)
    with scratch_folder() as scratch:
        batch = Batch(con, options or LoadOptions(), scratch, notes)
        loads = _run(batch, found, on_progress)
    return LoadReport(tuple(loads), tuple(notes), tuple(file.match for file in batch.files))


def _run(batch: Batch, paths: Sequence[Path], on_progress: Progress | None) -> list[Loaded]:
    batch.con.execute("create or replace temp table referred (load_id integer, place bigint)")
    opened = [one for path in paths for one in _open(batch, path)]
    batch.files = [_register(batch, one) for one in _to_load(batch, opened)]
    _note_joins(batch)
    if batch.options.full:
        _date_as_one(batch)
    for number, file in enumerate(batch.files, start=1):
        if on_progress:
            on_progress(file.name, number, len(batch.files))
        started = perf_counter()
        with unchanged([one.match.source for one in (file, *batch.files)]):
            _load_file(batch, file)
        file.seconds += perf_counter() - started
        if not file.text_table:
            account(batch, file)
    for file in batch.files:
        if file.text_table:
            account(batch, file)
    recount(batch.con, batch.touched)
    if batch.options.full:
        note_closed(batch)
    return [report(batch, file) for file in batch.files]


# Opening and recognising -------------------------------------------------------------------------


def _open(batch: Batch, path: Path) -> list[_Opened]:
    started = perf_counter()
    opened: list[_Opened] = []
    unmatched: list[InputError] = []
    for one in read(path, batch.scratch, batch.options.delimiter):
        if not one.preview:
            batch.notes.append(f"{one.name}: the sheet is empty, passed over")
            continue
        try:
            match = _recognised(batch.options, one)
        except InputError as error:
            unmatched.append(error)
            continue
        match = replace(match, source=cut_preamble(match.source, batch.scratch))
        opened.append(_Opened(match, _taken_before(batch, one)))
    if unmatched and not opened:
        raise unmatched[0]
    batch.notes += [f"{error.where}: sheet passed over, {error.what}" for error in unmatched]
    for each in opened:
        each.seconds = (perf_counter() - started) / len(opened)
    return opened


def _recognised(options: LoadOptions, one: Source) -> Match:
    """The layout of a source. A known header proves a delimiter better than equal lines do."""
    try:
        return recognise(one, options.profile, options.profiles)
    except InputError:
        for other in () if options.delimiter else cut_otherwise(one):
            with suppress(InputError):
                return recognise(other, options.profile, options.profiles)
        raise


def _taken_before(batch: Batch, one: Source) -> int:
    """The load that took the same file before, or 0.

    The same bytes are news again when a file of that name said something else in between.
    """
    return batch.number(
        f"select min(load_id) from quality.loads as known where sha256 = '{one.sha256}'"
        f" and source_file = {quote(one.name)} and not exists (from quality.loads as other"
        f" where other.source_file = known.source_file and other.sha256 <> known.sha256"
        f" and other.exported_at > known.exported_at"
        f" and other.exported_at < timestamp '{_made_at(batch, one.path)}')"
    )


def _made_at(batch: Batch, path: Path) -> datetime:
    """When the export was made, as asked, else as the file tells."""
    asked = batch.options.as_of
    return datetime.combine(asked, END_OF_DAY) if asked else made_at(path)


def _to_load(batch: Batch, opened: Sequence[_Opened]) -> list[_Opened]:
    """Those to load: the new ones, what looks something up in one, and their look-ups."""
    matches = [one.match for one in opened]
    marks = [(match.source.sha256, match.source.name) for match in matches]
    new = {i for i, one in enumerate(opened) if not one.earlier and marks.index(marks[i]) == i}
    known = {i for i, one in enumerate(opened) if one.earlier}
    chosen = new | {i for i in known if any(matches[i].reads(matches[j]) for j in new)}
    added = chosen
    while added:
        read = {i for i in known if any(matches[j].reads(matches[i]) for j in added)}
        added = read - chosen
        chosen = chosen | added
    known_before = [one for i, one in enumerate(opened) if i not in chosen]
    if len(known_before) > KNOWN_NAMED:
        files = counted(len(known_before), "file")
        batch.notes.append(f"{files} loaded before; nothing to do")
    else:
        for one in known_before:
            why = f"loaded before, as load {one.earlier}" if one.earlier else "given twice"
            batch.notes.append(f"{one.match.source.name}: {why}; nothing to do")
    return [one for i, one in enumerate(opened) if i in chosen]


def _register(batch: Batch, opened: _Opened) -> File:
    match, options = opened.match, batch.options
    load_id = batch.number("select coalesce(max(load_id), 0) + 1 from quality.loads")
    one = match.source
    date_format = options.date_format or match.profile.date
    file = File(
        match=match,
        load_id=load_id,
        relation=one.register(batch.con, f"source_{load_id}"),
        notes=[*one.notes, *_unused(match)],
        formats=Formats(
            decimal=DECIMAL_MARKS[options.decimal or match.profile.decimal or "."],
            dates=DATE_ORDERS.get(date_format, (date_format,) if date_format else ()),
            serial_dates=one.is_workbook,
        ),
        seconds=opened.seconds,
    )
    entry = {
        "load_id": load_id,
        "source_file": one.name,
        "sha256": one.sha256,
        "bytes": one.bytes,
        "source_system": match.profile.name,
        "layout": match.layout.id,
        "series": _series(match),
        "exported_at": _made_at(batch, one.path),
        "is_full": options.full,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    batch.con.execute(
        f"insert into quality.loads by name select {', '.join(f'? as {name}' for name in entry)},"
        " '' as tables, '' as whole_documents, '' as joined_loads, '' as format, 0 as rows_in,"
        " 0 as rows_loaded, 0 as rows_refused, 0 as rows_superseded, 0 as refused_cells,"
        " 0 as seconds",
        list(entry.values()),
    )
    return file


def _note_joins(batch: Batch) -> None:
    """Enter for each file those of the call that it looks rows up in."""
    for file in batch.files:
        joined = [
            str(other.load_id)
            for other in batch.files
            if other is not file and file.match.reads(other.match)
        ]
        if joined:
            batch.con.execute(
                f"update quality.loads set joined_loads = '{', '.join(joined)}'"
                f" where load_id = {file.load_id}"
            )


def _date_as_one(batch: Batch) -> None:
    """The files of one series in a call are parts of one full extract, as new as the newest."""
    loads = f"load_id in ({', '.join(str(file.load_id) for file in batch.files)})"
    batch.con.execute(
        f"update quality.loads as loads set exported_at = newest.at"
        f" from (select series, max(exported_at) as at from quality.loads"
        f" where {loads} group by series) as newest"
        f" where loads.series = newest.series and {loads}"
    )


def _unused(match: Match) -> list[str]:
    """A note on the columns that the layout does not know."""
    if match.layout.rest:
        return []
    header = match.source.header
    unused = [header[i].strip() for i in unbound(header, match.bound)]
    if not unused:
        return []
    shown = ", ".join(name[:40] for name in unused[:UNUSED_NAMED])
    more = len(unused) - UNUSED_NAMED
    return [f"columns not used: {shown}{f' and {more} more' if more > 0 else ''}"]


def _series(match: Match) -> str:
    """What the exports of one report have in common: layout and name, without numbers and dates."""
    stem = Path(match.source.path.name).stem
    words = [re.sub(r"[\d\W_]+", "", part).casefold() for part in (stem, match.source.sheet)]
    return "/".join([match.profile.name, match.layout.id, *words]).rstrip("/")


# One file ----------------------------------------------------------------------------------------


def _load_file(batch: Batch, file: File) -> None:
    check_duplicates(batch, file)
    rules = file.rules
    layout = file.match.layout
    several = len(rules) != 1 or rules[0].join or rules[0].query or _is_looked_up(batch, file)
    if several or layout.parent or layout.rest:
        as_text(batch, file)
    calculates = prepare(batch, file)
    for rule in rules:
        try:
            _load_rule(batch, file, rule, calculates)
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise InputError(
                f"a cell cannot be calculated with: {str(error).splitlines()[0]}",
                where=f"{file.name}, {rule.into} by profile {file.match.profile.name}",
                remedy="Mend the number or date in the export and load it again",
            ) from error


def _is_looked_up(batch: Batch, file: File) -> bool:
    """True when a rule for another file of this call reads this one too."""
    given = {other.key for other in batch.files}
    profile, layout = file.key
    return any(
        rule.reads(layout)
        for rule in file.match.profile.rules
        if rule.source != layout and (profile, rule.source) in given
    )


def _leaves_to_us(file: File, rule: Rule, column: str) -> bool:
    """True when a line's number or a day is to come from a column that this file lacks."""
    origin = rule.columns[column].rpartition(".")[2].strip('"')
    known, bound = file.match.layout.columns, file.match.bound
    return column in DERIVED and origin in known and origin not in bound


def _load_rule(batch: Batch, file: File, rule: Rule, calculates: bool) -> None:
    own = contract_columns(rule.into)
    if file.match.profile.name == CONTRACT:
        columns = tuple(c for c in own if c.name in file.match.bound)
    else:
        columns = tuple(
            c for c in own if c.name in rule.columns and not _leaves_to_us(file, rule, c.name)
        )
    header = file.match.source.header
    plain = not rule.query and file.match.profile.name == CONTRACT
    work = Work(
        con=batch.con,
        file=file.name,
        load_id=file.load_id,
        into=rule.into,
        columns=columns,
        headers={c: header[i] for c, i in file.match.bound.items()} if plain else {},
        text=text(batch, file, rule, columns),
        numbered=bool(file.text_table),
        date_given=bool(batch.options.date_format or file.match.profile.date),
        decimal_given=bool(batch.options.decimal or file.match.profile.decimal or calculates),
        may_use_comma=plain and file.match.source.delimiter in (";", "\t"),
    )
    settled = bool(file.text_table)
    file.formats = stage(
        work, file.formats, lambda: None if settled else settle(batch, file, work.stage)
    )
    merge(batch, file, work)
    file.works.append(work)
