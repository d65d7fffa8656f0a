"""Writes a run as several systems would export it, oddities included, with its truth and a guide.

The same simulation gives the same bytes. What is odd, and how often, is in `layouts.ODDITIES`.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import polars as pl
import xlsxwriter

from etl.scratch import scratch_folder
from etl.simulate.layouts import (
    ADJUSTMENTS,
    BOM,
    CATALOGUE,
    CUSTOMERS,
    ERP_PURCHASES,
    ERP_SALES,
    EVENTS,
    FORECASTS,
    ITEMS,
    LOCATIONS,
    PAYMENTS,
    PRODUCTION,
    RATES,
    RECEIPTS,
    SHIPMENTS,
    STOCK,
    SUPPLIERS,
    TERMS,
    UNITS,
    WEBSHOP,
    guide,
)

Row = list[str]
Odd = Callable[[list[Row], Mapping[str, int]], list[Row]]


class Tables(Protocol):
    """What is written: contract tables by name, and the truth."""

    def table(self, name: str) -> pl.DataFrame:
        """A contract table."""

    @property
    def truth(self) -> pl.DataFrame:
        """The injected causes."""


def write(out: Path, tables: Tables) -> dict[str, int]:
    """Write the exports, truth.csv and README.md into `out`; returns data rows by file."""
    out.mkdir(parents=True, exist_ok=True)
    sales = tables.table("sales_order_lines")
    from_shop = pl.col("channel") == "web"
    rows = {
        "webshop_orders.csv": _text(
            out / "webshop_orders.csv", sales.filter(from_shop), WEBSHOP, odd=_odd_webshop
        ),
        "erp_sales_orders.csv": _text(
            out / "erp_sales_orders.csv",
            sales.filter(~from_shop),
            ERP_SALES,
            delimiter=";",
            german=True,
            odd=_odd_erp,
        ),
        "erp_purchase_orders.csv": _text(
            out / "erp_purchase_orders.csv",
            tables.table("purchase_order_lines"),
            ERP_PURCHASES,
            delimiter=";",
            german=True,
            odd=_odd_purchases,
        ),
        "goods_receipts.tsv": _text(
            out / "goods_receipts.tsv", tables.table("receipts"), RECEIPTS, delimiter="\t"
        ),
        "bill_of_materials.csv": _text(
            out / "bill_of_materials.csv", tables.table("bom_lines"), BOM
        ),
        "customers_crm.csv": _text(
            out / "customers_crm.csv",
            tables.table("customers"),
            CUSTOMERS,
            delimiter=";",
            encoding="cp1252",
            odd=_odd_customers,
        ),
        "vendors.csv": _text(
            out / "vendors.csv", tables.table("suppliers"), SUPPLIERS, encoding="utf-8-sig"
        ),
        "vendor_catalogue.txt": _text(
            out / "vendor_catalogue.txt",
            tables.table("supplier_items"),
            CATALOGUE,
            delimiter="\t",
            encoding="utf-16",
        ),
        "sales_forecast.csv": _text(
            out / "sales_forecast.csv", tables.table("demand_forecasts"), FORECASTS
        ),
        "stock_adjustments.csv": _text(
            out / "stock_adjustments.csv", tables.table("stock_adjustments"), ADJUSTMENTS
        ),
    }
    for name, table, headers in (
        ("shipments.parquet", "shipments", SHIPMENTS),
        ("payments.parquet", "payments", PAYMENTS),
    ):
        frame = tables.table(table).select(pl.col(c).alias(h) for c, h in headers.items())
        frame.write_parquet(out / name, compression="zstd", statistics=False)
        rows[name] = frame.height
    production = tables.table("production_orders")
    production.select(pl.col(c).alias(h) for c, h in PRODUCTION.items()).write_ndjson(
        out / "production.ndjson"
    )
    rows["production.ndjson"] = production.height
    rows |= _workbook(
        out / "stock.xlsx",
        tables,
        {
            "Stock": ("inventory_balances", STOCK),
            "Items": ("items", ITEMS),
            "Units": ("uom_conversions", UNITS),
            "Locations": ("locations", LOCATIONS),
        },
        title=("Kerzen & Klima GmbH", "Stock by storage location, month ends"),
    )
    rows |= _workbook(
        out / "finance.xlsx",
        tables,
        {
            "Terms": ("payment_terms", TERMS),
            "Rates": ("exchange_rates", RATES),
            "Calendar": ("calendar_events", EVENTS),
        },
    )
    tables.truth.write_csv(out / "truth.csv")
    (out / "README.md").write_text(guide(rows), encoding="utf-8", newline="\n")
    return rows


# Text files ----------------------------------------------------------------------------------


def _text(
    path: Path,
    frame: pl.DataFrame,
    headers: Mapping[str, str],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    german: bool = False,
    odd: Odd | None = None,
) -> int:
    """Write a frame as delimited text under its own headers; returns the records written."""
    spelt = frame.select(
        _spell(pl.col(column), frame.schema[column], german).alias(header)
        for column, header in headers.items()
    )
    rows: list[Row] = [list(row) for row in spelt.fill_null("").iter_rows()]
    if odd:
        rows = odd(rows, {column: place for place, column in enumerate(headers)})
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n" if german else "\n")
    writer.writerow(headers.values())
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return len(rows)


def _spell(value: pl.Expr, kind: pl.DataType, german: bool) -> pl.Expr:
    if kind == pl.Date:
        return value.dt.to_string("%d.%m.%Y" if german else "%Y-%m-%d")
    if kind == pl.Boolean:
        yes, no = ("ja", "nein") if german else ("y", "n")
        return pl.when(value).then(pl.lit(yes)).when(~value).then(pl.lit(no))
    if kind.is_float():
        plain = value.cast(pl.Decimal(18, 6)).cast(pl.String)
        plain = plain.str.strip_chars_end("0").str.strip_chars_end(".")
        return _german(plain) if german else plain
    text = value.cast(pl.String)
    return _german(text) if german and kind.is_integer() else text


def _german(number: pl.Expr) -> pl.Expr:
    """A plain number with a decimal comma and points between thousands."""
    whole = number.str.extract(r"^(-?\d+)", 1)
    grouped = whole.str.reverse().str.replace_all(r"(\d{3})", "${1}.").str.reverse()
    grouped = grouped.str.strip_prefix(".")
    rest = number.str.extract(r"\.(\d+)$", 1)
    return pl.when(rest.is_null()).then(grouped).otherwise(grouped + "," + rest)


def _odd_webshop(rows: list[Row], at: Mapping[str, int]) -> list[Row]:
    shipped = [i for i, row in enumerate(rows) if row[at["line_status"]] == "shipped"]
    is_open = [i for i, row in enumerate(rows) if row[at["line_status"]] == "open"]
    for i in shipped[500:503]:
        rows[i][at["unit_price"]] = f"€ {rows[i][at['unit_price']]}"
    for i in is_open[-2:]:
        rows[i][at["unit_price"]] = ""
    wished = [i for i in shipped if rows[i][at["requested_date"]]]
    rows[wished[900]][at["requested_date"]] = "tomorrow"

    def like(source: int, **cells: str) -> Row:
        row = list(rows[source])
        for column, text in cells.items():
            row[at[column]] = text
        return row

    extra = {
        shipped[1200]: [rows[shipped[1200]]],
        shipped[2400]: [rows[shipped[2400]]],
        shipped[1500]: [like(shipped[1500], order_id="")],
        shipped[1800]: [like(shipped[1800], order_id="W900001", order_date="2026-02-30")],
        shipped[2000]: [[WEBSHOP[column] for column in at]],
        is_open[0]: [like(is_open[0], order_id="W900002", line_id="1", item_id="OLD-999")],
    }
    total = ["" for _ in at]
    total[0] = "Grand total"
    whole = sum(float(row[at["ordered_qty"]]) for row in rows)
    total[at["ordered_qty"]] = f"{whole:.0f}"
    return [*_with(rows, extra), total]


def _odd_erp(rows: list[Row], at: Mapping[str, int]) -> list[Row]:
    shipped = [i for i, row in enumerate(rows) if row[at["line_status"]] == "shipped"]
    for i in shipped[700:702]:
        rows[i][at["unit_price"]] += " €"
    negative = list(rows[shipped[1000]])
    negative[at["order_id"]], negative[at["ordered_qty"]] = "SO-900001", "-5"
    undated = list(rows[shipped[1100]])
    undated[at["order_id"]], undated[at["order_date"]] = "SO-900002", "31.02.2026"
    older = list(rows[shipped[-1]])
    older[at["shipped_qty"]], older[at["shipped_date"]] = "0", ""
    older[at["line_status"]] = "open"
    total = ["" for _ in at]
    total[0] = "Summe"
    total[at["discount_amount"]] = "12.345,67"
    extra = {
        shipped[800]: [["" for _ in at]],
        shipped[1000]: [negative],
        shipped[1100]: [undated],
        shipped[-1] - 1: [older],
    }
    return [*_with(rows, extra), total]


def _odd_purchases(rows: list[Row], at: Mapping[str, int]) -> list[Row]:
    unknown = list(rows[300])
    unknown[at["po_id"]], unknown[at["supplier_id"]] = "PO-90001", "S099"
    unsaid = list(rows[400])
    unsaid[at["po_id"]], unsaid[at["ordered_qty"]] = "PO-90002", "?"
    total = ["" for _ in at]
    total[0], total[at["ordered_qty"]] = "Gesamt", "123.456"
    return [*_with(rows, {200: [rows[200]], 300: [unknown], 400: [unsaid]}), total]


def _odd_customers(rows: list[Row], at: Mapping[str, int]) -> list[Row]:
    rows[5][at["first_order_date"]] = "0000-00-00"
    return rows


def _with(rows: list[Row], extra: Mapping[int, list[Row]]) -> list[Row]:
    """The rows with extra ones after those named."""
    return [each for i, row in enumerate(rows) for each in (row, *extra.get(i, ()))]


# Workbooks -----------------------------------------------------------------------------------


def _workbook(
    path: Path,
    tables: Tables,
    sheets: Mapping[str, tuple[str, Mapping[str, str]]],
    title: Sequence[str] = (),
) -> dict[str, int]:
    """Write sheets as a person would keep them; a title goes above the first one's header."""
    rows: dict[str, int] = {}
    with scratch_folder() as scratch, xlsxwriter.Workbook(path, {"tmpdir": str(scratch)}) as book:
        # a fixed day: the same data must give the same bytes
        book.set_properties({"created": datetime(2026, 6, 30, tzinfo=UTC)})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        bold = book.add_format({"bold": True})
        for sheet_name, (table, headers) in sheets.items():
            sheet = book.add_worksheet(sheet_name)
            frame = tables.table(table).select(list(headers))
            top = 0
            if title and not rows:
                for line in title:
                    sheet.write(top, 0, line)
                    top += 1
            for place, header in enumerate(headers.values()):
                sheet.write(top, place, header, bold)
            number = top
            for number, row in enumerate(frame.iter_rows(), start=top + 1):
                for place, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, place, value, day)
                    elif value is not None:
                        sheet.write(number, place, value)
            count = frame.height
            if title and not rows:
                place = list(headers).index("on_hand_qty")
                sheet.write(number + 1, 0, "Total")
                sheet.write(number + 1, place, frame["on_hand_qty"].sum())
                count += 1
            rows[f"{path.name} [{sheet_name}]"] = count
    return rows
