"""How numbers, dates and names read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dashboard import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "€0"),
        (Decimal("9999.40"), "€9,999"),
        (9_999.5, "€10.0K"),
        (412_300, "€412K"),
        (999_499, "€999K"),
        (999_500, "€1.00M"),
        (Decimal("1234567890.12"), "€1.23B"),
        (-4_500, "−€4,500"),
    ],
)
def test_money_is_short_and_never_a_false_zero(value: Decimal | None, text: str) -> None:
    assert formats.money(value, "EUR") == text


def test_currencies_without_a_sign_are_named() -> None:
    assert formats.money(12, "CHF") == "CHF 12"
    assert formats.money(12, None) == "12"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (1, "1 unit"),
        (Decimal("2.5000"), "2.5 units"),
        (1_000, "1,000 units"),
        (12_345, "12.3K units"),
        (10_000, "10.0K units"),
    ],
)
def test_quantities(value: Decimal | None, text: str) -> None:
    assert formats.quantity(value) == text


def test_a_change_has_a_sign_and_a_share_and_no_guess() -> None:
    assert formats.change(110, 100, "value", "EUR") == "+€10 (10.0%)"
    assert formats.change(90, 100, "qty", None) == "-10 units (10.0%)"
    assert formats.change(90, 0, "value", "EUR") == "+€90"
    assert formats.change(7, 7, "qty", None) == "unchanged"
    assert formats.change(None, 100, "value", "EUR") is None
    assert formats.change(100, None, "value", "EUR") is None


def test_dates_read_the_same_everywhere() -> None:
    assert formats.day(date(2026, 4, 3)) == "3 Apr 2026"
    assert formats.moment(datetime(2026, 4, 3, 6, 5, tzinfo=UTC)) == "3 Apr 2026 06:05 UTC"
    assert formats.month_of(date(2028, 2, 10)) == (date(2028, 2, 1), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "just now"),
        (1, "1 minute ago"),
        (119, "119 minutes ago"),
        (121, "2 hours ago"),
        (5000, "3 days ago"),
    ],
)
def test_age(minutes: int, text: str) -> None:
    assert formats.ago(timedelta(minutes=minutes)) == text


def test_an_option_leads_back_to_its_id() -> None:
    for key, name in [("A1", "Candle"), ("A1", None), ("A1", "A1"), ("A1", "Candle · ivory")]:
        assert formats.chosen(formats.choice(key, name)) == key
    assert formats.choice("A1", "A1") == "A1"


def test_text_of_the_data_is_inert_in_markdown() -> None:
    hostile = r"$x$ [a](http://b) ![c](d) `e` *f* _g_ :red[h] <i> ~j~ \k"
    made = formats.plain(hostile)
    for mark in "$[]`*_:<>~":
        assert made.count(f"\\{mark}") == hostile.count(mark)
    assert formats.plain("Émile & Søn, 5 %") == "Émile & Søn, 5 %"


def test_no_data_is_neither_zero_nor_all() -> None:
    assert formats.days(None) == "–"
    assert formats.day(None) == "–"
    assert "Too little history" in formats.moves([], "qty", None)


def test_the_answer_in_words() -> None:
    row = {
        "lines": 8,
        "backordered_lines": 1,
        "mean_wait_days": 1.2,
        "oldest_order_date": date(2026, 1, 20),
    }
    text = formats.answer(row)
    assert "**1 order line** of 8 open lines" in text
    assert "**1 day**" in text
    assert formats.answer({**row, "backordered_lines": 0}).startswith("**Nothing is backordered**")
