"""How good the dates foretold are, on simulated businesses that nothing was tuned on.

    python -m tests.benchmarks.fill_dates --seeds 501,502,503

Each business is simulated, loaded, and replayed by `backorders backtest`; its quality.backtest is
added up over the seeds. A date foretold for a share q is good when no more than q of the cases came
before it and no less than q by it: many come on the very day, so both are shown.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from sql.store import current_path
from tests.benchmarks.bench import ROOT, tell

_ROWS = """
    select subject, method, quantile, sum(cases), sum(early_cases), sum(covered_cases),
        sum(off_days), sum(unknown_cases)
    from quality.backtest group by all
"""
_TABLE = """
    with summed as (
        select subject, method, quantile, sum(cases) as cases, sum(early) as early,
            sum(covered) as covered, sum(off_days) / sum(cases) as off_days,
            sum(unknown) as unknown
        from rows where cases > 0 group by all
    ),
    promised as (select subject, quantile, off_days from summed where method = 'promise')
    select summed.subject, summed.quantile, summed.method,
        cast(summed.cases as bigint) as cases,
        round(summed.early / summed.cases, 3) as before_it,
        round(summed.covered / summed.cases, 3) as by_it,
        round(summed.off_days, 3) as pinball_days,
        round(summed.off_days / promised.off_days, 3) as of_the_promise,
        cast(summed.unknown as bigint) as unknown
    from summed left join promised using (subject, quantile)
    order by all
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, load, replay and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="501,502,503", help="comma-separated")
    parser.add_argument("--lines", type=int, default=19_200, help="order lines of each business")
    options = parser.parse_args(arguments)
    with duckdb.connect() as con:
        con.execute(
            "create table rows (subject varchar, method varchar, quantile double, cases double,"
            " early double, covered double, off_days double, unknown double)"
        )
        for seed in options.seeds.split(","):
            tell(f"seed {seed}")
            with tempfile.TemporaryDirectory() as folder:
                found = replayed(Path(folder), seed, options.lines)
            con.executemany("insert into rows values (?, ?, ?, ?, ?, ?, ?, ?)", found)
        sys.stdout.write(f"{con.sql(_TABLE)}\n")
    return 0


def replayed(folder: Path, seed: str, lines: int) -> list[tuple[object, ...]]:
    """The sums of quality.backtest of one simulated business."""
    store = folder / "store"
    for command in (
        ["simulate", str(folder / "exports"), "--lines", str(lines), "--seed", seed],
        ["refresh", str(folder / "exports"), "--db", str(store)],
        ["backtest", "--db", str(store)],
    ):
        subprocess.run(
            [sys.executable, "-m", "etl", *command], cwd=ROOT, check=True, capture_output=True
        )
    path = current_path(store)
    assert path
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(_ROWS).fetchall()


if __name__ == "__main__":
    sys.exit(main())
