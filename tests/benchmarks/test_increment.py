"""The increment benchmark: which lines it changes, which it adds, and how it tells the shares."""

from pathlib import Path

from tests.benchmarks.bench import Taken
from tests.benchmarks.increment import Report, table, write_increment


def test_one_line_in_200_is_changed_and_one_is_new(tmp_path: Path) -> None:
    lines = [f"S{n},2026-01-05,{'2026-01-30' if n else ''}" for n in range(400)]
    (tmp_path / "sales_order_lines.csv").write_text(
        "\n".join(["order_id,order_date,promised_date", *lines]) + "\n"
    )
    assert write_increment(tmp_path, tmp_path / "more.csv") == (2, 2)
    assert (tmp_path / "more.csv").read_text().split()[1:] == [
        "S0,2026-01-05,2026-01-12",
        "NS100,2026-01-05,2026-01-30",
        "S200,2026-01-05,2026-02-06",
        "NS300,2026-01-05,2026-01-30",
    ]


def test_the_table_tells_the_shares() -> None:
    steps = (Taken(20, 30, 500), Taken(20, 20, 900), Taken(2, 3, 300), Taken(18, 18, 900))
    text = table(Report(new=5_000, changed=5_000, steps=steps, megabytes=(139, 141)))
    assert "load: 10.0% of the full one in time, 10.0% in CPU (aim: 15% in time)" in text
    assert "load and build: 50.0% of the full ones in time" in text
    assert "5,000 new lines and 5,000 changed ones" in text
