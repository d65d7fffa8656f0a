"""How single cells are read: text in, value out, against values written by hand."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.cast import Column, Formats, blank, cleaned, fault, suspect, typed, wording
from etl.stage import DATE_ORDERS, contract_columns
from sql.models import load_models

POINT, COMMA = Formats(), Formats(decimal=",")
QTY = Column("ordered_qty", "DECIMAL(18,4)", required=False)
RATE = Column("deposit_rate", "DECIMAL(9,6)", required=False)
DAYS = Column("lead_time_days", "INTEGER", required=False)
DAY = Column("order_date", "DATE", required=False)
FLAG = Column("is_customised", "BOOLEAN", required=False)
NAME = Column("item_name", "VARCHAR", required=False)
ID = Column("item_id", "VARCHAR", required=False)
STATUS = Column("status", "VARCHAR", False, ("(status IN ('open', 'on_hold'))",))

CON = duckdb.connect()


def read(expression: str, text: str | None) -> Any:
    """The value of an expression over the column `t`, from a table as in a load."""
    row = CON.execute(f"select {expression} from (select ?::varchar as t)", [text]).fetchone()
    assert row is not None
    return row[0]


def patient(column: Column, text: str | None, formats: Formats = POINT) -> Any:
    return read(cleaned(column, "t", formats), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", "5"),
        (" 5.25 ", "5.25"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("5-", "-5"),
        ("12.5-", "-12.5"),
        ("(12.5)", "-12.5"),
        ("1,234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("12,34,567.5", "1234567.5"),
        ("1 234.5", "1234.5"),
        ("1\u00a0234.5", "1234.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("1\u2009234", "1234"),
        ("1'234'567.89", "1234567.89"),
        ("1’234.5", "1234.5"),
        ("'5", "5"),
        ("\t5\u00a0", "5"),
        ("€5", "5"),
        ("€ 1,234.50", "1234.5"),
        ("5 €", "5"),
        ("$1,234.50", "1234.5"),
        ("-$5.00", "-5"),
        ("$-5.00", "-5"),
        ("($5.00)", "-5"),
        ("$(5.00)", "-5"),
        ("USD 5.00", "5"),
        ("5.00 EUR", "5"),
        ("5.00 EUR-", "-5"),
        ("₹1,23,456.00", "123456"),
        ("£0.50", "0.5"),
        ("1E3", "1000"),
        ("1.5e+2", "150"),
        ("0.00005", "0.0001"),
        ("", None),
        ("   ", None),
        ("N/A", None),
        ("-", None),
        ("nan", None),
        ("inf", None),
        ("#N/A", None),
        ("5 10", None),
        ("1,5", None),
        ("1,2345", None),
        ("12,34", None),
        ("1.234,5", None),
        ("1.2.3", None),
        ("--5", None),
        ("5%", None),
        ("5 pcs", None),
        ("not stocked", None),
        ("1e20", None),
        ("\u0665", None),
        ("EUR", None),
        (None, None),
    ],
)
def test_numbers_with_a_decimal_point(text: str | None, expected: str | None) -> None:
    assert patient(QTY, text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", "5"),
        ("5,25", "5.25"),
        (",5", "0.5"),
        ("1.234", "1234"),
        ("1.234,5", "1234.5"),
        ("1.234.567,89", "1234567.89"),
        ("1 234,5", "1234.5"),
        ("1'234,5", "1234.5"),
        ("12,5-", "-12.5"),
        ("(1.234,5)", "-1234.5"),
        ("1.234,50 €", "1234.5"),
        ("EUR 1.234,50", "1234.5"),
        ("1,5E2", "150"),
        ("1.5", None),
        ("1.23", None),
        ("1,234,567", None),
        ("1,234.5", None),
        ("12.34,5", None),
    ],
)
def test_numbers_with_a_decimal_comma(text: str, expected: str | None) -> None:
    assert patient(QTY, text, COMMA) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.3", "0.3"), ("30%", "0.3"), ("12.5 %", "0.125"), ("%", None), ("30%%", None)],
)
def test_rates_may_be_percentages(text: str, expected: str | None) -> None:
    assert patient(RATE, text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7),
        ("7.0", 7),
        ("1,200", 1200),
        ("-3", -3),
        ("3-", -3),
        ("1e2", 100),
        ("2.5", None),
        ("2.4", None),
        ("seven", None),
        ("3000000000", None),
    ],
)
def test_whole_numbers_are_never_rounded(text: str, expected: int | None) -> None:
    assert patient(DAYS, text) == expected
    assert read(typed(DAYS, "t", POINT), text) in (None, expected)


ISO = date(2026, 1, 5)
DAY_MONTH = Formats(dates=DATE_ORDERS["day-first"])
MONTH_DAY = Formats(dates=DATE_ORDERS["month-first"])
SERIAL = Formats(serial_dates=True)


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2026-01-05", POINT, ISO),
        ("2026-1-5", POINT, ISO),
        ("2026/01/05", POINT, ISO),
        ("2026.01.05", POINT, ISO),
        ("20260105", POINT, ISO),
        ("2026-01-05 10:37:33", POINT, ISO),
        ("2026-01-05 10:37:33 -0500", POINT, ISO),
        ("2026-01-05T23:00:00Z", POINT, ISO),
        ("2026-01-05T00:30:00.123456+02:00", POINT, ISO),
        ("2026-01-05 10:00 AM", POINT, ISO),
        ("05.01.2026", POINT, ISO),
        ("5.1.26", POINT, ISO),
        ("05.01.2026 13:30", POINT, ISO),
        ("5-Jan-26", POINT, ISO),
        ("05-Jan-2026", POINT, ISO),
        ("5 Jan 2026", POINT, ISO),
        ("5 January 2026", POINT, ISO),
        ("Jan 5, 2026", POINT, ISO),
        ("January 5, 2026", POINT, ISO),
        ("05/01/2026", DAY_MONTH, ISO),
        ("05/01/26", DAY_MONTH, ISO),
        ("5-1-2026", DAY_MONTH, ISO),
        ("05-01-26", DAY_MONTH, ISO),
        ("05/01/2026 13:30:00", DAY_MONTH, ISO),
        ("01/05/2026", MONTH_DAY, ISO),
        ("1/5/26 3:04 PM", MONTH_DAY, ISO),
        ("2026-01-05", MONTH_DAY, ISO),
        ("05/01/1926", DAY_MONTH, None),
        ("05-06-07", DAY_MONTH, date(2007, 6, 5)),
        ("05-06-07", POINT, None),
        ("05/01/2026", POINT, None),
        ("46027", SERIAL, ISO),
        ("46027.75", SERIAL, ISO),
        ("46027", POINT, None),
        ("12", SERIAL, None),
        ("0206-01-05", POINT, None),
        ("20226-01-05", POINT, None),
        ("2026-02-30", POINT, None),
        ("2026-13-01", POINT, None),
        ("2026-01", POINT, None),
        ("infinity", POINT, None),
        ("0000-00-00", POINT, None),
        ("soon", POINT, None),
        ("", POINT, None),
        (None, POINT, None),
    ],
)
def test_dates(text: str | None, formats: Formats, expected: date | None) -> None:
    assert patient(DAY, text, formats) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("true", "TRUE", "t", "Yes", "y", "1", "1.0", "x", "X", " on ", "ja", "wahr"), True),
        (("false", "F", "no", "N", "0", "0.0", "off", "Nein", "falsch"), False),
        (("", "2", "maybe", None), None),
    ],
)
def test_flags(texts: Sequence[str | None], expected: bool | None) -> None:
    assert [patient(FLAG, text) for text in texts] == [expected] * len(texts)


def test_words_from_a_list_forgive_case_and_spaces() -> None:
    for text in ("on_hold", "On Hold", " ON_HOLD "):
        assert read(typed(STATUS, "t", POINT), text) == "on_hold"


def test_ids_keep_their_zeros_and_lose_a_spreadsheets_marks() -> None:
    assert patient(ID, "000123") == "000123"
    assert patient(ID, "'000123") == "000123"
    assert patient(ID, "\t000123\t") == "000123"
    assert patient(ID, "1.23E+12") is None
    assert patient(ID, "1E5") == "1E5"
    assert patient(NAME, "'s-Hertogenbosch") == "'s-Hertogenbosch"


@pytest.mark.parametrize("text", ["", " ", "\t", "\u00a0", "NULL", "n/a", "-", "#N/A", None])
def test_nothing_known(text: str | None) -> None:
    assert read(blank("t"), text) is True


@pytest.mark.parametrize(
    ("column", "formats", "text", "reason"),
    [
        (QTY, POINT, "x", "not a number with a decimal point"),
        (QTY, COMMA, "x", "not a number with a decimal comma"),
        (QTY, POINT, "1e20", "larger than the column can hold"),
        (DAYS, POINT, "2.5", "not a whole number"),
        (DAYS, POINT, "3,000,000,000", "larger than the column can hold"),
        (DAY, POINT, "soon", "not a date; expected YYYY-MM-DD"),
        (DAY, POINT, "0206-01-05", "not a plausible date (1970 to 2199)"),
        (FLAG, POINT, "maybe", "not yes or no"),
        (ID, POINT, "1.2E+9", "a spreadsheet rounded this id; export it as text"),
        (STATUS, POINT, "odd", "must be one of open, on_hold"),
    ],
)
def test_why_a_cell_is_refused(column: Column, formats: Formats, text: str, reason: str) -> None:
    assert patient(column, text, formats) is None or column is STATUS
    assert read(fault(column, "t", formats), text) == reason


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("(ordered_qty >= 0)", "must be at least 0"),
        ("(qty_per > 0)", "must be above 0"),
        ("((scrap_rate >= 0) AND (scrap_rate < 1))", "must be from 0 to below 1"),
        ("(deposit_rate BETWEEN 0 AND 1)", "must be from 0 to 1"),
        ("(kind IN ('deposit', 'refund'))", "must be one of deposit, refund"),
        ("((order_id IS NOT NULL) OR (po_id IS NOT NULL))", "needs order_id or po_id"),
        ("(period_end >= period_start)", "breaks the rule period_end >= period_start"),
    ],
)
def test_checks_in_words(check: str, words: str) -> None:
    assert wording(check) == words


def test_every_check_of_the_contract_has_words_people_understand() -> None:
    tables = [m.name for m in load_models().values() if m.schema == "contract"]
    checks = [check for table in tables for c in contract_columns(table) for check in c.checks]
    assert len(checks) > 20
    for check in checks:
        assert re.match(r"must be (at least|above|one of|from) ?\S", wording(check)), check


SPELT = st.one_of(
    st.decimals(-(10**9), 10**9, allow_nan=False, places=3).map(str),
    st.integers(-(10**12), 10**12).map(str),
    st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str),
    st.datetimes().map(str),
    st.text("0123456789.,-+eE %$€()'/: _xX\t\n\u00a0", max_size=12),
    st.sampled_from(["yes", "NULL", "n/a", "on", "T", "epoch", "1.23E+9", "open", "On hold"]),
)
COLUMNS = (QTY, RATE, DAYS, DAY, FLAG, NAME, ID, STATUS)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(SPELT, min_size=40, max_size=80), comma=st.booleans())
def test_what_is_read_at_sight_reads_the_same_with_patience(texts: list[str], comma: bool) -> None:
    formats = Formats(decimal="," if comma else ".")
    parts = []
    for column in COLUMNS:
        at_sight = typed(column, "t", formats)
        doubt = suspect(column, "t", f"({at_sight})").replace(column.name, f"({at_sight})")
        parts.append(
            f"select '{column.name}', t from cells where ({at_sight}) is not null"
            f" and not coalesce({doubt or 'false'}, false)"
            f" and ({at_sight}) is distinct from ({cleaned(column, 't', formats)})"
        )
    CON.execute("create or replace temp table cells as select unnest(?::varchar[]) as t", [texts])
    assert CON.execute(" union all ".join(parts)).fetchall() == []
