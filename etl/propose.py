"""Proposes a profile for a file that no profile knows: a TOML for the user to read and mend.

Each column goes to the contract column whose name is nearest and whose kind its cells have; the
table is the one that most of its needed columns are found for. A proposal is a start, not a guess
that is acted on: nothing is loaded from it before the user names it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

import duckdb

from etl.cast import Column, nonblank
from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.profiles import CONTRACT, Layout, normal, parse, profiles
from etl.read import Source, identifier, quote, read
from etl.scratch import scratch_folder
from etl.stage import DERIVED, contract_columns

PREVIEW_ROWS = 5
SAMPLE_ROWS = 1000
NEAR_ENOUGH = 0.62
MOST_CODES = 12
NUMBER = r"[-+(]?[^\w\s]{0,2}\s?[\d.,' ]*\d[\d.,' ]*[-)%]?\s?[^\w\s]{0,2}"
DATE = (
    r"\d{4}-\d\d-\d\d.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*|\d{8}|\d{1,2}[ -][A-Za-z]{3,}[ -]\d{2,4}"
)


@dataclass(frozen=True)
class Proposal:
    """A profile's text, the rows it makes of the file's first ones, and what is still to do."""

    name: str
    into: str
    toml: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    missing: tuple[str, ...]
    fault: str


@dataclass(frozen=True)
class _Cells:
    """One column of the file: its header, and how many of the cells looked at are what."""

    header: str
    filled: int
    numbers: int
    dates: int
    distinct: tuple[str, ...]


def propose(path: Path, into: str | None = None, delimiter: str | None = None) -> Proposal:
    """Propose a profile for the first sheet of `path`; `into` names the contract table, if known.

    Raises InputError when the file cannot be read, has no header, or `into` is no table.
    """
    layouts = {layout.id: layout for layout in profiles()[CONTRACT].layouts}
    if into is not None and into not in layouts:
        near = get_close_matches(into, layouts, n=1, cutoff=0)
        raise InputError(
            f"the contract has no table {into!r}",
            where=path.name,
            remedy=f"The nearest is {near[0]!r}",
        )
    with scratch_folder() as scratch:
        sources = [one for one in read(path, scratch, delimiter) if one.preview]
        if not sources:
            raise InputError("the file has no rows", where=path.name, remedy="Export it again")
        source = _with_header(sources[0])
        cells = _cells(source)
    if not cells:
        raise InputError(
            "no header was found", where=path.name, remedy="Give the columns names in one row"
        )
    matched = {name: _match(layouts[name], cells) for name in ([into] if into else layouts)}
    table = max(matched, key=lambda name: _worth(layouts[name], matched[name]))
    name = re.sub(r"\W+", "_", re.sub(r"[\d_-]+$", "", path.stem)).strip("_").lower() or "my_export"
    missing = tuple(column for column in layouts[table].require if column not in matched[table])
    toml = _toml(name, table, cells, matched[table], missing)
    proposal = Proposal(name, table, toml, (), (), missing, "")
    return proposal if missing else _tried(path, proposal, delimiter)


def _with_header(source: Source) -> Source:
    """The source with its header taken for the fullest of the first rows that hold only names."""

    def names(row: Sequence[str]) -> int:
        filled = [cell.strip() for cell in row if cell.strip()]
        if any(re.fullmatch(f"{NUMBER}|{DATE}", cell) for cell in filled):
            return 0
        return len({cell.casefold() for cell in filled})

    best = max(range(len(source.preview)), key=lambda i: (names(source.preview[i]), -i))
    return replace(source, header_row=best)


def _cells(source: Source) -> list[_Cells]:
    places = [(i, cell.strip()) for i, cell in enumerate(source.header) if cell.strip()]
    with duckdb.connect() as con:
        relation = source.register(con, "given")
        con.execute(f"create temp table sample as select * from {relation} limit {SAMPLE_ROWS}")
        found = []
        for i, header in places:
            filled, numbers, dates, distinct = con.execute(
                f"select count(cell), count(*) filter (where is_number and not is_date),"
                f" count(*) filter (where is_date),"
                f" list_sort(list(distinct cell))[:{MOST_CODES + 1}]"
                f" from (select cell, regexp_full_match(cell, {quote(NUMBER)}) as is_number,"
                f" regexp_full_match(cell, {quote(DATE)}) as is_date"
                f" from (select {nonblank(f'c{i}')} as cell from sample))"
            ).fetchall()[0]
            found.append(_Cells(header, filled, numbers, dates, tuple(distinct or ())))
    return found


def _match(layout: Layout, cells: Sequence[_Cells]) -> dict[str, tuple[_Cells, float]]:
    """Contract column to file column and how near they are; the nearest pairs choose first."""
    kinds = {column.name: column for column in contract_columns(layout.id)}
    pairs = sorted(
        (
            (nearness, name, i)
            for name, column in kinds.items()
            for i, cell in enumerate(cells)
            if (nearness := _nearness(layout, column, cell)) >= NEAR_ENOUGH
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: dict[str, tuple[_Cells, float]] = {}
    taken: set[int] = set()
    for nearness, name, i in pairs:
        if name not in found and i not in taken:
            found[name] = (cells[i], nearness)
            taken.add(i)
    return found


def _nearness(layout: Layout, column: Column, cell: _Cells) -> float:
    """0-1: how alike the names are, less when the cells are of another kind."""
    spellings = (column.name, *layout.aliases.get(column.name, ()))
    name = normal(cell.header)
    if column.name.endswith("_qty"):
        spellings = (*spellings, column.name.removesuffix("_qty"))
    alike = max(
        1.0 if normal(one) == name else 0.95 * SequenceMatcher(None, normal(one), name).ratio()
        for one in spellings
    )
    if not cell.filled:
        return alike * 0.9
    share = {"decimal": cell.numbers, "integer": cell.numbers, "date": cell.dates}
    if column.kind in share:
        return alike * (0.3 + 0.7 * share[column.kind] / cell.filled)
    return alike if column.kind == "text" and cell.dates < cell.filled else alike * 0.8


def _worth(layout: Layout, matched: dict[str, tuple[_Cells, float]]) -> float:
    """How well a table fits: the share of its needed columns counts most."""
    needed = sum(matched[c][1] for c in layout.require if c in matched) / len(layout.require)
    return 10 * needed + sum(nearness for _, nearness in matched.values())


def _toml(
    name: str,
    table: str,
    cells: Sequence[_Cells],
    matched: dict[str, tuple[_Cells, float]],
    missing: Sequence[str],
) -> str:
    used = [cell.header for cell, _ in matched.values()]
    required = [c.name for c in contract_columns(table) if c.required and c.name not in DERIVED]
    require = [matched[c][0].header for c in required if c in matched]
    optional = [header for header in used if header not in require]
    unused = [cell.header for cell in cells if cell.header not in used]
    lines = [
        "# A proposal: read every line of [table.columns], and mend what is wrong. Then load with",
        f"# `backorders refresh FILE --profile {name}.toml`, or put this file into the folder",
        "# `profiles` of the database, where it is found without being named.",
        f"title = {_text(name)}",
        "",
        "[[file]]",
        f"id = {_text(name)}",
        f"require = {_list(require)}  # a file without these is another",
        f"optional = {_list(optional)}",
        *([f"# not used: {', '.join(unused)}"] if unused else []),
        "",
        "[[table]]",
        f"into = {_text(table)}",
        f"from = {_text(name)}",
        "",
        "# contract column = SQL over the columns of the file, which are all text",
        "[table.columns]",
    ]
    lines += [f"# NEEDED and not found: {name} = '\"…\"'" for name in missing]
    for name, (cell, nearness) in sorted(matched.items(), key=lambda item: -item[1][1]):
        doubt = "" if nearness >= 0.9 else "  # is it this column?"
        lines.append(f"{name} = {_literal(identifier(cell.header))}{doubt}")
    for column in contract_columns(table):
        codes = _codes(column)
        if codes and column.name in matched:
            lines += ["", f"[table.codes.{column.name}]  # one of: {', '.join(codes)}"]
            lines += _code_lines(codes, matched[column.name][0])
    return "\n".join(lines) + "\n"


def _codes(column: Column) -> list[str]:
    """The values a column may hold, where the contract lists them."""
    for check in column.checks:
        if " IN (" in check:
            return re.findall(r"'([^']*)'", check)
    return []


def _code_lines(codes: Sequence[str], cell: _Cells) -> list[str]:
    if len(cell.distinct) > MOST_CODES:
        return ["# the file holds many values here: is it the right column?"]
    lines = []
    for value in cell.distinct:
        near = get_close_matches(value.lower().replace(" ", "_"), codes, n=1, cutoff=0.6)
        line = f"{_text(value.lower())} = {_text(near[0] if near else '')}"
        lines.append(line if near else f"# {line}")
    return lines


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", escaped) + '"'


def _literal(value: str) -> str:
    """A TOML literal string, in which SQL's quotation marks need no escape."""
    return f"'{value}'" if "'" not in value and value.isprintable() else _text(value)


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _tried(path: Path, proposal: Proposal, delimiter: str | None) -> Proposal:
    """The proposal with the first rows as it loads them, or with why it does not load."""
    with scratch_folder() as folder:
        written = folder / f"{proposal.name}.toml"
        written.write_text(proposal.toml, encoding="utf-8")
        own = parse(written)
    with duckdb.connect() as con:
        try:
            load(con, [path], LoadOptions(own.name, (own,), delimiter=delimiter))
        except InputError as error:
            return replace(proposal, fault=str(error))
        names = [column.name for column in contract_columns(proposal.into)]
        filled = con.execute(
            f"select {', '.join(f'count({name})' for name in names)} from contract.{proposal.into}"
        ).fetchall()[0]
        columns = tuple(name for name, rows in zip(names, filled, strict=True) if rows)
        if not columns:
            reasons = con.execute(
                "select reason from quality.rejected_rows order by source_row limit 1"
            ).fetchall()
            why = reasons[0][0] if reasons else "the file has none below its header"
            return replace(proposal, fault=f"no row could be loaded: {why}")
        rows = con.execute(
            f"select {', '.join(columns)} from contract.{proposal.into}"
            f" order by source_row limit {PREVIEW_ROWS}"
        ).fetchall()
    return replace(proposal, columns=columns, rows=tuple(rows))
