"""Rows in are loaded, refused or superseded, whatever the file: a property of any generated one.

A few examples run with the suite. `BACKORDERS_EXAMPLES=3000 pytest tests/etl/test_accounting.py`
runs fresh ones by the thousand.
"""

import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.read import NULL_TEXTS
from etl.stage import TEXT_KEPT, contract_columns
from tests.etl.accounting import records, unaccounted
from tests.etl.loading import database

EXAMPLES = int(os.environ.get("BACKORDERS_EXAMPLES", "0"))
examples = settings(
    max_examples=EXAMPLES or 16,
    deadline=None,
    derandomize=not EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TABLES = {
    "sales_order_lines": (
        "order_id line_id order_date item_id ordered_qty shipped_qty unit_price currency"
        " line_status promised_date is_customised priority hold_reason"
    ),
    "inventory_balances": "as_of item_id location_id on_hand_qty allocated_qty unit_cost currency",
    "purchase_order_lines": "po_id line_id supplier_id item_id order_date ordered_qty status",
    "customers": "customer_id customer_name region credit_hold first_order_date",
}
ODD = [
    "", " ", "\u00a0", "\u2003", "-", "NULL", "\\N", "null", "n/a", "#N/A", "nan", "inf", "abc",
    "2026-02-30", "31/12/2026", "0206-01-05", "20260105", "1e400", "1E5", "9" * 40, "1,234.50",
    "1.5", "(5)", "-5", "5-", "€ 5", "5 EUR", "50%", "'007", "1.2E+11", "yes", "X", "open", "bogus",
    "Grand Total", "Summe", 'say "x"', '"', '""', "a,b;c\td|e", "two\nlines", "two\r\nlines", "\r",
    "\ufeff", "\u2028", "\x00", "a\x00b", "\x1f", "é" * 1500, "x" * 9000, "\U0001f600", "=1+1",
    "\t", " padded ", "{}", "[1]", "\\", "\\n", "\x85", "\u202e", "'", "''", "1_000", "\uff12",
]  # fmt: skip
FRAGMENTS = st.text("\",;\t|\r\n \x00é\ufeff'\\ab1.-", max_size=6)


@dataclass(frozen=True)
class Line:
    """A line of a file: a record's cells, as many as they may be."""

    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table to write: where it belongs, its columns, its lines (None is a blank one)."""

    name: str
    columns: tuple[str, ...]
    lines: tuple[Line | None, ...]


def plain(name: str, kind: str) -> st.SearchStrategy[str]:
    if name.endswith("_id") or name == "currency":
        return st.sampled_from(["A", "B", "C1", "0007"])
    days = st.dates(min_value=_day("2025-01-01"), max_value=_day("2026-12-31")).map(str)
    kinds = {
        "date": days,
        "decimal": st.integers(0, 999).map(lambda n: f"{n / 10:g}"),
        "integer": st.integers(0, 9).map(str),
        "boolean": st.sampled_from(["true", "false"]),
    }
    if name in ("line_status", "status"):
        return st.sampled_from(["open", "cancelled"])
    return kinds.get(kind, st.sampled_from(["Lamp", "Vase, blue", "x"]))


def _day(text: str) -> Any:
    import datetime as dt

    return dt.date.fromisoformat(text)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    name = draw(st.sampled_from(list(TABLES)))
    own = {c.name: c for c in contract_columns(name)}
    known = TABLES[name].split()
    optional = [c for c in known if not own[c].required]
    left_out = draw(st.sets(st.sampled_from(optional), max_size=2))
    columns = draw(st.permutations([c for c in known if c not in left_out]))
    good = st.tuples(*(plain(c, own[c].kind) for c in columns))
    odd = st.sampled_from(ODD) | FRAGMENTS

    @st.composite
    def spoiled(draw: st.DrawFn) -> tuple[str, ...]:
        cells = list(draw(good))
        for at in draw(st.sets(st.integers(0, len(cells) - 1), min_size=1, max_size=3)):
            cells[at] = draw(odd)
        return tuple(cells)

    width = len(columns)
    lines = st.one_of(
        good,
        good,
        spoiled(),
        spoiled(),
        st.just(tuple(columns)),
        st.just(("",) * width),
        st.just(("Grand Total", *[""] * (width - 2), "5")),
        spoiled().map(lambda cells: cells[:-1]),
        spoiled().map(lambda cells: (*cells, "one more")),
        st.just(("Page 1",)),
        st.none(),
    )
    drawn = draw(st.lists(lines, max_size=30))
    return Table(name, tuple(columns), tuple(Line(c) if c is not None else None for c in drawn))


def booked(path: Path) -> tuple[Any, list[tuple[Any, ...]], list[tuple[Any, ...]]] | None:
    """Load one file: its line of the books, refused rows and cells; None if refused as a whole."""
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as con:
        options = LoadOptions(date_format="day-first", decimal=".", delimiter=None)
        try:
            (one,) = load(con, [path], options).loads
        except InputError as error:
            note(str(error))
            return None
        assert unaccounted(con) == []
        rows = con.execute(
            "select source_row, column_name, value, row_text from quality.rejected_rows"
        ).fetchall()
        cells = con.execute(
            "select source_row, column_name, value from quality.rejected_cells"
        ).fetchall()
        return one, rows, cells


def check(table: Table, lines: Sequence[Line], path: Path, cut: Sequence[str] = ()) -> None:
    """The books hold every line; what is refused is told in the file's own words.

    `cut` are the lines as text where some cannot be cut into cells.
    """
    found = booked(path)
    assert found is not None, path.read_bytes()[:500]
    one, rows, cells = found
    assert one.rows_in == len(lines)
    for row, column, value in cells + [(r[0], r[1], r[2]) for r in rows if r[1] and r[2]]:
        given = lines[row - 1].cells[table.columns.index(column)]
        assert told(value) == told(given)[:TEXT_KEPT], (row, column)
    for row, _, _, text in rows:
        given = lines[row - 1].cells
        if len(given) == len(table.columns):
            known = ["" if cell in NULL_TEXTS else cell for cell in given]
            assert told(text) == told(" | ".join(known))[:TEXT_KEPT], row
        elif cut:
            assert told(text) == told(cut[row - 1]).strip("\r\n")[:TEXT_KEPT], row


def told(text: str) -> str:
    """Text as it is kept: without NULs, and with one kind of line end, which a file may mix."""
    return re.sub("\r\n?", "\n", text).replace("\x00", "")


@examples
@given(
    table=tables(),
    mark=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.booleans(),
    all_quoted=st.booleans(),
    title=st.sampled_from(["", "Report", '"Open" orders of, today']),
    is_ended=st.booleans(),
)
def test_delimited(
    table: Table, mark: str, end: str, bom: bool, all_quoted: bool, title: str, is_ended: bool
) -> None:
    def line(cells: Sequence[str]) -> str:
        return mark.join(quoted(cell) for cell in cells) + end

    def quoted(cell: str) -> str:
        if not all_quoted and not re.search(rf'["\r\n{mark}]|^\s|\s$', cell):
            return cell
        return '"' + cell.replace('"', '""') + '"'

    lines = [each for each in table.lines if each]
    body = [line(each.cells) if each else end for each in table.lines]
    text = (title + end if title else "") + line(table.columns) + "".join(body)
    text = text if is_ended else text.removesuffix(end)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.csv"
        path.write_bytes(text.encode("utf-8-sig" if bom else "utf-8"))
        note(repr(text))
        check(table, lines, path, [line(each.cells) for each in lines])
        expected = records(path)
        assert expected is None or len(expected) == len(lines)


@settings(examples, max_examples=EXAMPLES or 8)
@given(table=tables())
def test_workbook(table: Table) -> None:
    width = len(table.columns)
    # A workbook knows no odd number of cells, no characters XML forbids, and no text too long.
    lines = [
        Line(tuple(re.sub(r"[\x00-\x08\x0b-\x1f\x85]", "", cell) for cell in cells))
        for each in table.lines
        if each and any(cells := (*each.cells, *[""] * width)[:width])
    ]
    lines = [each for each in lines if any(each.cells)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for number, cells in enumerate([table.columns, *(each.cells for each in lines)]):
                for place, cell in enumerate(cells):
                    sheet.write_string(number, place, cell)
        check(table, lines, path)


@settings(examples, max_examples=EXAMPLES or 10)
@given(
    table=tables(),
    kind=st.sampled_from(["lines", "array", "wrapped"]),
    others=st.lists(st.sampled_from(["7", "null", "[]", '"text"', "bad", "{", "{}"]), max_size=3),
)
def test_json(table: Table, kind: str, others: list[str]) -> None:
    lines = [each for each in table.lines if each and len(each.cells) == len(table.columns)]
    if not lines:
        return
    objects = [json.dumps(dict(zip(table.columns, each.cells, strict=True))) for each in lines]
    others = others if kind == "lines" else [each for each in others if each not in ("bad", "{")]
    if kind == "lines":
        text = "\n".join([*objects, *others]) + "\n"
    else:
        text = f"[{', '.join([*objects, *others])}]"
        text = text if kind == "array" else f'{{"count": {len(lines)}, "rows": {text}}}'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.json"
        path.write_text(text, encoding="utf-8")
        note(text)
        found = booked(path)
        assert found is not None
        one, rows, cells = found
        assert one.rows_in == len(lines) + len(others)
        for row, column, value in cells + [(r[0], r[1], r[2]) for r in rows if r[1] and r[2]]:
            given = lines[row - 1].cells[table.columns.index(column)]
            assert value == given[:TEXT_KEPT], (row, column)
