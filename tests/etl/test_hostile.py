"""Files that people and systems really produce, and what becomes of every row of them."""

# ruff: noqa: E501  (one file a line, to be read as a table)

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from pyarrow import Table, array
from pyarrow.parquet import write_table

from etl.errors import InputError
from etl.load import LoadOptions, LoadReport, load
from etl.read import SWALLOWED
from tests.etl.loading import database

HEAD = "order_id,order_date,item_id,ordered_qty\n"
SEMI = "order_id;order_date;item_id;ordered_qty\n"
GOOD = "S1,2026-01-05,A,5\n"
COLUMNS = ["order_id", "order_date", "item_id", "ordered_qty"]
ONE = [("S1", "2026-01-05", "A", "5.0000")]
DAY = dt.datetime(2026, 1, 5)  # noqa: DTZ001  (workbooks know no time zones)
FEWER = "fewer cells than the header has columns"
MORE = "more cells than the header has columns: a delimiter in unquoted text?"
QUOTES = "text follows a closing quotation mark, or one is never closed"
JSON_REMEDY = "Give an array of objects, or one object a line"
UNKNOWN_REMEDY = "Give the columns the contract's names (see `backorders template`)"

Build = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """A file and what becomes of it: an error word for word, or its rows."""

    id: str
    name: str
    content: bytes | str | Build
    error: str = ""
    rows: int = 0
    loaded: Sequence[tuple[str, ...]] = ()
    refused: Sequence[tuple[int, str | None, str]] = ()
    cells: Sequence[tuple[int, str, str, str]] = ()
    note: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def book(
    *sheets: tuple[str, Sequence[Sequence[Any]]], hidden: str = "", merge: bool = False
) -> Build:
    """A workbook; a text that starts with = is a formula whose result follows a |."""

    def build(path: Path) -> None:
        with xlsxwriter.Workbook(path) as workbook:
            dates = workbook.add_format({"num_format": "dd/mm/yyyy"})
            for name, rows in sheets:
                sheet = workbook.add_worksheet(name)
                if name == hidden:
                    sheet.hide()
                for r, row in enumerate(rows):
                    for c, value in enumerate(row):
                        if isinstance(value, dt.datetime):
                            sheet.write_datetime(r, c, value, dates)
                        elif isinstance(value, str) and value.startswith("="):
                            formula, _, result = value.partition("|")
                            sheet.write_formula(r, c, formula, None, result)
                        elif value is not None:
                            sheet.write(r, c, value)
                if merge:
                    sheet.merge_range(1, 0, 2, 0, "S1")

    return build


def damaged(build: Build) -> Build:
    def cut(path: Path) -> None:
        build(path)
        path.write_bytes(path.read_bytes()[:-400])

    return cut


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")


def parquet(select: str) -> Build:
    def build(path: Path) -> None:
        with duckdb.connect() as con:
            con.execute(f"copy ({select}) to '{path}' (format parquet)")

    return build


ORDER: dict[str, Any] = {
    "order_id": "S1",
    "order_date": "2026-01-05",
    "item_id": "A",
    "ordered_qty": 5,
}
LINE = json.dumps(ORDER)
ODD_PARQUET = """
select 1001.0::double as order_id, timestamp '2026-01-05 13:00:00' as order_date,
    '0007'::blob as item_id, 5.25::decimal(38, 10) as ordered_qty, 7::utinyint as line_id,
    timestamptz '2026-02-01 23:30:00+00' as promised_date, 1e20::double as shipped_qty
union all
select 1002, null, 'B'::blob, 1, 8, null, 'nan'::double
"""

