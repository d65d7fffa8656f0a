"""From a rule of a profile to SQL: the rows it makes of one file, all cells text."""

from collections.abc import Sequence
from datetime import date

from etl.batch import MASK, Batch, File
from etl.cast import Column, nonblank
from etl.errors import InputError
from etl.profiles import CONTRACT, Join, Profile, Rule, unbound
from etl.read import NULL_TEXTS, identifier, quote
from etl.records import as_text
from etl.stage import FILLED_CELLS


def text(batch: Batch, file: File, rule: Rule, columns: Sequence[Column]) -> str:
    """SQL of the rule's rows as text: m_<column>, r, skip, why, and _row when numbered."""
    profile = file.match.profile
    record = f"[{', '.join(file.shown_cells)}] as r"
    cells = [rule.columns[c.name] for c in columns]
    if rule.query:
        relation = (
            f"(with {common_tables(batch, file, rule, record)} select own.*, given.r"
            f"{', given._parent' if file.match.layout.parent else ''}"
            f" from (\n{rule.query}\n) as own inner join given on own._row = given._row)"
        )
        record = "r"
    else:
        driving = file.text_table or file.relation
        number = ", place as _row" if file.text_table else ""
        number += ", fault" if file.match.source.has_faults else ""
        relation = f"(select {named(batch, file)}, {record}{number} from {driving})"
        relation += f" as {identifier(rule.source)}"
        for join in rule.join:
            relation += f" left join {looked_up(batch, profile, join, rule)}"
            relation += f" as {identifier(join.file)} on {join.on}"
        record = f"{identifier(rule.source)}.r"
    texts = "".join(
        f"cast({cell} as varchar) as m_{c.name}, " for cell, c in zip(cells, columns, strict=True)
    )
    number = ""
    if file.text_table:
        number = ", _row" if rule.query else f", {identifier(rule.source)}._row"
    refusals = _never_rows(file, record) + list(rule.refuse.items())
    cases = " ".join(f"when {test} then {quote(why)}" for why, test in refusals)
    if file.match.source.has_faults and not rule.query:
        fault = f"{identifier(rule.source)}.fault"
        cases = f"when {fault} is not null then {fault} {cases}"
    newest = ""
    if rule.join:
        note_look_ups(batch, rule, relation)
        newest = newest_only(batch, file, rule, relation)
    return (
        f"select {texts}{record} as r,"
        f" {f'not coalesce({rule.where}, false)' if rule.where else 'false'} as skip,"
        f" {f'case {cases} end' if cases else 'null::varchar'} as why{number}"
        f" from {relation}{newest}"
    )


def _never_rows(file: File, record: str) -> list[tuple[str, str]]:
    """Reasons and SQL tests of records that are none in any layout but the contract's own."""
    if file.match.profile.name == CONTRACT:
        return []
    header = file.match.source.header
    # Printed lists pad their cells.
    masked = [
        MASK if name.strip() and shown != f"c{i}" else name
        for i, (name, shown) in enumerate(zip(header, file.shown_cells, strict=True))
    ]
    padded = ", ".join("null" if cell in NULL_TEXTS else quote(cell) for cell in masked)
    trimmed = ", ".join(nonblank(quote(cell)) for cell in masked)
    again = f"{record} = [{padded}] or {record} = [{trimmed}]"
    never = [("the header row again", again)]
    if file.match.layout.parent:
        never = [
            ("an empty row", f"len({FILLED_CELLS.format(record)}) = 0"),
            *never,
            ("no row above it names the document it belongs to", "_parent is null"),
        ]
    return never


def named(batch: Batch, file: File) -> str:
    """SQL: the file's cells under the names its layout gives them; lacking ones are null."""
    layout, bound = file.match.layout, file.match.bound
    cells = []
    for column in layout.columns:
        cell = f"c{bound[column]}" if column in bound else "null::varchar"
        if column in layout.fill and column in bound:
            cell = f"f{bound[column]}"
        cells.append(f"{cell} as {identifier(column)}")
    if layout.rest:
        header = file.match.source.header
        named = ", ".join(
            f"{{'header': {quote(header[i].strip())}, 'cell': c{i}}}"
            for i in unbound(header, bound)
        )
        cells.append(f"[{named}] as _rest")
    if layout.parent:
        cells.append("parent as _parent")
    return ", ".join([*cells, f"date '{day_of(batch, file)}' as _day"])


def day_of(batch: Batch, file: File) -> date:
    """The day the file speaks of: as asked, else its own; never after its system's balances."""
    balances = [
        other
        for other in batch.files
        if other.match.profile.name == file.match.profile.name
        and any(rule.into == "inventory_balances" for rule in other.rules)
    ]
    return batch.options.as_of or min(one.made_on for one in [file, *balances])


def looked_up(batch: Batch, profile: Profile, join: Join, rule: Rule) -> str:
    """SQL: the rows of a joined layout. Raises InputError where a needed one was not given."""
    if not join.optional and not batch.of_layout(profile.name, join.file):
        raise InputError(
            f"no {join.file} file was given, which {rule.into} needs",
            where=f"profile {profile.name}",
            remedy=f"Load the {join.file} export together with the {rule.source} export",
        )
    return united(batch, profile, join.file)


def newest_only(batch: Batch, file: File, rule: Rule, relation: str) -> str:
    """SQL that keeps the last of several look-up rows of one key; mostly nothing to do."""
    joined = batch.number(f"select count(*) from {relation}")
    if joined == batch.number(f"select count(*) from {file.text_table}"):
        return ""
    last = ", ".join(
        f"{identifier(join.file)}._load desc, {identifier(join.file)}._row desc"
        for join in rule.join
    )
    row = f"{identifier(rule.source)}._row"
    return f" qualify row_number() over (partition by {row} order by {last}) = 1"


def united(batch: Batch, profile: Profile, layout: str) -> str:
    """SQL: the rows of all files of a layout, numbered by load and row."""
    files = batch.of_layout(profile.name, layout)
    for file in files:
        as_text(batch, file)
    parts = [
        f"select {named(batch, file)}, {file.load_id} as _load, place as _row"
        f" from {file.text_table}"
        for file in files
    ]
    if not parts:
        known = next(one for one in profile.layouts if one.id == layout)
        nothing = ", ".join(f"null::varchar as {identifier(c)}" for c in known.columns)
        parts = [f"select {nothing}, null::date as _day, 0 as _load, 0 as _row where false"]
    return f"({' union all '.join(parts)})"


def common_tables(batch: Batch, file: File, rule: Rule, record: str) -> str:
    """SQL: one named query a layout of the profile, for a rule that is a query of its own."""
    profile = file.match.profile
    tables = []
    for layout in profile.layouts:
        if layout.id == rule.source:
            body = f"select {named(batch, file)}, {record}, place as _row from {file.text_table}"
            tables.append(f"{identifier(layout.id)} as ({body})")
        elif rule.reads(layout.id):
            tables.append(f"{identifier(layout.id)} as {united(batch, profile, layout.id)}")
    tables.append(f"given as (from {identifier(rule.source)})")
    return ", ".join(tables)


def note_look_ups(batch: Batch, rule: Rule, relation: str) -> None:
    """Remember which rows of look-up files were referred to."""
    for join in rule.join:
        table = identifier(join.file)
        batch.con.execute(
            f"insert into referred select distinct {table}._load, {table}._row"
            f" from {relation} where {table}._row is not null"
        )
