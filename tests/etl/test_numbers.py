"""number() and spelt(): what a profile's rules calculate with."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.profiles import parse
from tests.etl.loading import database, rows

HEAD = "Bestellung;Artikel;Lieferant;Datum;Menge;Rest;Preis\n"
PROFILE = """
title = "Test"
[[file]]
id = "lines"
require = ["bestellung", "artikel", "lieferant", "datum", "menge", "rest", "preis"]
[[table]]
into = "purchase_order_lines"
from = "lines"
[table.columns]
po_id = "bestellung"
supplier_id = "lieferant"
item_id = "artikel"
order_date = "datum"
ordered_qty = "menge"
received_qty = "spelt(number(menge) - number(rest))"
unit_price = "preis"
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """Loads lines under the profile above and gives ordered, received and price."""
    (tmp_path / "test.toml").write_text(PROFILE)
    profile = parse(tmp_path / "test.toml")

    def run(*lines: str, **options: Any) -> list[tuple[Any, ...]]:
        file = tmp_path / "lines.csv"
        file.write_text(HEAD + "".join(f"B{i};A;L;2026-05-04;{x}\n" for i, x in enumerate(lines)))
        con = database(tmp_path)
        load(con, [file], LoadOptions(profiles=(profile,), **options))
        return rows(
            con,
            "select ordered_qty, received_qty, unit_price"
            " from contract.purchase_order_lines order by po_id",
        )

    return run


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1.234,500;234,500;12,50", ("1234.5", "1000", "12.5")),
        ("1,234.500;234.500;12.50", ("1234.5", "1000", "12.5")),
        ("100,000;12,5-;1", ("100", "112.5", "1")),
        ("-5;3;0,5", (None, None, None)),
        ("10;;1.5", ("10", None, "1.5")),
        ("10;some;1.5", ("10", None, "1.5")),
    ],
)
def test_a_difference_is_worked_out_however_the_file_spells_numbers(
    loaded: Callable[..., list[tuple[Any, ...]]], line: str, expected: tuple[str | None, ...]
) -> None:
    wanted = [tuple(cell and Decimal(cell) for cell in expected)] if expected[0] else []
    assert loaded(line) == wanted


def test_one_cell_proves_the_mark_for_all_columns(
    loaded: Callable[..., list[tuple[Any, ...]]],
) -> None:
    assert loaded("1.000;0;9,50", "1.000;500;1") == [
        (Decimal(1000), Decimal(1000), Decimal("9.5")),
        (Decimal(1000), Decimal(500), Decimal(1)),
    ]


@pytest.mark.parametrize(
    ("cell", "mark", "quantity"),
    [
        ("1.000", ",", 1000),
        ("1.000", ".", 1),
        ("100,000", ",", 100),
        ("100,000", ".", 100_000),
    ],
)
def test_a_number_that_fits_both_marks_is_asked_for(
    loaded: Callable[..., list[tuple[Any, ...]]], cell: str, mark: str, quantity: int
) -> None:
    with pytest.raises(InputError, match=f"cannot tell whether {cell} has decimals"):
        loaded(f"{cell};0;1")
    assert loaded(f"{cell};0;1", decimal=mark) == [(quantity, quantity, 1)]


def test_both_marks_proved_is_an_error(loaded: Callable[..., list[tuple[Any, ...]]]) -> None:
    with pytest.raises(InputError, match="mix a decimal comma and a decimal point"):
        loaded("1,5;0;1", "1.5;0;1")