CASES = [
    # Not a table at all
    Case("empty", "a.csv", b"", error="the file is empty (a.csv). Export it again"),
    Case("only-bom", "a.csv", b"\xef\xbb\xbf", error="the file holds no text (a.csv). Export it again with data"),
    Case("only-utf16-bom", "a.csv", b"\xff\xfe", error="the file holds no text (a.csv). Export it again with data"),
    Case("only-blank-lines", "a.csv", "\n\n \n", error="the file holds no text (a.csv). Export it again with data"),
    Case("only-sep-line", "a.csv", "sep=;\n", error="the file holds no text (a.csv). Export it again with data"),
    Case("only-header", "a.csv", HEAD, note="no rows below the header"),
    Case("binary", "a.csv", bytes(range(256)) * 20, error="this is binary data, not text (a.csv). Export as CSV, XLSX, Parquet or JSON"),
    Case("picture", "a.csv", b"\x89PNG\r\n\x1a\n" + bytes(64), error="this is a picture, not text (a.csv). Give the file its proper ending, or export as CSV or XLSX"),
    Case("workbook-named-csv", "a.csv", book(("Orders", [COLUMNS])), error="this is a zip archive or workbook, not text (a.csv). Give the file its proper ending, or export as CSV or XLSX"),
    Case("gzip", "a.csv.gz", b"\x1f\x8b\x08\x00", error="this is a gzip archive, not text (a.csv.gz). Give the file its proper ending, or export as CSV or XLSX"),
    Case("other-table", "a.csv", "foo,bar\n1,2\n", error=f"no header of a known layout was found; the first row reads: foo, bar (a.csv). {UNKNOWN_REMEDY} or check the delimiter"),
    Case("missing-column", "a.csv", "order_id,item_id,ordered_qty\n1,2,3\n", error="the header matches no table; nearest is sales_order_lines, which lacks order_date (a.csv). Add or rename columns; the header reads: order_id, item_id, ordered_qty"),
    # Delimiters and widths
    Case("caret", "a.csv", (HEAD + GOOD).replace(",", "^"), error=f"no header of a known layout was found; the first row reads: order_id^order_date^item_id^or (a.csv). {UNKNOWN_REMEDY} or check the delimiter"),
    Case("caret-said", "a.csv", (HEAD + GOOD).replace(",", "^"), rows=1, loaded=ONE, options={"delimiter": "^"}),
    Case("pipe", "a.csv", (HEAD + GOOD).replace(",", "|"), rows=1, loaded=ONE),
    Case("tab", "a.txt", (HEAD + GOOD).replace(",", "\t"), rows=1, loaded=ONE),
    Case("sep-line", "a.csv", "sep=;\n" + (HEAD + GOOD).replace(",", ";"), rows=1, loaded=ONE),
    Case("ragged", "a.csv", HEAD + "S0,2026-01-05\n" + GOOD + "S2,2026-01-05,A,5,x,y\n", rows=3, loaded=ONE, refused=[(1, None, FEWER), (3, None, MORE)]),
    Case("commas-in-quotes", "a.csv", '"Open" orders of, today\n"order_id";"hold_reason";"order_date";"item_id";"ordered_qty"\n"S1";"late, again";"2026-01-05";"A"\n"S2";"a,b";"2026-01-05";"A"\n', rows=2, refused=[(1, None, FEWER), (2, None, FEWER)]),
    Case("commas-in-text", "a.csv", "\"Open\" orders of, today\norder_id;order_date;item_id;ordered_qty\n\nS1;2026-01-05;A\nS2;2026-01-05;A;5;Vase, blue\nS3;2026-01-05;A;5;Vase, red\n", rows=3, refused=[(1, None, FEWER), (2, None, MORE), (3, None, MORE)]),
    Case("trailing-delimiters", "a.csv", (HEAD + GOOD).replace("\n", ",\n"), rows=1, loaded=ONE),
    Case("trailing-delimiters-below", "a.csv", HEAD + GOOD.replace("\n", ",\n"), rows=1, loaded=ONE),
    Case("500-columns", "a.csv", HEAD.strip() + "".join(f",x{i}" for i in range(496)) + "\n" + GOOD.strip() + ",1" * 496 + "\n", rows=1, loaded=ONE, note="columns not used: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11 and 484 more"),
    Case("long-header", "a.csv", f"{HEAD.strip()},{'h' * 100_000}\n{GOOD.strip()},1\n", rows=1, loaded=ONE, note=f"columns not used: {'h' * 40}"),
    Case("unknown-columns", "a.csv", HEAD.strip() + ",foo,bar\n" + GOOD.strip() + ",1,2\n", rows=1, loaded=ONE, note="columns not used: foo, bar"),
    Case("one-megabyte-cell", "a.csv", HEAD + f"S1,2026-01-05,{'x' * 1_000_000},5\n", rows=1, loaded=[("S1", "2026-01-05", "x" * 1_000_000, "5.0000")]),
    Case("three-megabyte-cell", "a.csv", HEAD + f"S0,2026-01-05,{'x' * 3_000_000},5\n" + GOOD, rows=2, loaded=ONE, refused=[(1, None, "longer than 2,000,000 bytes")]),
    # Quotation marks
    Case("quote-unclosed", "a.csv", HEAD + GOOD + 'S2,2026-01-05,"A,5\nS3,2026-01-05,A,5\n', error="a quotation mark opened in row 2 is never closed, and the 2 lines from there cannot be told apart (a.csv). Close or double the mark in that row and load again"),
    Case("quote-unclosed-below-blank-lines", "a.csv", HEAD + "\n\n" + GOOD + '\nS2,2026-01-05,"A,5\nS3,2026-01-05,A,5\n', error="a quotation mark opened in row 2 is never closed, and the 2 lines from there cannot be told apart (a.csv). Close or double the mark in that row and load again"),
    Case("quote-unclosed-at-the-end", "a.csv", HEAD + GOOD + 'S2,2026-01-05,"A,5', rows=2, loaded=ONE, refused=[(2, None, QUOTES)]),
    Case("quote-inside-quotes", "a.csv", HEAD + 'S0,2026-01-05,"A "x" pipe",5\n' + GOOD, rows=2, loaded=ONE, refused=[(1, None, QUOTES)]),
    Case("quote-inside-text", "a.csv", HEAD + 'S1,2026-01-05,5" pipe,5\n', rows=1, loaded=[("S1", "2026-01-05", '5" pipe', "5.0000")]),
    Case("line-end-in-cell", "a.csv", HEAD + 'S1,2026-01-05,"A\nB",5\nS2,bad,A,5\n', rows=2, loaded=[("S1", "2026-01-05", "A\nB", "5.0000")], refused=[(2, "order_date", "not a date; expected YYYY-MM-DD")]),
    Case("line-end-in-header", "a.csv", '"order\nid",order_date,item_id,ordered_qty\n' + GOOD + "S2,2026-01-05,A\n", rows=2, loaded=ONE, refused=[(2, None, FEWER)]),
    # Encodings, line ends
    Case("utf8-bom", "a.csv", b"\xef\xbb\xbf" + (HEAD + GOOD).encode(), rows=1, loaded=ONE),
    *[
        Case(f"{codec}{'-bom' if bom else ''}", "a.csv", bom + (HEAD + "S1,2026-01-05,é,5\n").encode(codec), rows=1, loaded=[("S1", "2026-01-05", "é", "5.0000")])
        for codec, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"))
        for bom in (b"", mark)
    ],
    Case("cp1252", "a.csv", (HEAD + "S1,2026-01-05,Größe 5€,5\n").encode("cp1252"), rows=1, loaded=[("S1", "2026-01-05", "Größe 5€", "5.0000")], note="not valid UTF-8: read as Windows-1252 (Western European)"),
    Case("cp1252-unknown-byte", "a.csv", HEAD.encode() + b"S1,2026-01-05,A\x81\xe9,5\n", rows=1, loaded=[("S1", "2026-01-05", "A\ufffdé", "5.0000")], note="not valid UTF-8: read as Windows-1252 (Western European); 1 character could not be read and became \ufffd"),
    Case("utf8-one-bad-byte", "a.csv", (HEAD + "S1,2026-01-05,Größe é").encode() + b"\xff,5\n", rows=1, loaded=[("S1", "2026-01-05", "Größe é\ufffd", "5.0000")], note="1 character could not be read and became \ufffd"),
    Case("nul-bytes", "a.csv", HEAD + "S1,2026\x00-01-05,A\x00,5\n", rows=1, loaded=ONE, note="2 NUL characters removed"),
    Case("cr-line-ends", "a.csv", (HEAD + GOOD + "S2,2026-01-05\n").replace("\n", "\r"), rows=2, loaded=ONE, refused=[(2, None, FEWER)]),
    Case("mixed-line-ends", "a.csv", HEAD + 'S1,2026-01-05,"A",5\r\nS2,2026-01-05,"B\nC",5\nS3,2026-01-05,C,5\r\n', rows=3, loaded=[*ONE, ("S2", "2026-01-05", "B\nC", "5.0000"), ("S3", "2026-01-05", "C", "5.0000")]),
    Case("late-mixed-line-end", "a.csv", HEAD + GOOD * 20_000 + GOOD.replace("\n", "\r\n") + GOOD, rows=20_002, loaded=[("S1", "2026-01-05", "A", "5.0000")] * 20_002),
    Case("pattern-in-its-name", "orders [1]*.csv", HEAD + GOOD, rows=1, loaded=ONE),
    Case("quote-closed-lines-later", "a.csv", HEAD + GOOD + 'S2,2026-01-05,"A,5\nS3,2026-01-05,B",5\n' + 'S4,2026-01-05,"A\nB",5\n', rows=3, loaded=[*ONE, ("S4", "2026-01-05", "A\nB", "5.0000")], refused=[(2, None, SWALLOWED)]),
    Case("quote-never-closed-returns", "a.csv", (HEAD + GOOD + 'S2,2026-01-05,"A,5\nS3,2026-01-05,B,5\n').replace("\n", "\r"), error="a quotation mark opened in row 2 is never closed, and the 2 lines from there cannot be told apart (a.csv). Close or double the mark in that row and load again"),
    Case("quotes-wrong-in-a-title", "a.csv", '"Open" orders, "all" of them\n' + HEAD + GOOD, rows=1, loaded=ONE),
    Case("quotes-wrong-in-the-header", "a.csv", HEAD.strip() + ',a "b": "c", "d": "e"\n' + GOOD.strip() + ",1,2\n", rows=1, loaded=ONE, note='columns not used: a "b": "c", "d": "e"'),
    Case("70,000-cells-in-a-row", "a.csv", HEAD + "S0," + "x," * 70_000 + "\n" + GOOD, rows=2, loaded=ONE, refused=[(1, None, MORE)], note="1 line cut after 2,000 cells"),
    # Around the header
    Case("titles", "a.csv", "Open orders\nAs of 2026-01-31\n\n" + HEAD + GOOD + "\nS2,2026-01-05\n", rows=2, loaded=ONE, refused=[(2, None, FEWER)]),
    Case("blank-lines", "a.csv", HEAD + "\n\n" + GOOD + "\n\n\nS2,2026-01-05\n\nS3,2026-13-05,A,5\n\n", rows=3, loaded=ONE, refused=[(2, None, FEWER), (3, "order_date", "not a date; expected YYYY-MM-DD")]),
    Case("header-twice", "a.csv", HEAD + GOOD + HEAD, rows=2, loaded=ONE, refused=[(2, None, "the header row again")]),
    Case("column-twice-alike", "a.csv", HEAD.strip() + ",Order ID\n" + GOOD.strip() + ",S1\n", rows=1, loaded=ONE, note="columns not used: Order ID"),
    Case("column-twice-different", "a.csv", HEAD.strip() + ",Order ID\n" + GOOD.strip() + ",S2\n", error="the header has 'order_id' twice, with different contents in 1 row (a.csv, columns 1 and 5). Remove or rename one of them; order_id is read from it"),
    # Rows that are no records
    Case("grand-total", "a.csv", HEAD + GOOD + "Grand Total,,,5\n,,,5\n", rows=3, loaded=ONE, refused=[(2, None, "a total or group row"), (3, None, "a total or group row")]),
    Case("group-row", "a.csv", HEAD + "Customer: Miller,,,\n" + GOOD, rows=2, loaded=ONE, refused=[(1, None, "a total or group row")]),
    Case("blank-cells", "a.csv", HEAD + ",,,\n , ,\t,\n" + GOOD, rows=3, loaded=ONE, refused=[(1, None, "an empty row"), (2, None, "an empty row")]),
    Case("only-spaces", "a.csv", HEAD + "S1, 2026-01-05 ,  ,5\nS2,   ,A,5\nS3,2026-01-05,A,\u00a0\n", rows=3, refused=[(1, "item_id", "item_id is missing"), (2, "order_date", "order_date is missing"), (3, "ordered_qty", "ordered_qty is missing")]),
    Case("null-words", "a.csv", HEAD.strip() + ",hold_reason,customer_id\n" + GOOD.strip() + ",NULL,\\N\n", rows=1, loaded=ONE),
    # Numbers
    Case("decimal-comma", "a.csv", SEMI + "S1;2026-01-05;A;1.234,5\nS2;2026-01-05;A;2,25\nS3;2026-01-05;A;1.234\n", rows=3, loaded=[("S1", "2026-01-05", "A", "1234.5000"), ("S2", "2026-01-05", "A", "2.2500"), ("S3", "2026-01-05", "A", "1234.0000")]),
    Case("comma-and-point", "a.csv", SEMI + "S1;2026-01-05;A;1.5\nS2;2026-01-05;A;2,25\n", error='numbers mix a decimal comma and a decimal point, as in 1.5 (a.csv). Export them one way, or say which with --decimal "," or --decimal "."'),
    Case("comma-said", "a.csv", SEMI + "S1;2026-01-05;A;1.5\nS2;2026-01-05;A;2,25\n", rows=2, loaded=[("S2", "2026-01-05", "A", "2.2500")], refused=[(1, "ordered_qty", "not a number with a decimal comma")], options={"decimal": ","}),
    Case("ambiguous-comma", "a.csv", SEMI + "S1;2026-01-05;A;1,500\n", error='cannot tell whether 1,500 has a decimal comma or a thousands mark (a.csv, column ordered_qty). Say which with --decimal "," or --decimal "."'),
    Case("ambiguous-point", "a.csv", SEMI + "S1;2026-01-05;A;1.500\nS2;2026-01-05;A;2\n", error='cannot tell whether 1.500 has a decimal point or a thousands mark (a.csv). Say which with --decimal "," or --decimal "."'),
    Case("negative", "a.csv", HEAD + "S0,2026-01-05,A,-5\nS2,2026-01-05,A,5-\nS3,2026-01-05,A,(5)\n" + GOOD, rows=4, loaded=ONE, refused=[(i, "ordered_qty", "must be at least 0") for i in (1, 2, 3)]),
    Case("unicode-digits", "a.csv", HEAD + "S0,2026-01-05,A,\u0665\nS2,\uff12\uff10\uff12\uff16-01-05,A,5\n" + GOOD, rows=3, loaded=ONE, refused=[(1, "ordered_qty", "not a number with a decimal point"), (2, "order_date", "not a date; expected YYYY-MM-DD")]),
    Case("number-too-large", "a.csv", HEAD + "S0,2026-01-05,A,1e20\n" + GOOD, rows=2, loaded=ONE, refused=[(1, "ordered_qty", "larger than the column can hold")]),
    # Dates
    Case("year-0206", "a.csv", HEAD + "S0,0206-01-05,A,5\n" + GOOD, rows=2, loaded=ONE, refused=[(1, "order_date", "not a plausible date (1970 to 2199)")]),
    Case("year-20226", "a.csv", HEAD + "S0,20226-01-05,A,5\n" + GOOD, rows=2, loaded=ONE, refused=[(1, "order_date", "not a plausible date (1970 to 2199)")]),
    Case("day-or-month", "a.csv", HEAD + "S1,05/01/2026,A,5\n", error="cannot tell day from month: every date like 05/01/2026 fits both orders (a.csv, column order_date). Say which with --date-format day-first or --date-format month-first"),
    Case("day-or-month-two-digits", "a.csv", HEAD + "S1,05-06-07,A,5\n", error="cannot tell day from month: every date like 05-06-07 fits both orders (a.csv, column order_date). Say which with --date-format day-first or --date-format month-first"),
    Case("day-said", "a.csv", HEAD + "S1,05/01/2026,A,5\n", rows=1, loaded=ONE, options={"date_format": "day-first"}),
    Case("month-said", "a.csv", HEAD + "S1,01/05/2026,A,5\n", rows=1, loaded=ONE, options={"date_format": "month-first"}),
    Case("day-proved", "a.csv", HEAD + "S1,05/01/2026,A,5\nS2,25/06/2026,A,5\n", rows=2, loaded=[*ONE, ("S2", "2026-06-25", "A", "5.0000")]),
    Case("both-orders", "a.csv", HEAD + "S1,25/06/2026,A,5\nS2,06/25/2026,A,5\n", error="dates mix day-first (1 cell such as 25/06/2026) and month-first (1 cell such as 06/25/2026) (a.csv). Export dates as YYYY-MM-DD, or say --date-format day-first or month-first"),
    Case("offsets", "a.csv", HEAD + "S1,2025-12-06 10:37:33 -0500,A,5\nS2,2025-12-06T10:00:00Z,A,5\nS3,2025-12-06 00:30:00+02:00,A,5\nS4,2025-12-06T23:30:00.123-08:00,A,5\n", rows=4, loaded=[(f"S{i}", "2025-12-06", "A", "5.0000") for i in (1, 2, 3, 4)]),
    # Ids and text
    Case("rounded-ids", "a.csv", HEAD + "1.23457E+12,2026-01-05,A,5\nS2,2026-01-05,1e+05,5\nS3,2026-01-05,1E5,5\n", rows=3, loaded=[("S3", "2026-01-05", "1E5", "5.0000")], refused=[(1, "order_id", "a spreadsheet rounded this id; export it as text"), (2, "item_id", "a spreadsheet rounded this id; export it as text")]),
    Case("zeros-in-front", "a.csv", HEAD + "007,2026-01-05,000123,5\n", rows=1, loaded=[("007", "2026-01-05", "000123", "5.0000")]),
    Case("text-marks", "a.csv", HEAD + "'007,2026-01-05,\t000123\t,5\n", rows=1, loaded=[("007", "2026-01-05", "000123", "5.0000")]),
    Case("formulas-in-text", "a.csv", HEAD + "=cmd()|A1,2026-01-05,@SUM(A1),5\n+1,2026-01-05,-A,5\n", rows=2, loaded=[("=cmd()|A1", "2026-01-05", "@SUM(A1)", "5.0000"), ("+1", "2026-01-05", "-A", "5.0000")]),
    # JSON
    Case("json-broken", "a.json", '[{"order_id":1,', error=f"this is not valid JSON: unexpected end of data at byte 15 (a.json). {JSON_REMEDY}"),
    Case("json-no-objects", "a.json", "[1, 2]", error=f"no JSON object with named values was found (a.json). {JSON_REMEDY}"),
    Case("json-array", "a.json", json.dumps([ORDER, 7, None, {**ORDER, "ordered_qty": [5]}]), rows=4, loaded=ONE, refused=[(2, None, "not a JSON object"), (3, None, "not a JSON object"), (4, "ordered_qty", "not a number with a decimal point")]),
    Case("json-odd-names", "a.json", json.dumps([{**ORDER, "": 1, 'a"b.$/~': 2}]), rows=1, loaded=ONE, note='columns not used: a"b.$/~'),
    Case("json-over-lines", "a.json", json.dumps(ORDER, indent=1), rows=1, loaded=ONE),
    Case("json-utf16", "a.json", json.dumps([ORDER]).encode("utf-16"), rows=1, loaded=ONE),
    Case("ndjson-bad-line", "a.ndjson", f"{LINE}\nbad\n{LINE.replace('S1', 'S2')}\n", rows=3, loaded=[*ONE, ("S2", "2026-01-05", "A", "5.0000")], refused=[(2, None, "not a JSON object")]),
    Case("json-wrapped", "a.json", json.dumps({"count": 2, "orders": [ORDER, 7]}), rows=2, loaded=ONE, refused=[(2, None, "not a JSON object")], note="the records are in 'orders'; columns not used: count"),
    Case("json-order-with-lines", "a.json", json.dumps({"order_id": "S1", "order_date": "2026-01-05", "lines": [{"item_id": "A", "ordered_qty": 5}]}, indent=1), rows=1, loaded=ONE, note="the records are in 'lines'"),
    Case("json-two-lists", "a.json", json.dumps({"a": [ORDER], "b": [ORDER]}), error=f"no header of a known layout was found; the first row reads: a, b (a.json). {UNKNOWN_REMEDY} or check the delimiter"),
    # Parquet
    Case("parquet-odd-types", "a.parquet", parquet(ODD_PARQUET), rows=2, loaded=[("1001", "2026-01-05", "0007", "5.2500")], refused=[(2, "order_date", "order_date is missing")], cells=[(1, "shipped_qty", "1e+20", "larger than the column can hold")]),
    Case("parquet-broken", "a.parquet", b"PAR1 and nothing", error="the Parquet file cannot be read (a.parquet). Export it again"),
    # Workbooks
    Case("workbook-dates", "a.xlsx", book(("Orders", [COLUMNS, ["S1", DAY, "A", 5], ["S2", 46027, "A", 5], ["S3", 46027.75, "A", 5], ["S4", 12, "A", 5]])), rows=4, loaded=[(f"S{i}", "2026-01-05", "A", "5.0000") for i in (1, 2, 3)], refused=[(4, "order_date", "not a date; expected YYYY-MM-DD")]),
    Case("workbook-formulas", "a.xlsx", book(("Orders", [COLUMNS, ["S1", "2026-01-05", "A", "=2+3|5"], ["S2", "2026-01-05", "A", "=1/0|#DIV/0!"], ["S3", "2026-01-05", "A", "=NA()|#N/A"]])), rows=3, loaded=ONE, refused=[(2, "ordered_qty", "not a number with a decimal point"), (3, "ordered_qty", "ordered_qty is missing")]),
    Case("workbook-merged", "a.xlsx", book(("Orders", [COLUMNS, ["S1", "2026-01-05", "A", 5], [None, "2026-01-05", "B", 6]]), merge=True), rows=2, loaded=ONE, refused=[(2, "order_id", "order_id is missing")]),
    Case("workbook-titles-blanks", "a.xlsx", book(("Orders", [["Open orders"], [], [None, "as of", DAY], COLUMNS, ["S1", "2026-01-05", "A", 5], [], ["S2", "2026-01-05", "A"], []])), rows=2, loaded=ONE, refused=[(2, "ordered_qty", "ordered_qty is missing")]),
    Case("workbook-spaces", "a.xlsx", book(("Orders", [COLUMNS, [" ", None, " "], ["S1", "2026-01-05", "A", 5], [None, " ", " "], []])), rows=3, loaded=ONE, refused=[(1, None, "an empty row"), (3, None, "an empty row")]),
    Case("workbook-null-words", "a.xlsx", book(("Orders", [[*COLUMNS, "hold_reason"], ["S1", "2026-01-05", "A", 5, "NULL"]])), rows=1, loaded=ONE),
    Case("workbook-empty", "a.xlsx", book(("Blank", []), ("Too", [])), error="the workbook is empty (a.xlsx). Export it again"),
    Case("workbook-damaged", "a.xlsx", damaged(book(("Orders", [COLUMNS]))), error="the workbook is damaged (a.xlsx). Open it and save it again as .xlsx"),
    Case("workbook-zip", "a.xlsx", zipped, error="the workbook is damaged (a.xlsx). Open it and save it again as .xlsx"),
    Case("workbook-password", "a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), error="the workbook is protected by a password, or damaged (a.xlsx). Open it and save it again as .xlsx without a password"),
    Case("csv-named-xlsx", "a.xlsx", HEAD + GOOD, error="this is not a workbook, although its name ends in .xlsx (a.xlsx). Give the file its proper ending, or save it again as .xlsx"),
]  # fmt: skip


def write(path: Path, content: bytes | str | Build) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_bytes(content.encode())
    else:
        content(path)
    return path


def run(path: Path, **options: Any) -> tuple[duckdb.DuckDBPyConnection, LoadReport]:
    con = database(path.parent)
    return con, load(con, [path], LoadOptions(**options))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_hostile_file(case: Case, tmp_path: Path) -> None:
    path = write(tmp_path / case.name, case.content)
    if case.error:
        with pytest.raises(InputError) as caught:
            run(path, **case.options)
        assert str(caught.value) == case.error
        return

    con, report = run(path, **case.options)

    (one,) = report.loads
    assert one.rows_in == case.rows
    assert one.rows_in == one.rows_loaded + one.rows_refused + one.rows_superseded
    assert one.rows_refused == len(case.refused)
    assert one.refused_cells == len(case.cells)
    assert one.note == case.note
    loaded = con.execute(
        "select order_id, order_date::varchar, item_id, ordered_qty::varchar"
        " from contract.sales_order_lines order by source_row"
    ).fetchall()
    assert loaded == list(case.loaded)
    refused = con.execute(
        "select source_row, column_name, reason from quality.rejected_rows order by source_row"
    ).fetchall()
    assert refused == list(case.refused)
    cells = con.execute(
        "select source_row, column_name, value, reason from quality.rejected_cells order by all"
    ).fetchall()
    assert cells == list(case.cells)
    places = con.execute(
        "select source_row from contract.sales_order_lines"
        " union all select source_row from quality.rejected_rows"
    ).fetchall()
    assert sorted(row for (row,) in places) == list(range(1, case.rows + 1))


def test_a_workbook_of_several_sheets_says_what_it_passed_over(tmp_path: Path) -> None:
    stock: list[list[Any]] = [["item", "on hand", "location"], ["A", 5, "L"]]
    orders: list[list[Any]] = [COLUMNS, ["S1", "2026-01-05", "A", 5]]
    path = tmp_path / "a.xlsx"
    book(
        ("Orders", orders),
        ("Notes", [["hello"], ["x"]]),
        ("Blank", []),
        ("Stock", stock),
        hidden="Stock",
    )(path)

    con, report = run(path, as_of=dt.date(2026, 1, 31))

    assert [(one.source_file, one.tables, one.rows_loaded, one.note) for one in report.loads] == [
        ("a.xlsx[Orders]", "sales_order_lines", 1, ""),
        (
            "a.xlsx[Stock]",
            "inventory_balances",
            1,
            "the sheet is hidden; balances dated 2026-01-31, as asked",
        ),
    ]
    assert sorted(report.notes) == [
        "a.xlsx[Blank]: the sheet is empty, passed over",
        "a.xlsx[Notes]: sheet passed over, no header of a known layout was found;"
        " the first row reads: hello",
    ]
    assert con.execute("select as_of::varchar from contract.inventory_balances").fetchall() == [
        ("2026-01-31",)
    ]


def test_a_refused_record_keeps_what_was_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([ORDER, 7]))

    con, _ = run(path)

    rows = con.execute("select reason, row_text from quality.rejected_rows").fetchall()
    assert rows == [("not a JSON object", "7 |  |  | ")]


