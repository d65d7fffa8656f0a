"""The benchmark itself: it measures the child it started, and says when one fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.bench import (
    Report,
    Taken,
    generated,
    measure,
    middle,
    records,
    schema_seconds,
    table,
)


def test_a_process_s_own_time_and_peak_memory_are_measured(root: Path) -> None:
    # a child's peak counts its parent's memory at the fork: the benchmark must be a small process
    code = """
import sys
from tests.benchmarks.bench import measure
for task in ("x = bytearray(200_000_000); import time; time.sleep(.2)", "pass"):
    taken = measure([sys.executable, "-c", task])
    sys.stdout.write(f"{taken.seconds} {taken.peak_mb}\\n")
"""
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    hungry, modest = ([float(x) for x in line.split()] for line in told.stdout.splitlines())
    assert hungry[0] >= 0.2
    assert hungry[1] > 190
    assert modest[1] < 100


def test_a_failing_process_is_an_error_with_its_words() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3:\nno such luck"):
        measure([sys.executable, "-c", "import sys; sys.stderr.write('no such luck'); sys.exit(3)"])


def test_generated_files_are_made_once(tmp_path: Path) -> None:
    first, taken = generated(tmp_path, 2_500, 3)
    assert taken is not None
    again, nothing = generated(tmp_path, 2_500, 3)
    assert (again, nothing) == (first, None)
    assert 2_000 < records(first / "sales_order_lines.csv") < 3_000
    assert (tmp_path / ".gitignore").read_text() == "*\n"


def test_the_table_shows_medians_and_ratios() -> None:
    floors = [Taken(1.0, 2.0, 100.0), Taken(9.0, 2.0, 100.0), Taken(2.0, 2.0, 100.0)]
    refreshes = [Taken(6.0, 8.0, 900.0)] * 3
    report = Report(
        machine="here",
        lines=1_000_000,
        rows=3_000_000,
        megabytes=280.0,
        generated=None,
        floor=middle(floors),
        refresh=middle(refreshes),
        floors=floors,
        refreshes=refreshes,
        schemas={"core": 3.0, "causes": 2.0, "quality": 7.0},
        database_mb=90.0,
    )
    text = table(report)
    assert text.startswith("1,000,000 order lines, 3,000,000 rows, 280 MB of CSV (here)\n")
    assert "1.0 9.0 2.0" in text
    assert "ratio of the refresh to the floor: 3.00 in time, 4.00 in CPU" in text
    assert "core, backlog, causes, suppliers: 2.50 in time (5.0 s; aim: 5)" in text
    assert "risk" not in text
    assert "peak memory: 900 MB" in text


def test_seconds_are_added_up_by_schema(root: Path, tmp_path: Path) -> None:
    exports, _ = generated(tmp_path, 2_500, 3)
    command = ["-m", "etl", "refresh", str(exports), "--db", str(tmp_path / "store"), "--verbose"]
    told = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, check=True
    )
    seconds = schema_seconds(told.stderr)
    assert {"core", "backlog", "causes", "suppliers", "quality"} <= set(seconds)
    assert all(each > 0 for each in seconds.values())
