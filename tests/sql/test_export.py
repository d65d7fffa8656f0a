"""What leaves as a file: nothing a spreadsheet would run, nothing lost."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import fastexcel
import polars as pl
import pytest

from sql import export

HOSTILE = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
]
HARMLESS = ["plain", "", "a=b", "'quoted", "007", 'Müller, "Ko"\nKG', None]


def frame() -> pl.DataFrame:
    texts = HOSTILE + HARMLESS
    size = len(texts)
    return pl.DataFrame(
        {
            "text": texts,
            "qty": [Decimal("-12.3400")] * size,
            "number": [-1.5] * size,
            "day": [date(2026, 3, 31)] * size,
            "at": [datetime(2026, 3, 31, 12, 30, tzinfo=UTC)] * size,
            "is_late": [True] * size,
        },
        schema_overrides={"qty": pl.Decimal(18, 4)},
    )


def test_csv_neutralises_text_and_leaves_numbers_alone() -> None:
    read = pl.read_csv(export.to_csv(frame()), infer_schema=False)
    texts = read["text"].to_list()
    assert texts[: len(HOSTILE)] == ["'" + text for text in HOSTILE]
    assert texts[len(HOSTILE) :] == HARMLESS
    assert set(read["qty"]) == {"-12.3400"}
    assert set(read["number"]) == {"-1.5"}
    assert set(read["day"]) == {"2026-03-31"}


def test_csv_names_are_neutralised_too() -> None:
    assert export.to_csv(pl.DataFrame({"=1+1": [1]}), bom=False) == b"'=1+1\n1\n"


def test_csv_carries_a_byte_order_mark_unless_told_not_to() -> None:
    assert export.to_csv(frame()).startswith(b"\xef\xbb\xbftext,")
    assert export.to_csv(frame(), bom=False).startswith(b"text,")


def test_categorical_text_is_text() -> None:
    data = pl.DataFrame({"kind": pl.Series(["=x", "y"], dtype=pl.Categorical)})
    assert export.neutralise(data)["kind"].to_list() == ["'=x", "y"]


def test_a_workbook_holds_no_formula_and_the_text_as_typed() -> None:
    content = export.to_xlsx(frame(), "Lines")
    sheet = fastexcel.read_excel(content).load_sheet("Lines")
    read = sheet.to_polars()
    # A carriage return in XML is a line feed to whoever reads it.
    typed = [text.replace("\r", "\n") if text else text for text in HOSTILE + HARMLESS]
    found = [text.replace("\r", "\n") if text else text for text in read["text"].to_list()]
    assert [text or None for text in found] == [text or None for text in typed]
    assert read["qty"].to_list()[0] == pytest.approx(-12.34)
    assert read["day"].dtype in (pl.Date, pl.Datetime("ms"))
    assert b"<f>" not in _sheet_xml(content)
    assert b'quotePrefix="1"' in _part(content, "xl/styles.xml")


def test_a_workbook_refuses_more_rows_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SHEET_ROWS", 3)
    with pytest.raises(export.ExportError, match="choose CSV or Parquet"):
        export.to_xlsx(frame())


@pytest.mark.parametrize("write", [export.to_csv, export.to_xlsx])
def test_lists_are_refused_with_a_way_out(write: object) -> None:
    assert callable(write)
    with pytest.raises(export.ExportError, match=r"tags::varchar"):
        write(pl.DataFrame({"tags": [[1, 2]]}))


def test_parquet_is_exact() -> None:
    assert pl.read_parquet(io.BytesIO(export.to_parquet(frame()))).equals(frame())


def test_no_rows_still_give_a_header() -> None:
    empty = frame().clear()
    assert export.to_csv(empty, bom=False) == b"text,qty,number,day,at,is_late\n"
    read = fastexcel.read_excel(export.to_xlsx(empty)).load_sheet(0).to_polars()
    assert read.columns == empty.columns


def _part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def _sheet_xml(content: bytes) -> bytes:
    return _part(content, "xl/worksheets/sheet1.xml")
