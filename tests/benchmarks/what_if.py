"""How long a what-if takes from the settings to its figures and the lines that move.

Each lever is tried a few times, each time as a scenario nobody has looked at before: its overlay is
opened, what it changes built, the figures compared with the published ones. Causes are apart, as
the page shows them last.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sql import models
from sql.scenario import Overlay, cause_figures, figures, moved_counts, moved_lines, scenario

MIX = (
    "supplier_days=7",
    "supplier_days:{supplier}=-5",
    "supply_days:{supply}=-10",
    "supplier_lost:{supplier}",
    "extra_supply:{item}=1000@5",
    "capacity_rate=1.25",
    "demand_percent=20",
    "item_demand_percent:{item}=50",
    "category_demand_percent:{category}=30",
    "demand_spike:{item}=500@3",
    "stop_selling",
    "make_to_order:{item}",
    "allocation_rule=due_date",
    "allocation_rule=value",
    "deposit_rate_added=0.2",
    "customer_net_days_added=15",
    "customer_days:{customer}=30",
    "supplier_net_days_added=15",
    "supplier_terms_days:{supplier}=30",
    "cause_mended:{cause}",
)
AIM_SECONDS = 1.0
REPEATS = 3


@dataclass(frozen=True)
class Measured:
    """One lever: seconds of each try by the clock and of the processor, and of its causes."""

    lever: str
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    cause_seconds: float


def measure(store: Path, repeats: int = REPEATS) -> list[Measured]:
    """Try every lever of the mix on the snapshot published in a store."""
    snapshot = store / (store / "CURRENT").read_text(encoding="utf-8").strip()
    models.load_models()
    with duckdb.connect(str(snapshot), read_only=True) as con:
        known = _subjects(con)
        _tried(con, snapshot, "supplier_days=1")  # what is loaded at first use
        return [_measured(con, snapshot, text.format(**known), repeats) for text in MIX]


def _measured(con: duckdb.DuckDBPyConnection, snapshot: Path, text: str, repeats: int) -> Measured:
    tries = [_tried(con, snapshot, text) for _ in range(repeats)]
    return Measured(
        text,
        tuple(each[0] for each in tries),
        tuple(each[1] for each in tries),
        statistics.median(each[2] for each in tries),
    )


def _tried(con: duckdb.DuckDBPyConnection, snapshot: Path, text: str) -> tuple[float, float, float]:
    started, worked = time.perf_counter(), time.process_time()
    overlay = Overlay(snapshot, scenario(con, [text]))
    figures(overlay)
    moved_lines(overlay)
    moved_counts(overlay)
    shown, busy = time.perf_counter(), time.process_time()
    cause_figures(overlay)
    explained = time.perf_counter()
    overlay.close()
    return shown - started, busy - worked, explained - shown


def _subjects(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The order most waits for with its supplier and item, and who and what else is largest."""
    row = con.execute(
        "select supplies.document_id, supplies.supplier_id, lines.item_id, lines.category,"
        " lines.customer_id from backlog.supply_pegs as supplies"
        " inner join backlog.lines as lines on supplies.item_id = lines.item_id"
        " where supplies.supply_kind = 'purchase_order' and lines.customer_id is not null"
        " order by supplies.pegged_value desc nulls last, lines.open_value desc nulls last,"
        " supplies.supply_id, lines.order_id, lines.line_id limit 1"
    ).fetchone()
    cause = con.execute(
        "select cause from what_if.causes where cause not in ('planned', 'unknown')"
        " order by cause_qty desc, cause limit 1"
    ).fetchone()
    if not row or not cause:
        raise SystemExit("the store has no open order that a purchase order fills: nothing to try")
    names = ("supply", "supplier", "item", "category", "customer", "cause")
    return dict(zip(names, (*row, *cause), strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def report(rows: Sequence[Measured]) -> str:
    """The levers, slowest first, and the percentiles over all tries."""
    lines = [f"{'lever':44} {'p50 s':>7} {'worst s':>8} {'cpu s':>7} {'causes s':>9}"]
    for row in sorted(rows, key=lambda each: -statistics.median(each.seconds)):
        lines.append(
            f"{row.lever:44} {statistics.median(row.seconds):7.2f} {max(row.seconds):8.2f}"
            f" {statistics.median(row.cpu_seconds):7.2f} {row.cause_seconds:9.2f}"
        )
    every = [seconds for row in rows for seconds in row.seconds]
    cpu = [seconds for row in rows for seconds in row.cpu_seconds]
    lines.append(
        f"{len(every)} scenarios: p50 {percentile(every, 0.5):.2f} s,"
        f" p95 {percentile(every, 0.95):.2f} s (aim {AIM_SECONDS:g} s);"
        f" processor p50 {percentile(cpu, 0.5):.2f} s, p95 {percentile(cpu, 0.95):.2f} s"
    )
    return "\n".join(lines)


def main() -> int:
    """Print what every lever took."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.what_if", description=__doc__)
    parser.add_argument("--db", type=Path, required=True, help="folder of a published database")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="tries of each lever")
    asked = parser.parse_args()
    sys.stdout.write(report(measure(asked.db, asked.repeats)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
