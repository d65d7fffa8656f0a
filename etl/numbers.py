"""Numbers that a rule calculates with, before the cells are cast.

In a profile's SQL, `number(cell)` is the number a cell holds, null where it holds none, and
`spelt(value)` a number written as the file writes them. Which mark sets decimals apart is proved by
all numbers the file's rules use, or else asked for: never guessed.
"""

import re
from dataclasses import replace

from etl.batch import Batch, File
from etl.cast import bare_number, number_text
from etl.errors import InputError
from etl.profiles import CONTRACT, Rule
from etl.read import quote
from etl.records import as_text
from etl.stage import (
    COMMA_PROOF,
    DECIMAL_REMEDY,
    EITHER,
    GROUPED,
    POINT_PROOF,
    contract_columns,
)

CALLS = re.compile(r'\bnumber\(\s*(?:\w+\.)?(?:"([^"]+)"|(\w+))\s*\)')
EXACT = "decimal(18, 6)"


def prepare(batch: Batch, file: File) -> bool:
    """Prove the decimal mark of a profile's file, and define number() and spelt() with it.

    True when the mark is proved, or needed and asked for. Raises InputError where rules calculate
    and it stays ambiguous, and where both marks are proved.
    """
    used = {name for rule in file.rules for name in _calculated(rule)}
    layout, bound = file.match.layout, file.match.bound
    calculates = any(name in used for name in layout.columns)
    if file.match.profile.name == CONTRACT or not (calculates or file.text_table):
        return False
    as_text(batch, file)
    given = bool(batch.options.decimal or file.match.profile.decimal)
    mark = file.formats.decimal if given else ""
    used |= {name for rule in file.rules for name in _direct(rule)}
    cells = [f"c{bound[name]}" for name in layout.columns if name in used and name in bound]
    if not given and cells:
        mark = _proved_mark(batch, file, cells, calculates)
    if mark:
        file.formats = replace(file.formats, decimal=mark)
    if calculates:
        _define(batch, file)
    return bool(mark) or calculates


def _define(batch: Batch, file: File) -> None:
    written = f"cast(try_cast(value as {EXACT}) as varchar)"
    if file.formats.decimal != ".":
        written = f"replace({written}, '.', {quote(file.formats.decimal)})"
    batch.con.execute(
        f"create or replace temp macro number(cell)"
        f" as try_cast({number_text('cell', file.formats)} as {EXACT});"
        f"create or replace temp macro spelt(value) as {written}"
    )


def _calculated(rule: Rule) -> set[str]:
    """The columns whose numbers the rule's SQL asks for."""
    parts = [rule.query, rule.where, *rule.columns.values(), *rule.refuse.values()]
    return {quoted or bare for part in parts for quoted, bare in CALLS.findall(part)}


def _direct(rule: Rule) -> set[str]:
    """The columns that become decimals of the contract as they are."""
    decimals = {c.name for c in contract_columns(rule.into) if c.kind == "decimal"}
    return {sql.strip('" ') for name, sql in rule.columns.items() if name in decimals}


def _proved_mark(batch: Batch, file: File, cells: list[str], is_needed: bool) -> str:
    """The decimal mark that some cell proves, a point where none needs one; else nothing."""
    found = batch.con.execute(
        f"select min(text) filter (where regexp_full_match(text, '{COMMA_PROOF}')),"
        f" min(text) filter (where regexp_full_match(text, '{POINT_PROOF}|-?0+\\.\\d+')),"
        f" min(text) filter (where regexp_full_match(text, '{EITHER}')),"
        f" min(text) filter (where regexp_full_match(text, '{GROUPED}'))"
        f" from (select replace({bare_number('cell')}, '_', '') as text"
        f" from (select distinct cell from"
        f" (select unnest([{', '.join(cells)}]::varchar[]) as cell from {file.text_table})"
        f" where contains(cell, ',') or contains(cell, '.')))"
    ).fetchone()
    comma, point, either, grouped = found or (None, None, None, None)
    if comma and point:
        raise InputError(
            f"numbers mix a decimal comma and a decimal point, as in {comma} and {point}",
            where=file.name,
            remedy=f"Export them one way, or {DECIMAL_REMEDY[0].lower()}{DECIMAL_REMEDY[1:]}",
        )
    if comma or point:
        return "," if comma else "."
    doubtful = either or (file.match.source.delimiter not in ("", ",") and grouped)
    if doubtful and is_needed:
        raise InputError(
            f"cannot tell whether {doubtful} has decimals or a thousands mark",
            where=file.name,
            remedy=DECIMAL_REMEDY,
        )
    return ""
