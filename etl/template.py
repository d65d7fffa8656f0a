"""Empty files with the contract's headers, and a README of the columns, made from the contract."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from etl.cast import Column
from etl.errors import InputError
from etl.profiles import CONTRACT, profiles
from etl.stage import contract_columns
from sql.models import recorded_models

WORKBOOK = "all_tables.xlsx"
README = "README.md"
# What answers most with least, first; the others follow by name.
FIRST = ("sales_order_lines", "inventory_balances", "purchase_order_lines")
KINDS = {
    "text": "text",
    "integer": "whole number",
    "date": "date",
    "boolean": "true or false",
}
PREFACE = """\
# Templates

One file a table; fill the ones you have. `{workbook}` holds the same tables, one a sheet: use
either. `sales_order_lines` and `inventory_balances` are enough for a first result; with
`purchase_order_lines` the answers become useful. Leave a cell empty when you do not know it: empty
means unknown, never zero. Columns may stand in any order, and those you lack may be removed, except
the needed ones. Load the folder with `backorders refresh FOLDER`.
"""


def table_names() -> list[str]:
    """The contract's tables, the most useful first."""
    names = [model.name for model in recorded_models().values() if model.schema == CONTRACT]
    return [*FIRST, *sorted(set(names) - set(FIRST))]


def write(folder: Path) -> list[Path]:
    """Write the templates into a folder; InputError when that would replace a file."""
    names = table_names()
    paths = [folder / f"{name}.csv" for name in names] + [folder / WORKBOOK, folder / README]
    for path in paths:
        if path.exists():
            raise InputError(
                "a file of that name is there already",
                where=str(path),
                remedy="Name a new or empty folder",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(_headers(name))
        _write_workbook(folder / WORKBOOK, names)
        (folder / README).write_text(readme(), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the templates cannot be written: {error.strerror or error}",
            where=str(folder),
            remedy="Name a folder you may write to",
        ) from error
    return paths


def readme() -> str:
    """The columns of every table: what each means, whether it is needed, what it may hold."""
    parts = [PREFACE.format(workbook=WORKBOOK)]
    needed = {layout.id: layout.require for layout in profiles()[CONTRACT].layouts}
    for name in table_names():
        model = recorded_models()[f"{CONTRACT}.{name}"]
        parts.append(f"## {name}\n\n{model.description} Key: {', '.join(model.grain)}.\n")
        lines = ["| column | needed | holds | meaning |", "|---|---|---|---|"]
        for column in contract_columns(name):
            mark = "yes" if column.name in needed[name] else ""
            meaning = model.columns[column.name]
            lines.append(f"| {column.name} | {mark} | {_holds(column)} | {meaning} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _headers(table: str) -> list[str]:
    return [column.name for column in contract_columns(table)]


def _write_workbook(path: Path, names: Sequence[str]) -> None:
    with xlsxwriter.Workbook(path, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True})
        for name in names:
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, _headers(name), bold)
            sheet.freeze_panes(1, 0)
            sheet.autofit()


def _holds(column: Column) -> str:
    for check in column.checks:
        if " IN (" in check:
            return "one of " + ", ".join(re.findall(r"'([^']*)'", check))
    kind = KINDS.get(column.kind)
    if kind is None:
        places = column.type.rstrip(")").rpartition(",")[2]
        kind = f"number, up to {places} decimals"
    if column.kind == "text":
        return kind
    return ", ".join([kind, *(_worded(check, column.name) for check in column.checks)])


def _worded(check: str, column: str) -> str:
    """A check in words: `(x >= 0)` is "not negative"."""
    rule = re.sub(rf"[()]|\b{column}\b", "", check).strip()
    if found := re.fullmatch(r"BETWEEN (\S+) AND (\S+)", rule):
        return f"{found[1]} to {found[2]}"
    if rule in (">= 0", "> 0"):
        return "not negative" if rule == ">= 0" else "positive"
    parts = [part.strip().replace(">= ", "at least ") for part in rule.split(" AND ")]
    return " and ".join(part.replace("< ", "below ") for part in parts)
