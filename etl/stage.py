"""Casts the text of one file into the columns of one contract table.

Every row is cast in one pass. A row with any doubt about it keeps its text beside the values; the
doubtful rows are then read again with patience and saved, saved without a cell, or refused.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import duckdb

from etl.cast import (
    DAY_FIRST,
    MONTH_FIRST,
    TIME_OF_DAY,
    WHITE,
    WRITTEN_DATES,
    Column,
    Formats,
    bare_number,
    blank,
    cleaned,
    fault,
    holds,
    plausible,
    suspect,
    typed,
    wording,
)
from etl.errors import InputError
from etl.read import counted, quote
from sql.models import recorded_models

DATE_ORDERS = {"day-first": DAY_FIRST, "month-first": MONTH_FIRST}
PATIENT_ROWS = 5000
TEXT_KEPT = 2000
DERIVED = {"line_id", "as_of"}
FILLED_CELLS = f"list_filter({{}}, lambda cell: trim(coalesce(cell, ''), '{WHITE}') <> '')"
TOTAL_WORDS = "grand ?total|sub-?total|totals?|sum|summe|gesamt|gesamtsumme|suma|total general"


@dataclass(frozen=True)
class Work:
    """One file on its way into one contract table.

    `text` is SQL giving m_<column> (text), r (the record as read), skip, why (a refusal) and,
    when `numbered`, _row (the record's number); otherwise rows come in file order.
    """

    con: duckdb.DuckDBPyConnection
    file: str
    load_id: int
    into: str
    columns: tuple[Column, ...]
    headers: dict[str, str]
    text: str
    numbered: bool
    date_given: bool
    decimal_given: bool
    may_use_comma: bool = False

    @property
    def stage(self) -> str:
        """Table of every row cast, with the text of the doubtful ones."""
        return f"stage_{self.load_id}_{self.into}"

    @property
    def saved(self) -> str:
        """Table of the doubtful rows that the patient reading saved."""
        return f"saved_{self.load_id}_{self.into}"

    @property
    def order(self) -> str:
        """SQL: position of a staged row among the records that could be cut into cells."""
        return "_row" if self.numbered else "rowid + 1"

    def number(self, query: str) -> int:
        """The one number that a query gives; 0 for none."""
        rows = self.con.execute(query).fetchall()
        return int(rows[0][0] or 0) if rows else 0


def contract_columns(table: str) -> tuple[Column, ...]:
    """The columns of a contract table with their types and single-column checks, from the DDL."""
    return _contract()[table][0]


def _checks(table: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """CHECK expressions of a contract table, each with the columns it concerns."""
    return _contract()[table][1]


@cache
def _contract() -> dict[str, tuple[tuple[Column, ...], tuple[tuple[str, tuple[str, ...]], ...]]]:
    """Columns and checks of every contract table, as the database understands the DDL."""
    tables = [model for model in recorded_models().values() if model.schema == "contract"]
    with duckdb.connect() as con:
        con.execute("create schema contract")
        con.execute(";\n".join(model.sql for model in tables))
        columns = con.execute(
            "select table_name, column_name, data_type, not is_nullable from duckdb_columns()"
            " where schema_name = 'contract' order by table_name, column_index"
        ).fetchall()
        checks = con.execute(
            "select table_name, expression, list_sort(list_distinct(constraint_column_names))"
            " from duckdb_constraints()"
            " where schema_name = 'contract' and constraint_type = 'CHECK'"
        ).fetchall()
    contract = {}
    for model in tables:
        own = tuple((rule, tuple(names)) for table, rule, names in checks if table == model.name)
        contract[model.name] = (
            tuple(
                Column(name, kind, required, tuple(rule for rule, on in own if on == (name,)))
                for table, name, kind, required in columns
                if table == model.name
            ),
            own,
        )
    return contract


def _row_checks(work: Work) -> dict[str, str]:
    """Checks of the table over several columns, and in words; columns the file lacks are null."""
    own = {c.name for c in work.columns}
    checks = {}
    for check, names in _checks(work.into):
        if len(names) > 1:
            words = wording(check)
            for name in set(names) - own:
                check = re.sub(rf"\b{name}\b", "null", check)
            checks[check] = words
    return checks


def lacking(work: Work) -> list[str]:
    """Required columns that the file has no column for."""
    own = {c.name for c in work.columns} | DERIVED
    return [c.name for c in contract_columns(work.into) if c.required and c.name not in own]


def stage(work: Work, formats: Formats, settle: Callable[[], None]) -> Formats:
    """Fill work.stage and work.saved; refusals go to quality.rejected_rows and rejected_cells.

    `settle` is called after each reading of the file, to take note of records it could not cut.
    Returns the formats the file proved. Raises InputError where they stay ambiguous.
    """
    _fill(work, formats)
    settle()
    doubtful = work.number(f"select count(*) from {work.stage} where kept is not null")
    decided = _decide(work, formats) if doubtful else formats
    if decided.decimal != formats.decimal or (decided != formats and doubtful > PATIENT_ROWS):
        _fill(work, decided)
        settle()
        if decided.decimal != formats.decimal:
            _decide_decimal(work, decided)
    elif work.may_use_comma and not work.decimal_given:
        _confirm_point(work)
        settle()
    if doubtful:
        _mend(work, decided)
    else:
        columns = ", ".join(c.name for c in work.columns)
        work.con.execute(
            f"create or replace temp table {work.saved} as"
            f" select place as record_no, {columns} from {source(work)} limit 0"
        )
    return decided


def _fill(work: Work, formats: Formats) -> None:
    values = ", ".join(f"{typed(c, f'm_{c.name}', formats)} as {c.name}" for c in work.columns)
    doubts = [suspect(c, f"m_{c.name}", c.name) for c in work.columns]
    doubts += [f"not {check}" for check in _row_checks(work)]
    doubts += [f"m_{name} = {quote(text)}" for name, text in list(work.headers.items())[:1]]
    doubts += ["why is not null", *["true" for _ in lacking(work)]]
    texts = ", ".join(f"m_{c.name}" for c in work.columns)
    work.con.execute(
        f"create or replace temp table {work.stage} as"
        f" select {', '.join(c.name for c in work.columns)}, skip"
        f"{', _row' if work.numbered else ''},"
        f" case when not skip and ({' or '.join(d for d in doubts if d)})"
        f" then {{'m': [{texts}], 'r': r, 'why': why}} end as kept"
        f" from (select *, {values} from ({work.text}))"
    )


# How the file spells dates and numbers: proved by whole columns, never guessed ------------------


def _decide(work: Work, formats: Formats) -> Formats:
    if not work.date_given:
        formats = _decide_dates(work, formats)
    if not work.decimal_given:
        formats = _decide_decimal(work, formats)
    return formats


def _doubtful_texts(work: Work, kind: str) -> str:
    return " union all ".join(
        f"select '{c.name}' as name, trim(kept.m[{i}]) as text"
        f" from {work.stage} where kept is not null"
        for i, c in enumerate(work.columns, start=1)
        if c.kind == kind
    )


def _decide_dates(work: Work, formats: Formats) -> Formats:
    texts = _doubtful_texts(work, "date")
    if not texts:
        return formats
    days = (
        f"select name, text, regexp_replace(text, '{TIME_OF_DAY}', '') as day"
        f" from ({texts}) where text <> '' and {plausible('text')} is null"
    )
    counts = ", ".join(f"count(try_strptime(day, '{f}'))" for f in WRITTEN_DATES)
    written = work.con.execute(f"select {counts} from ({days})").fetchone() or ()
    dates = tuple(f for f, n in zip(WRITTEN_DATES, written, strict=True) if n)
    row = work.con.execute(
        f"select count(*), min(name || ' ' || text),"
        f" count(*) filter (where part[1] > 12), count(*) filter (where part[2] > 12),"
        f" min(text) filter (where part[1] > 12), min(text) filter (where part[2] > 12)"
        f" from (select name, text, list_transform(regexp_split_to_array(day, '[/-]'),"
        f" lambda p: cast(p as integer)) as part from ({days})"
        f" where regexp_full_match(day, '\\d{{1,2}}[/-]\\d{{1,2}}[/-](\\d{{4}}|\\d{{2}})'))"
        f" where part[1] <= 31 and part[2] <= 31"
    ).fetchone()
    assert row is not None
    count, example, day_first, month_first, *proofs = row
    if not count:
        return replace(formats, dates=dates)
    if not day_first and not month_first:
        column, _, text = example.partition(" ")
        raise InputError(
            f"cannot tell day from month: every date like {text} fits both orders",
            where=f"{work.file}, column {column}",
            remedy="Say which with --date-format day-first or --date-format month-first",
        )
    if day_first and month_first:
        raise InputError(
            f"dates mix day-first ({counted(day_first, 'cell')} such as {proofs[0]})"
            f" and month-first ({counted(month_first, 'cell')} such as {proofs[1]})",
            where=work.file,
            remedy="Export dates as YYYY-MM-DD, or say --date-format day-first or month-first",
        )
    return replace(formats, dates=dates + DATE_ORDERS["day-first" if day_first else "month-first"])


def _decide_decimal(work: Work, formats: Formats) -> Formats:
    texts = _doubtful_texts(work, "decimal")
    if not texts:
        return formats
    row = work.con.execute(
        f"select count(*) filter (where regexp_full_match(text, '{COMMA_PROOF}')),"
        f" count(*) filter (where regexp_full_match(text, '{POINT_PROOF}')),"
        f" count(*) filter (where regexp_full_match(text, '{EITHER}')),"
        f" min(name || ' ' || text) filter (where contains(text, ',')),"
        f" min(text) filter (where regexp_full_match(text, '{COMMA_PROOF}')),"
        f" min(text) filter (where regexp_full_match(text, '{POINT_PROOF}'))"
        f" from (select name, replace({bare_number('text')}, '_', '') as text from ({texts}))"
    ).fetchone()
    assert row is not None
    comma, point, either, example, *proofs = row
    column, _, text = (example or "").partition(" ")
    comma = comma or formats.decimal == ","
    if comma and point:
        raise InputError(
            "numbers mix a decimal comma and a decimal point,"
            f" as in {' and '.join(proof for proof in proofs if proof)}",
            where=work.file,
            remedy=f"Export them one way, or {DECIMAL_REMEDY[0].lower()}{DECIMAL_REMEDY[1:]}",
        )
    if comma:
        return replace(formats, decimal=",")
    if either and not point and not _has_point(work):
        raise InputError(
            f"cannot tell whether {text} has a decimal comma or a thousands mark",
            where=f"{work.file}, column {column}",
            remedy=DECIMAL_REMEDY,
        )
    return formats


DECIMAL_REMEDY = 'Say which with --decimal "," or --decimal "."'
COMMA_PROOF = r"-?\d{1,3}(\.\d{3})+,\d+|-?\d*,(\d{1,2}|\d{4,})|-?0+,\d+|-?\d{4,},\d+"
POINT_PROOF = r"-?\d{1,3}(,\d{3})+\.\d*|-?\d{1,3}(,\d{3}){2,}|-?\d*\.(\d{1,2}|\d{4,})"
EITHER = r"-?[1-9]\d{0,2},\d{3}"
GROUPED = r"-?[1-9]\d{0,2}(\.\d{3})+"


def _has_point(work: Work) -> bool:
    """True when a number read at sight has decimals: then the mark is a point."""
    tests = [f"{c.name} <> floor({c.name})" for c in work.columns if c.kind == "decimal"]
    return work.number(f"select count(*) from {work.stage} where {' or '.join(tests)}") > 0


def _confirm_point(work: Work) -> None:
    """Refuse numbers such as 1.234 where nothing proves a decimal point and a comma is likely."""
    cells = ", ".join(f"trim(m_{c.name})" for c in work.columns if c.kind == "decimal")
    point, example = work.con.execute(
        f"select count(*) filter (where not grouped), min(cell) filter (where grouped)"
        f" from (select cell, regexp_full_match(cell, '{GROUPED}') as grouped"
        f" from (select unnest([{cells}]::varchar[]) as cell from ({work.text}))"
        f" where contains(cell, '.'))"
    ).fetchall()[0]
    if example and not point:
        raise InputError(
            f"cannot tell whether {example} has a decimal point or a thousands mark",
            where=work.file,
            remedy=DECIMAL_REMEDY,
        )


# The patient reading ----------------------------------------------------------------------------


def _mend(work: Work, formats: Formats) -> None:
    text = {c.name: f"kept.m[{i}]" for i, c in enumerate(work.columns, start=1)}
    doubted = _doubted(work, text)
    values = []
    for c in work.columns:
        value = cleaned(c, text[c.name], formats) if c in doubted else c.name
        if c in doubted and c.checks:
            value = f"case when {holds(c, value)} then {value} end"
        values.append(f"{value} as {c.name}")
    work.con.execute(
        f"create or replace temp table {work.saved} as"
        f" select {positioned(work)}, kept, {', '.join(values)},"
        f' null::struct("column" varchar, reason varchar) as verdict'
        f" from {source(work)} where kept is not null"
    )
    _judge(work, formats, text, doubted)
    lineage = f"{work.load_id}, {quote(work.file)}, record_no, {quote(work.into)}"
    picks = " ".join(f"when '{c.name}' then {text[c.name]}" for c in work.columns)
    work.con.execute(
        f"insert into quality.rejected_rows select {lineage}, verdict.column,"
        f" left(case verdict.column {picks} end, {TEXT_KEPT}), verdict.reason,"
        f" {record_text('kept.r')} from {work.saved} where verdict is not null"
    )
    for c in doubted:
        if not c.required:
            work.con.execute(
                f"insert into quality.rejected_cells select {lineage}, '{c.name}',"
                f" left({text[c.name]}, {TEXT_KEPT}), {fault(c, text[c.name], formats)}"
                f" from {work.saved} where verdict is null and {c.name} is null"
                f" and not {blank(text[c.name])}"
            )
    work.con.execute(f"delete from {work.saved} where verdict is not null")


def _doubted(work: Work, text: dict[str, str]) -> list[Column]:
    """The columns with a doubtful cell somewhere: usually few, and only they need patience."""
    tests = [suspect(c, text[c.name], c.name) for c in work.columns]
    marks = ", ".join(f"coalesce(bool_or({test}), false)" if test else "false" for test in tests)
    row = work.con.execute(
        f"select {marks} from {work.stage}"
        f" where kept is not null and not coalesce({_header_again(work, text)}, false)"
    ).fetchone()
    return [c for c, doubtful in zip(work.columns, row or (), strict=True) if doubtful]


def record_text(cells: str) -> str:
    """SQL: a list of cells as one readable text."""
    return (
        f"left(array_to_string(list_transform({cells}, lambda cell: coalesce(cell, '')), ' | '),"
        f" {TEXT_KEPT})"
    )


def _judge(work: Work, formats: Formats, text: dict[str, str], doubted: Sequence[Column]) -> None:
    """Mark the rows to refuse with the column and the reason that decided; the first one counts."""
    required = [c for c in work.columns if c.required]
    ids = [text[c.name] for c in required if c.kind == "text"]
    cases = [
        ("null", "kept.why", "kept.why is not null"),
        ("null", "'an empty row'", f"len({FILLED_CELLS.format('kept.m')}) = 0"),
        ("null", "'the header row again'", _header_again(work, text)),
        ("null", "'a total or group row'", _total(work, required, ids)),
    ]
    for c in required:
        t = text[c.name]
        cases.append((c.name, f"'{c.name} is missing'", f"{c.name} is null and {blank(t)}"))
        if c in doubted:
            cases.append((c.name, fault(c, t, formats), f"{c.name} is null"))
    cases += [(name, f"'{name} is missing'", "true") for name in lacking(work)]
    for check, words in _row_checks(work).items():
        cases.append(("null", quote(words), f"not coalesce({check}, true)"))
    verdicts = " ".join(
        f"when {test} then {{'column': {'null' if column == 'null' else quote(column)},"
        f" 'reason': {reason}}}"
        for column, reason, test in cases
    )
    work.con.execute(f"update {work.saved} set verdict = case {verdicts} end")


def _every(conditions: Iterable[str]) -> str:
    return f"({' and '.join(conditions)})"


def _header_again(work: Work, text: dict[str, str]) -> str:
    if not work.headers:
        return "false"
    return _every(f"trim({text[name]}) = {quote(h.strip())}" for name, h in work.headers.items())


def _total(work: Work, required: Sequence[Column], ids: Sequence[str]) -> str:
    """SQL: sums or a group's name where a record should be: keys blank, or the word for it."""
    missing = " or ".join(f"{c.name} is null" for c in required) or "false"
    first = f"{FILLED_CELLS.format('kept.r')}[1]"
    named = f"regexp_matches(lower({first}), '^\\s*({TOTAL_WORDS})\\b')"
    filled = " or ".join(f"{c.name} is not null" for c in work.columns if c.kind == "decimal")
    keyless = _every(blank(t) for t in ids) if ids else "false"
    lone = f"len({FILLED_CELLS.format('kept.r')}) = 1"
    several = " + ".join(f"({c.name} is null)::integer" for c in required) or "0"
    return (
        f"(({missing}) and {named}) or ({keyless} and ({filled or 'false'}))"
        f" or ({lone} and {several} > 1)"
    )


# Positions --------------------------------------------------------------------------------------


def gaps(load_id: int) -> str:
    """Table of the records that could not be cut: how many came before, after which kept row."""
    return f"gaps_{load_id}"


def source(work: Work) -> str:
    """SQL: the staged rows, each with its place among the records that could be cut into cells."""
    staged = f"(select *, {work.order} as place from {work.stage}) as staged"
    if not _has_gaps(work):
        return staged
    return f"{staged} asof left join {gaps(work.load_id)} as gap on staged.place > gap.after_place"


def positioned(work: Work) -> str:
    """SQL: `record_no`, the number of the record in its file, refused records counted."""
    before = " + coalesce(gap.before, 0)" if _has_gaps(work) else ""
    return f"place{before} as record_no"


def _has_gaps(work: Work) -> bool:
    tables = f"select count(*) from duckdb_tables() where table_name = '{gaps(work.load_id)}'"
    return work.number(tables) > 0
