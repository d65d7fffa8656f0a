"""When an export was made, which decides between two of the same key."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl.load import LoadOptions, load
from tests.etl.loading import HEAD, database, rows

WRITTEN = datetime(2026, 6, 3, 12, 30, tzinfo=UTC)


def exported(folder: Path, name: str, as_of: date | None = None) -> tuple[str, str]:
    """When a file of that name, written at WRITTEN, counts as made, and its series."""
    path = folder / name
    path.write_text(f"{HEAD}A,1,2026-05-01,mug,1\n")
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    con = database(folder)
    load(con, [path], LoadOptions(as_of=as_of))
    ((at, series),) = rows(con, "select exported_at::varchar, series from quality.loads")
    return at, series


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("orders.csv", "2026-06-03 12:30:00"),
        ("orders_2026-05-31.csv", "2026-05-31 23:59:59"),
        ("orders20260531.csv", "2026-05-31 23:59:59"),
        ("2026.06.03 orders (2).csv", "2026-06-03 23:59:59"),
        ("orders_2026-05-01_2026-05-31.csv", "2026-06-03 12:30:00"),  # a period, not a day
        ("orders_2026-06-30.csv", "2026-06-03 12:30:00"),  # not written yet by then
        ("orders_2026-02-30.csv", "2026-06-03 12:30:00"),  # no day
        ("SO12026053112.csv", "2026-06-03 12:30:00"),  # a number
    ],
)
def test_the_day_in_a_name_counts_else_when_it_was_written(
    tmp_path: Path, name: str, at: str
) -> None:
    assert exported(tmp_path, name)[0] == at


def test_the_day_asked_for_counts_most(tmp_path: Path) -> None:
    at, _ = exported(tmp_path, "orders_2026-05-31.csv", date(2026, 4, 30))
    assert at == "2026-04-30 23:59:59"


def test_exports_of_one_report_are_a_series(tmp_path: Path) -> None:
    names = ("Orders_1.csv", "orders_2.csv", "orders 2026-05-31.csv")
    assert {exported(tmp_path, name)[1] for name in names} == {"contract/sales_order_lines/orders"}
    assert exported(tmp_path, "returns.csv")[1] == "contract/sales_order_lines/returns"
