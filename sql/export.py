"""Result frames as files: CSV, workbook, Parquet, with nothing in them a spreadsheet would run.

A cell of text that begins like a formula is data somebody typed into an order; opened in a
spreadsheet it would be executed. In CSV it gets a leading apostrophe; in a workbook it stays as
it is, written as text under the mark Excel sets for a typed apostrophe. Numbers are not touched.
"""

import io

import polars as pl
import xlsxwriter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SHEET_ROWS = 1_048_575


class ExportError(ValueError):
    """The rows do not fit the kind of file asked for; the message says what does."""


def neutralise(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before text, and names, that a spreadsheet would run."""
    texts = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical)]
    cells = [
        pl.when(_runs(name))
        .then("'" + pl.col(name).cast(pl.String))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    ]
    return frame.with_columns(cells).rename(_safe_name)


def to_csv(frame: pl.DataFrame, *, bom: bool = True) -> bytes:
    """Comma-separated UTF-8; the byte order mark is what makes Excel read it as UTF-8."""
    _refuse_nested(frame, "CSV")
    buffer = io.BytesIO()
    neutralise(frame).write_csv(buffer, include_bom=bom)
    return buffer.getvalue()


def to_xlsx(frame: pl.DataFrame, sheet: str = "Rows") -> bytes:
    """A workbook of one sheet: a header that stays in view, dates as dates, numbers as numbers."""
    _refuse_nested(frame, "a workbook")
    if frame.height > SHEET_ROWS:
        raise ExportError(
            f"a sheet holds {SHEET_ROWS:,} rows and these are {frame.height:,}: "
            "choose CSV or Parquet, or fewer rows"
        )
    buffer = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
        "nan_inf_to_errors": True,
        "in_memory": True,
    }
    with xlsxwriter.Workbook(buffer, options) as workbook:
        frame.write_excel(workbook, sheet, autofit=frame.height <= 10_000, freeze_panes=(1, 0))
        page = workbook.get_worksheet_by_name(sheet)
        quoted = workbook.add_format({"quote_prefix": True})
        for column, (name, kind) in enumerate(frame.schema.items()):
            if kind in (pl.String, pl.Categorical):
                for row in frame.select(pl.arg_where(_runs(name))).to_series():
                    page.write_string(row + 1, column, frame[row, column], quoted)
    return buffer.getvalue()


def to_parquet(frame: pl.DataFrame) -> bytes:
    """Parquet, exact to the last digit; text as it was typed, since nothing runs it."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _runs(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    return pl.any_horizontal([text.str.starts_with(start) for start in FORMULA_STARTS])


def _safe_name(name: str) -> str:
    return f"'{name}" if name.startswith(FORMULA_STARTS) else name


def _refuse_nested(frame: pl.DataFrame, kind: str) -> None:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    if nested:
        raise ExportError(
            f"{kind} has no place for the list or struct in {', '.join(nested)}: "
            f"cast it to text ({nested[0]}::varchar), or choose JSON or Parquet"
        )
