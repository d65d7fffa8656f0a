"""What 1 % more costs: a load of new and changed order lines on top of a full one.

    python -m tests.benchmarks.increment --lines 1000000

Every step is a process of its own, as `backorders load` and `backorders build` are.
"""

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks.bench import ROOT, Taken, generated, measure, middle, tell

SHARE_AIM = 0.15
EVERY = 200
STEPS = ("full load", "build", "1 % load", "build again")


@dataclass(frozen=True)
class Report:
    """The median of each step's runs, in the order of STEPS, and what the second load read."""

    new: int
    changed: int
    steps: tuple[Taken, ...]
    megabytes: tuple[float, float]

    @property
    def load_share(self) -> float:
        full, _, more, _ = self.steps
        return more.seconds / full.seconds

    @property
    def load_cpu_share(self) -> float:
        full, _, more, _ = self.steps
        return more.cpu_seconds / full.cpu_seconds

    @property
    def refresh_share(self) -> float:
        full, built, more, again = (step.seconds for step in self.steps)
        return (more + again) / (full + built)


def write_increment(exports: Path, target: Path) -> tuple[int, int]:
    """Of every 200 order lines one with a later promise, and one as a new order's."""
    new = changed = 0
    with (
        (exports / "sales_order_lines.csv").open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        reader = csv.DictReader(source)
        writer = csv.DictWriter(out, reader.fieldnames or ())
        writer.writeheader()
        for number, line in enumerate(reader):
            if number % EVERY == 0:
                promised = date.fromisoformat(line["promised_date"] or line["order_date"])
                line["promised_date"] = str(promised + timedelta(days=7))
                changed += 1
            elif number % EVERY == EVERY // 2:
                line["order_id"] = f"N{line['order_id']}"
                new += 1
            else:
                continue
            writer.writerow(line)
    return new, changed


def bench(folder: Path, lines: int, seed: int, repeats: int) -> Report:
    """Load, build, load 1 % more and build, each time into a new store."""
    tell(f"generating {lines:,} order lines, unless they are in {folder}")
    exports, _ = generated(folder, lines, seed)
    runs: list[list[Taken]] = []
    for number in range(1, repeats + 1):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            store, more = Path(scratch) / "store", Path(scratch) / "lines.csv"
            new, changed = write_increment(exports, more)
            taken, sizes = [], []
            for step, arguments in zip(
                STEPS, (("load", exports), ("build",), ("load", more), ("build",)), strict=True
            ):
                tell(f"{number} of {repeats}: {step}")
                command = [sys.executable, "-m", "etl", *map(str, arguments), "--db", str(store)]
                taken.append(measure(command))
                sizes.append(max(f.stat().st_size for f in store.glob("*.duckdb")) / 1e6)
            runs.append(taken)
    return Report(
        new=new,
        changed=changed,
        steps=tuple(middle(step) for step in zip(*runs, strict=True)),
        megabytes=(sizes[1], sizes[3]),
    )


def table(report: Report) -> str:
    """The report for people."""
    text = [f"{'step':<12} {'seconds':>8} {'CPU s':>7} {'peak MB':>8}"]
    for step, taken in zip(STEPS, report.steps, strict=True):
        text.append(
            f"{step:<12} {taken.seconds:>8.1f} {taken.cpu_seconds:>7.1f} {taken.peak_mb:>8,.0f}"
        )
    before, after = report.megabytes
    text += [
        f"{report.new:,} new lines and {report.changed:,} changed ones",
        f"load: {report.load_share:.1%} of the full one in time,"
        f" {report.load_cpu_share:.1%} in CPU (aim: {SHARE_AIM:.0%} in time)",
        f"load and build: {report.refresh_share:.1%} of the full ones in time",
        f"database: {before:,.0f} MB, then {after:,.0f} MB",
    ]
    return "\n".join(text) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines to generate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3, help="runs of all four steps")
    parser.add_argument("--folder", type=Path, default=ROOT / ".bench", help="where files are kept")
    options = parser.parse_args(arguments)
    try:
        report = bench(options.folder, options.lines, options.seed, options.repeats)
    except RuntimeError as error:
        tell(f"error: {error}")
        return 1
    sys.stdout.write(table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
