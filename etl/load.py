"""Loads exports into the contract tables: every row loaded, refused with a reason, or superseded.

A file is recognised by its header (etl/profiles), cast in one pass (etl/stage.py), merged by key,
a later row superseding an earlier one, and entered in the books: quality.loads.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import duckdb
import polars as pl

from etl.cast import Column, Formats
from etl.errors import InputError
from etl.profiles import CONTRACT, Join, Match, Rule, normal, profiles, recognise
from etl.read import blank_lines, counted, cut_preamble, find_files, identifier, quote, read
from etl.stage import (
    DATE_ORDERS,
    TEXT_KEPT,
    Work,
    contract_columns,
    gaps,
    positioned,
    record_text,
    source,
    stage,
)
from sql.models import create_recorded, load_models

Progress = Callable[[str, int, int], None]
DECIMAL_MARKS = {"comma": ",", "point": ".", ",": ",", ".": "."}
UNUSED_NAMED = 12
STRUCTURE_FAULTS = {
    "MISSING COLUMNS": "fewer cells than the header has columns",
    "TOO MANY COLUMNS": "more cells than the header has columns: a delimiter in unquoted text?",
    "UNQUOTED VALUE": "text follows a closing quotation mark, or one is never closed",
    "INVALID ENCODING": "not valid UTF-8",
    "LINE SIZE OVER MAXIMUM": "longer than 2,000,000 bytes",
}


@dataclass(frozen=True)
class LoadOptions:
    """What the user says about the files.

    `profile` limits recognition; `as_of` dates inventory balances that carry no date;
    `date_format` is a strptime format, day-first or month-first; `decimal` is a comma or a point.
    """

    profile: str | None = None
    as_of: date | None = None
    date_format: str | None = None
    decimal: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class Loaded:
    """One line of quality.loads, as reported to the user."""

    load_id: int
    source_file: str
    tables: str
    rows_in: int
    rows_loaded: int
    rows_refused: int
    rows_superseded: int
    refused_cells: int
    seconds: float
    note: str


@dataclass(frozen=True)
class LoadReport:
    """The loads of one call, in order, and notes on what was passed over."""

    loads: tuple[Loaded, ...]
    notes: tuple[str, ...]


@dataclass
class _Opened:
    """A recognised source, the load that took the same file before (or 0), seconds so far."""

    match: Match
    earlier: int
    seconds: float = 0.0


@dataclass
class _File:
    """A recognised source on its way into the contract."""

    match: Match
    load_id: int
    relation: str
    notes: list[str]
    formats: Formats
    rows_in: int = 0
    text_table: str = ""
    works: list[Work] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return self.match.source.name

    @property
    def key(self) -> tuple[str, str]:
        return self.match.profile.name, self.match.layout.id

    @property
    def rules(self) -> list[Rule]:
        return [r for r in self.match.profile.rules if r.source == self.match.layout.id]

    @property
    def rejects(self) -> str:
        return f"source_{self.load_id}_rejects"


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
    with tempfile.TemporaryDirectory(prefix="backorders-") as scratch:
        loader = _Loader(con, options or LoadOptions(), Path(scratch), notes)
        loads = loader.run(found, on_progress)
    return LoadReport(tuple(loads), tuple(notes))


def changed(file: _File) -> date:
    """The day the file was last written."""
    return datetime.fromtimestamp(file.match.source.path.stat().st_mtime, UTC).date()


class _Loader:
    """One call of `load`: its connection, its options and the files of the call."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        options: LoadOptions,
        scratch: Path,
        notes: list[str],
    ) -> None:
        self.con = con
        self.options = options
        self.scratch = scratch
        self.notes = notes
        self.files: list[_File] = []

    def run(self, paths: Sequence[Path], on_progress: Progress | None) -> list[Loaded]:
        self.con.execute("create or replace temp table referred (load_id integer, place bigint)")
        opened = [one for path in paths for one in self.open(path)]
        self.files = [self.register(one) for one in self.fresh(opened)]
        for number, file in enumerate(self.files, start=1):
            if on_progress:
                on_progress(file.name, number, len(self.files))
            started = perf_counter()
            self.load_file(file)
            file.seconds += perf_counter() - started
            if not file.text_table:
                self.account(file)
        for file in self.files:
            if file.text_table:
                self.account(file)
        self.recount()
        return [self.report(file) for file in self.files]

    def number(self, query: str) -> int:
        rows = self.con.execute(query).fetchall()
        return int(rows[0][0] or 0) if rows else 0

    def of_layout(self, profile: str, layout: str) -> list[_File]:
        return [file for file in self.files if file.key == (profile, layout)]

    # Opening and recognising

    def open(self, path: Path) -> list[_Opened]:
        started = perf_counter()
        opened: list[_Opened] = []
        unmatched: list[InputError] = []
        for one in read(path, self.scratch, self.options.delimiter):
            if not one.preview:
                self.notes.append(f"{one.name}: the sheet is empty, passed over")
                continue
            try:
                match = recognise(one, self.options.profile)
            except InputError as error:
                unmatched.append(error)
                continue
            match = replace(match, source=cut_preamble(match.source, self.scratch))
            earlier = self.number(
                f"select min(load_id) from quality.loads where sha256 = '{one.sha256}'"
                f" and source_file = {quote(one.name)}"
            )
            opened.append(_Opened(match, earlier))
        if unmatched and not opened:
            raise unmatched[0]
        self.notes += [f"{error.where}: sheet passed over, {error.what}" for error in unmatched]
        for each in opened:
            each.seconds = (perf_counter() - started) / len(opened)
        return opened

    def fresh(self, opened: Sequence[_Opened]) -> list[_Opened]:
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
        for i, one in enumerate(opened):
            if i not in chosen:
                why = f"loaded before, as load {one.earlier}" if one.earlier else "given twice"
                self.notes.append(f"{one.match.source.name}: {why}; nothing to do")
        return [one for i, one in enumerate(opened) if i in chosen]

    def register(self, opened: _Opened) -> _File:
        match = opened.match
        load_id = self.number("select coalesce(max(load_id), 0) + 1 from quality.loads")
        one = match.source
        self.con.execute(
            "insert into quality.loads values (?, ?, ?, ?, ?, '', ?, 0, 0, 0, 0, 0, 0, ?, null)",
            [
                load_id,
                one.name,
                one.sha256,
                one.bytes,
                match.profile.name,
                one.format,
                datetime.now(UTC).replace(tzinfo=None),
            ],
        )
        bound = match.bound.values()
        unused = [c.strip() for i, c in enumerate(one.header) if c.strip() and i not in bound]
        notes = list(one.notes)
        if unused:
            shown = ", ".join(name[:40] for name in unused[:UNUSED_NAMED])
            more = len(unused) - UNUSED_NAMED
            notes.append(f"columns not used: {shown}{f' and {more} more' if more > 0 else ''}")
        date_format = self.options.date_format or match.profile.date
        decimal = DECIMAL_MARKS[self.options.decimal or match.profile.decimal or "."]
        return _File(
            match=match,
            load_id=load_id,
            relation=one.register(self.con, f"source_{load_id}"),
            notes=notes,
            formats=Formats(
                decimal=decimal,
                dates=DATE_ORDERS.get(date_format, (date_format,) if date_format else ()),
                serial_dates=one.is_workbook,
            ),
            seconds=opened.seconds,
        )

    # One file

    def load_file(self, file: _File) -> None:
        self.check_duplicates(file)
        rules = file.rules
        if len(rules) != 1 or rules[0].join or rules[0].query or self.is_looked_up(file):
            self.as_text(file)
        for rule in rules:
            self.load_rule(file, rule)

    def is_looked_up(self, file: _File) -> bool:
        """True when a rule for another file of this call reads this one too."""
        given = {other.key for other in self.files}
        profile, layout = file.key
        return any(
            rule.reads(layout)
            for rule in file.match.profile.rules
            if rule.source != layout and (profile, rule.source) in given
        )

    def check_duplicates(self, file: _File) -> None:
        """Refuse a file whose header names a used column twice with different contents."""
        header = file.match.source.header
        for column, place in file.match.bound.items():
            for other in range(place + 1, len(header)):
                if normal(header[other]) != normal(header[place]):
                    continue
                differing = self.number(
                    f"select count(*) from {file.relation} where c{place} is distinct from c{other}"
                )
                self.drop_rejects(file)
                if differing:
                    raise InputError(
                        f"the header has {header[place].strip()!r} twice, with different contents"
                        f" in {counted(differing, 'row')}",
                        where=f"{file.name}, columns {place + 1} and {other + 1}",
                        remedy=f"Remove or rename one of them; {column} is read from it",
                    )

    def drop_rejects(self, file: _File) -> None:
        if file.match.source.is_delimited:
            self.con.execute(f"drop table if exists {file.rejects}")
            self.con.execute(f"drop table if exists source_{file.load_id}_scans")

    def as_text(self, file: _File) -> None:
        """Keep the file's cells in a temporary table, for rules that need them more than once."""
        if file.text_table:
            return
        table = f"text_{file.load_id}"
        self.con.execute(
            f"create or replace temp table {table} as"
            f" select *, row_number() over () as place from {file.relation}"
        )
        self.settle(file, table)
        file.text_table = table

    def settle(self, file: _File, table: str) -> None:
        """Count the file's records, and refuse those that could not be cut into cells."""
        file.rows_in = self.number(f"select count(*) from {table}")
        if not file.match.source.is_delimited:
            return
        self.con.execute(f"delete from quality.rejected_rows where load_id = {file.load_id}")
        if self.number(f"select count(*) from {file.rejects}"):
            cut = self.number_rejects(file)
            self.check_quotes(file, cut)
            self.con.execute(
                f"insert into quality.rejected_rows"
                f" select {file.load_id}, {quote(file.name)}, record, '', null, null, reason,"
                f" left(text, {TEXT_KEPT}) from {cut}"
            )
            self.con.execute(
                f"create or replace temp table {gaps(file.load_id)} as"
                f" select record - before as after_place, max(before) as before"
                f" from (select record, row_number() over (order by record) as before from {cut})"
                f" group by all"
            )
            file.rows_in += self.number(f"select count(*) from {cut}")
        self.drop_rejects(file)

    def number_rejects(self, file: _File) -> str:
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
            self.con.register("blank_lines", frame)
            starts = f"line_byte_position + length(csv_line) - length(ltrim(csv_line, {ends}))"
            rejects = (
                f"(select *, greatest(byte_position, {starts}) as reached from {file.rejects})"
                f" asof left join blank_lines on reached > blank_lines.at"
            )
            blank = "coalesce(max(before), 0)"
        cut = f"cut_{file.load_id}"
        self.con.execute(
            f"create or replace temp table {cut} as"
            f" select line - {first} - {blank} as record, max(error_type::varchar) as fault,"
            f" case fault {reasons} else max(error_message) end as reason,"
            f" trim(max(csv_line), {ends}) as text from {rejects} group by line"
        )
        if blanks:
            self.con.unregister("blank_lines")
        return cut

    def check_quotes(self, file: _File, cut: str) -> None:
        """Stop at a quotation mark that swallows the lines after it."""
        row = self.con.execute(
            f"select record, length(text) - length(replace(text, chr(10), ''))"
            f" from {cut} where fault = 'UNQUOTED VALUE' and contains(text, chr(10))"
            f" order by record limit 1"
        ).fetchone()
        if row:
            raise InputError(
                f"a quotation mark opened in row {row[0]} is never closed,"
                f" and the {row[1] + 1} lines from there cannot be told apart",
                where=file.name,
                remedy="Close or double the mark in that row and load again",
            )

    # One rule: text, stage, merge

    def load_rule(self, file: _File, rule: Rule) -> None:
        own = contract_columns(rule.into)
        if file.match.profile.name == CONTRACT:
            columns = tuple(c for c in own if c.name in file.match.bound)
        else:
            columns = tuple(c for c in own if c.name in rule.columns)
        header = file.match.source.header
        plain = not rule.query and file.match.profile.name == CONTRACT
        work = Work(
            con=self.con,
            file=file.name,
            load_id=file.load_id,
            into=rule.into,
            columns=columns,
            headers={c: header[i] for c, i in file.match.bound.items()} if plain else {},
            text=self.text(file, rule, columns),
            numbered=bool(file.text_table),
            date_given=bool(self.options.date_format or file.match.profile.date),
            decimal_given=bool(self.options.decimal or file.match.profile.decimal),
            may_use_comma=plain and file.match.source.delimiter in (";", "\t"),
        )
        settled = bool(file.text_table)
        file.formats = stage(
            work, file.formats, lambda: None if settled else self.settle(file, work.stage)
        )
        self.merge(file, work)
        file.works.append(work)

    def text(self, file: _File, rule: Rule, columns: Sequence[Column]) -> str:
        """SQL of the rule's rows as text: m_<column>, r, skip, why, and _row when numbered."""
        profile = file.match.profile.name
        width = len(file.match.source.header)
        record = f"[{', '.join(f'c{i}' for i in range(width))}] as r"
        cells = [rule.columns[c.name] for c in columns]
        if rule.query:
            relation = (
                f"(with {self.common_tables(file, rule, record)} select own.*, given.r"
                f" from (\n{rule.query}\n) as own inner join given on own._row = given._row)"
            )
            record = "r"
        else:
            driving = file.text_table or file.relation
            number = ", place as _row" if file.text_table else ""
            number += ", fault" if file.match.source.has_faults else ""
            relation = f"(select {self.named(file)}, {record}{number} from {driving})"
            relation += f" as {identifier(rule.source)}"
            for join in rule.join:
                relation += f" left join {self.looked_up(profile, join, rule)}"
                relation += f" as {identifier(join.file)} on {join.on}"
            record = f"{identifier(rule.source)}.r"
        texts = "".join(
            f"cast({cell} as varchar) as m_{c.name}, "
            for cell, c in zip(cells, columns, strict=True)
        )
        number = ""
        if file.text_table:
            number = ", _row" if rule.query else f", {identifier(rule.source)}._row"
        cases = " ".join(f"when {test} then {quote(why)}" for why, test in rule.refuse.items())
        if file.match.source.has_faults and not rule.query:
            fault = f"{identifier(rule.source)}.fault"
            cases = f"when {fault} is not null then {fault} {cases}"
        newest = ""
        if rule.join:
            self.note_look_ups(rule, relation)
            newest = self.newest(file, rule, relation)
        return (
            f"select {texts}{record} as r,"
            f" {f'not coalesce({rule.where}, false)' if rule.where else 'false'} as skip,"
            f" {f'case {cases} end' if cases else 'null::varchar'} as why{number}"
            f" from {relation}{newest}"
        )

    def named(self, file: _File) -> str:
        """SQL: the file's cells under the names its layout gives them; lacking ones are null."""
        cells = [
            (f"c{file.match.bound[c]}" if c in file.match.bound else "null::varchar")
            + f" as {identifier(c)}"
            for c in file.match.layout.columns
        ]
        return ", ".join([*cells, f"date '{self.day(file)}' as _day"])

    def day(self, file: _File) -> date:
        """The day the file speaks of: as asked, else its own; never after its system's balances."""
        balances = [
            other
            for other in self.files
            if other.match.profile.name == file.match.profile.name
            and any(rule.into == "inventory_balances" for rule in other.rules)
        ]
        return self.options.as_of or min(changed(one) for one in [file, *balances])

    def looked_up(self, profile: str, join: Join, rule: Rule) -> str:
        """SQL: the rows of a joined layout. Raises InputError where a needed one was not given."""
        if not join.optional and not self.of_layout(profile, join.file):
            raise InputError(
                f"no {join.file} file was given, which {rule.into} needs",
                where=f"profile {profile}",
                remedy=f"Load the {join.file} export together with the {rule.source} export",
            )
        return self.united(profile, join.file)

    def newest(self, file: _File, rule: Rule, relation: str) -> str:
        """SQL that keeps the last of several look-up rows of one key; mostly nothing to do."""
        joined = self.number(f"select count(*) from {relation}")
        if joined == self.number(f"select count(*) from {file.text_table}"):
            return ""
        last = ", ".join(
            f"{identifier(join.file)}._load desc, {identifier(join.file)}._row desc"
            for join in rule.join
        )
        row = f"{identifier(rule.source)}._row"
        return f" qualify row_number() over (partition by {row} order by {last}) = 1"

    def united(self, profile: str, layout: str) -> str:
        """SQL: the rows of all files of a layout, numbered by load and row."""
        files = self.of_layout(profile, layout)
        for file in files:
            self.as_text(file)
        parts = [
            f"select {self.named(file)}, {file.load_id} as _load, place as _row"
            f" from {file.text_table}"
            for file in files
        ]
        if not parts:
            known = next(one for one in profiles()[profile].layouts if one.id == layout)
            nothing = ", ".join(f"null::varchar as {identifier(c)}" for c in known.columns)
            parts = [f"select {nothing}, null::date as _day, 0 as _load, 0 as _row where false"]
        return f"({' union all '.join(parts)})"

    def common_tables(self, file: _File, rule: Rule, record: str) -> str:
        """SQL: one named query a layout of the profile, for a rule that is a query of its own."""
        profile = file.match.profile
        tables = []
        for layout in profile.layouts:
            if layout.id == rule.source:
                body = f"select {self.named(file)}, {record}, place as _row from {file.text_table}"
                tables.append(f"{identifier(layout.id)} as ({body})")
            elif rule.reads(layout.id):
                tables.append(f"{identifier(layout.id)} as {self.united(profile.name, layout.id)}")
        tables.append(f"given as (from {identifier(rule.source)})")
        return ", ".join(tables)

    def note_look_ups(self, rule: Rule, relation: str) -> None:
        """Remember which rows of look-up files were referred to."""
        for join in rule.join:
            table = identifier(join.file)
            self.con.execute(
                f"insert into referred select distinct {table}._load, {table}._row"
                f" from {relation} where {table}._row is not null"
            )

    def merge(self, file: _File, work: Work) -> None:
        """Put the rows in force into the contract table; later rows supersede earlier ones."""
        table = f"{CONTRACT}.{work.into}"
        key = load_models()[table].grain
        own = [c.name for c in work.columns]
        derived = self.derived(file, work)
        names = [*own, *derived]
        values = ", ".join([*own, *(f"{sql} as {name}" for name, sql in derived.items())])
        columns = ", ".join(own)
        self.con.execute(
            f"create or replace temp view accepted_{work.load_id}_{work.into} as"
            f" select {columns}, {positioned(work)} from {source(work)}"
            f" where kept is null and not skip"
            f" union all by name select {columns}, record_no from {work.saved}"
        )
        rows = f"(select {values}, record_no from accepted_{work.load_id}_{work.into})"
        if "line_id" not in derived:
            keyed = [name for name in key if name in names]
            last = f"last_{work.load_id}_{work.into}"
            self.con.execute(
                f"create or replace temp table {last} as"
                f" select {', '.join(keyed)}, max(record_no) as record_no from {rows}"
                f" group by {', '.join(keyed)} having count(*) > 1"
            )
            if self.number(f"select count(*) from {last}"):
                same = " and ".join(f"row.{k} is not distinct from last.{k}" for k in keyed)
                rows = (
                    f"(select row.* from {rows} as row anti join {last} as last"
                    f" on {same} and row.record_no < last.record_no)"
                )
        if self.number(f"select count(*) from (from {table} limit 1)"):
            # Ranks are no identity: a document without line numbers is replaced as a whole.
            whole = [k for k in key if k != "line_id" or k not in derived]
            same = " and ".join(
                f"old.{k} is not distinct from {f'new.{k}' if k in names else 'null'}"
                for k in whole
            )
            self.con.execute(f"delete from {table} as old using {rows} as new where {same}")
        self.con.execute(
            f"insert into {table}"
            f" ({', '.join(names)}, source_system, source_file, source_row, load_id)"
            f" select {', '.join(names)}, {quote(file.match.profile.name)}, {quote(file.name)},"
            f" record_no, {file.load_id} from {rows}"
        )

    def derived(self, file: _File, work: Work) -> dict[str, str]:
        """SQL of columns the file lacks but the contract supplies: a line's rank, a day."""
        own = {c.name for c in work.columns}
        wanted = {c.name for c in contract_columns(work.into)} - own
        derived: dict[str, str] = {}
        if "line_id" in wanted:
            parent = load_models()[f"{CONTRACT}.{work.into}"].grain[0]
            derived["line_id"] = (
                f"cast(row_number() over (partition by {parent} order by record_no) as varchar)"
            )
        if work.into == "inventory_balances" and "as_of" in wanted:
            day = self.options.as_of or changed(file)
            origin = "as asked" if self.options.as_of else "the file's own date; or say --as-of"
            file.notes.append(f"balances dated {day}, {origin}")
            derived["as_of"] = f"date '{day}'"
        return derived

    # The books

    def account(self, file: _File) -> None:
        """Enter what became of the file's rows, refusing those that no rule took."""
        layout = file.match.layout
        if not file.works:
            self.as_text(file)
            self.refuse_unused(file, layout.ignore)
            tables = "none" if layout.ignore else "look-up"
        else:
            self.refuse_untaken(file)
            tables = ", ".join(work.into for work in file.works)
        accepted = " union all ".join(
            f"select record_no from accepted_{work.load_id}_{work.into}" for work in file.works
        )
        if len(file.works) == 1 and not file.text_table:
            taken = self.number(f"select count(*) from ({accepted})")
        elif file.works:
            taken = self.number(f"select count(distinct record_no) from ({accepted})")
        else:
            taken = file.rows_in - self.number(
                f"select count(distinct source_row) from quality.rejected_rows"
                f" where load_id = {file.load_id}"
            )
        cells = f"(select count(*) from quality.rejected_cells where load_id = {file.load_id})"
        if not file.rows_in:
            file.notes.append("no rows below the header")
        read_as = [file.match.source.format]
        if file.formats.decimal == ",":
            read_as.append("decimal comma")
        if file.formats.dates:
            read_as.append(f"dates {' or '.join(file.formats.dates)}")
        self.con.execute(
            f"update quality.loads set tables = ?, format = ?, note = ?, seconds = ?,"
            f" rows_in = ?, rows_refused = ?, rows_loaded = ?, refused_cells = {cells}"
            f" where load_id = {file.load_id}",
            [
                tables,
                ", ".join(read_as),
                "; ".join(file.notes) or None,
                file.seconds,
                file.rows_in,
                file.rows_in - taken,
                taken,
            ],
        )

        for work in file.works:
            self.con.execute(f"drop view accepted_{work.load_id}_{work.into}")
            self.con.execute(f"drop table {work.stage}")
            self.con.execute(f"drop table {work.saved}")

    def refuse_unused(self, file: _File, ignored: str) -> None:
        if ignored:
            self.refuse(file, f"not used: {ignored}", "true")
            return
        rules = file.match.profile.rules
        joined = [r for r in rules if any(j.file == file.match.layout.id for j in r.join)]
        if joined:
            names = ", ".join(sorted({rule.source for rule in joined}))
            self.refuse(
                file,
                f"nothing in {names} refers to it",
                f"place not in (select place from referred where load_id = {file.load_id})",
            )

    def refuse_untaken(self, file: _File) -> None:
        """Rows that every rule of the profile skipped."""
        profile = file.match.profile
        if profile.name == CONTRACT:
            return
        table = file.text_table or f"(select *, rowid + 1 as place from {file.works[0].stage})"
        taken = " union all ".join(
            f"select {work.order} from {work.stage} where not skip" for work in file.works
        )
        self.refuse(
            file, f"no rule of profile {profile.name} takes it", f"place not in ({taken})", table
        )

    def refuse(self, file: _File, reason: str, test: str, table: str = "") -> None:
        cells = [f"c{i}" for i in range(len(file.match.source.header))]
        text = (
            record_text(f"[{', '.join(cells)}]")
            if not table or table == file.text_table
            else "null"
        )
        before = (
            f"coalesce((select max(before) from {gaps(file.load_id)} where after_place < place), 0)"
            if self.number(
                f"select count(*) from duckdb_tables() where table_name = '{gaps(file.load_id)}'"
            )
            else "0"
        )
        self.con.execute(
            f"insert into quality.rejected_rows select {file.load_id}, {quote(file.name)},"
            f" place + {before}, '', null, null, {quote(reason)}, {text}"
            f" from {table or file.text_table} where {test}"
        )

    def recount(self) -> None:
        """rows_loaded is what is in force now; what a later load replaced is superseded."""
        touched = {work.into for file in self.files for work in file.works}
        loads = self.con.execute(
            "select load_id, tables from quality.loads where tables not in ('none', 'look-up')"
        ).fetchall()
        affected = {i: t.split(", ") for i, t in loads if touched & set(t.split(", "))}
        if not affected:
            return
        tables = sorted({table for names in affected.values() for table in names})
        in_force = " union all ".join(
            f"select load_id, source_row from {CONTRACT}.{table}" for table in tables
        )
        self.con.execute(
            f"update quality.loads as loads set rows_loaded = coalesce(now.rows, 0)"
            f" from (select id, count(distinct source_row) as rows"
            f" from (select unnest({sorted(affected)}) as id)"
            f" left join ({in_force}) on load_id = id group by id) as now"
            f" where loads.load_id = now.id"
        )
        self.con.execute(
            "update quality.loads set rows_superseded = rows_in - rows_refused - rows_loaded"
        )

    def report(self, file: _File) -> Loaded:
        row = self.con.execute(
            "select load_id, source_file, tables, rows_in, rows_loaded, rows_refused,"
            " rows_superseded, refused_cells, seconds, coalesce(note, '')"
            f" from quality.loads where load_id = {file.load_id}"
        ).fetchone()
        assert row is not None
        return Loaded(*row)