def test_a_record_with_several_wrong_quotes_keeps_its_own_text(tmp_path: Path) -> None:
    wrong = '{"order_id": "A1", "x": "3", "d": "20"}'
    path = write(tmp_path / "a.csv", HEAD + GOOD + wrong + "\n" + 'x,"a"b,"c"d,4\n')

    con, _ = run(path)

    rows = con.execute(
        "select source_row, reason, row_text from quality.rejected_rows order by source_row"
    ).fetchall()
    assert rows == [(2, QUOTES, wrong), (3, QUOTES, 'x,"a"b,"c"d,4')]


def test_parquet_damaged_in_the_middle_is_the_file_s_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet(
        "select i::varchar as order_id, date '2026-01-05' as order_date, 'A' as item_id,"
        " hash(i)::double as ordered_qty from range(5000) as t(i)"
    )(path)
    content = bytearray(path.read_bytes())
    content[200 : len(content) // 2] = bytes(len(content) // 2 - 200)
    path.write_bytes(content)
    with pytest.raises(InputError, match="the Parquet file cannot be read"):
        run(path)


def test_a_column_twice_in_parquet_is_seen(tmp_path: Path) -> None:
    names = ["order_id", "line_id", "order_date", "nested", "item_id", "ordered_qty", "Order ID"]
    cells = ["S1", "1", "2026-01-05", {"a": {"b": 1}}, "A", "5", "S2"]
    path = tmp_path / "a.parquet"
    write_table(Table.from_arrays([array([cell]) for cell in cells], names), path)
    with pytest.raises(InputError) as caught:
        load(database(tmp_path), [path])
    assert caught.value.what.startswith("the header has 'order_id' twice, with different contents")
    assert caught.value.where == "a.parquet, columns 1 and 7"


def test_promises_in_parquet_are_dated_in_utc_whatever_the_machine(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", parquet(ODD_PARQUET))
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        con = database(tmp_path)
        con.execute(f"set timezone = '{zone}'")
        load(con, [path])
        day = con.execute(
            "select promised_date::varchar from contract.sales_order_lines"
        ).fetchall()
        assert day == [("2026-02-01",)], zone


def test_a_space_that_json_does_not_know_before_an_array_is_the_file_s_fault(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.json", "\u00a0" + json.dumps([ORDER]))
    with pytest.raises(InputError, match="this is not valid JSON"):
        run(path)


def test_a_record_after_megabytes_of_blank_lines_keeps_its_number_and_text(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.csv", HEAD + "\n" * 2_050_000 + GOOD + "S2,2026-01-05,A,6\n")

    con, report = run(path)

    assert [(one.rows_in, one.rows_loaded, one.rows_refused) for one in report.loads] == [(2, 1, 1)]
    rows = con.execute("select source_row, row_text from quality.rejected_rows").fetchall()
    assert rows == [(1, GOOD.strip())]


def test_there_are_enough_hostile_files() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 34
