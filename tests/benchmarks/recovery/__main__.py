"""How many short units get the cause that made them short, on simulated businesses.

    python -m tests.benchmarks.recovery --seeds 101,102
    python -m tests.benchmarks.recovery --seeds 101 --without ship_dates --worst 20
    python -m tests.benchmarks.recovery --seeds 101,102 --variants

The truth comes from living through each business again without its injections (see truth.py) and
is kept under .bench; the models are built anew each time. Of seeds kept for reporting (201 to 206,
301 to 306) only totals are shown, so that nothing is tuned on them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tests.benchmarks.recovery import judge as judging
from tests.benchmarks.recovery.model import WITHHELD, answers, contract
from tests.benchmarks.recovery.truth import MOST_COLOURS, cached

FOLDER = Path(__file__).parents[3] / ".bench" / "recovery"
REPORTED = {*range(201, 207), *range(301, 307)}
BASES = ("fell_due", "as_of")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="101,102,103,104", help="comma-separated")
    parser.add_argument("--lines", type=int, default=19_200, help="order lines of each business")
    parser.add_argument(
        "--without", action="append", default=[], choices=list(WITHHELD), help="withhold this"
    )
    parser.add_argument(
        "--assume", action="append", default=[], metavar="NAME=VALUE", help="change an assumption"
    )
    parser.add_argument("--variants", action="store_true", help="totals of every variant")
    parser.add_argument("--totals", action="store_true", help="nothing but totals")
    parser.add_argument("--worst", type=int, default=0, help="list so many worst pool-dates")
    parser.add_argument("--only", choices=("naive", "product"), help="one of the two")
    parser.add_argument("--colours", type=int, default=MOST_COLOURS, help="at most 2^N runs a seed")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where files are kept")
    options = parser.parse_args(arguments)
    assumptions = dict(text.split("=", 1) for text in options.assume)
    seeds = [int(seed) for seed in options.seeds.split(",")]
    has_details = not options.totals and not set(seeds) & REPORTED
    folder = options.folder
    (folder.parent if folder == FOLDER else folder).mkdir(parents=True, exist_ok=True)
    if folder == FOLDER:
        (folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    truth = pl.concat(
        cached(folder, seed, options.lines, options.colours, tell=tell).select(
            pl.lit(seed).alias("seed"), pl.all()
        )
        for seed in seeds
    )
    variants = [tuple(options.without)]
    if options.variants:
        variants = [(), *((name,) for name in WITHHELD)]
    for withheld in variants:
        said: dict[str, list[pl.DataFrame]] = {}
        for seed in seeds:
            source = contract(folder, seed, options.lines)
            for name, frame in answers(source, withheld, options.only, assumptions).items():
                said.setdefault(name, []).append(frame.select(pl.lit(seed).alias("seed"), pl.all()))
        either = any("purchase_order_lines" in WITHHELD[name] for name in withheld)
        parts = {name: pl.concat(frames) for name, frames in said.items()}
        asked = judging.within(truth, next(iter(parts.values())))
        judged = {name: judging.judge(asked, part, either) for name, part in parts.items()}
        write(f"\n== {'without ' + ', '.join(withheld) if withheld else 'all data'} ==")
        for basis in BASES:
            write(totals_text(asked, judged, basis, units_of(truth, basis)))
        if has_details and not options.variants:
            name = next(iter(judged))  # the product's, where there is one
            for basis in BASES:
                write(details_text(judged[name], name, basis, options.worst))
    return 0


def units_of(truth: pl.DataFrame, basis: str) -> float:
    return float(truth.filter(~pl.col("cause").is_in(judging.FREE), basis=basis)["units"].sum())


def totals_text(
    truth: pl.DataFrame, judged: dict[str, judging.Judged], basis: str, everything: float
) -> str:
    """The figures of each answer, side by side; `everything`: injected units of all dates."""
    found = {name: judging.totals(truth, one, basis) for name, one in judged.items()}
    one = next(iter(found.values()))
    head = (
        f"{basis}: {one.pool_dates} pool-dates, {one.short_qty:,.0f} units short,"
        f" {one.injected:,.0f} of them injected\n"
        f"  (not judged: {everything - units_of(truth, basis):,.0f} before the first day"
        f" answered, {one.unjudged:,.0f} with too many injections at once)\n"
    )
    rows = [
        ("", *found),
        ("  units misplaced", *(percent(t.misplaced) for t in found.values())),
        (
            f"  units misplaced but for planned ones ({one.unplanned:,.0f} units)",
            *(percent(t.unplanned_misplaced) for t in found.values()),
        ),
        (
            f"  top cause right ({one.clear_units:,.0f} units, half or more injected)",
            *(percent(t.top_right) for t in found.values()),
        ),
        (
            f"  top cause right ({one.single_units:,.0f} units, 90 % from one injection)",
            *(percent(t.single_right) for t in found.values()),
        ),
        ("  calibration gap, points", *(percent(t.gap) for t in found.values())),
        ("  said to be unknown (misplaced, too)", *(percent(t.unknown) for t in found.values())),
        ("  no answer, injected units", *(f"{t.unanswered:,.0f}" for t in found.values())),
        ("  answered units / true units", *(percent(t.answered_ratio) for t in found.values())),
    ]
    return head + table(rows)


def details_text(judged: judging.Judged, name: str, basis: str, worst: int) -> str:
    """What one tunes with: kinds, confusion, calibration, the worst pool-dates."""
    kinds = judging.by_kind(judged, basis)
    parts = [
        f"-- {name}, {basis}: by kind of injection --",
        table(
            [
                ("cause", "kind", "pool-dates", "units", "recovered", "rest went to"),
                *(
                    (
                        row["cause"],
                        row["kind"],
                        f"{row['pool_dates']}",
                        f"{row['units']:,.0f}",
                        percent(row["recovered"]),
                        row["went_to"] or "",
                    )
                    for row in kinds.iter_rows(named=True)
                ),
            ],
            left=(0, 1, 5),
        ),
        f"-- {name}, {basis}: units by true cause (rows) and cause given (columns) --",
        matrix(judging.confusion(judged, basis)),
        f"-- {name}, {basis}: confidence in the top cause and how often it is right --",
        table(
            [
                ("share", "pool-dates", "units", "mean share", "right (units)", "right (dates)"),
                *(
                    (
                        row["band"],
                        f"{row['pool_dates']}",
                        f"{row['units']:,.0f}",
                        percent(row["confidence"]),
                        percent(row["right"]),
                        percent(row["right_pool_dates"]),
                    )
                    for row in judging.calibration(judged, basis).iter_rows(named=True)
                ),
            ]
        ),
    ]
    if worst:
        parts.append(f"-- {name}, {basis}: most misplaced --")
        parts += [
            f"seed {row['seed']} {row['item_id']} @ {row['location_id']} {row['on_date']}:"
            f" {row['misplaced']:.1f} of {row['short_qty']:.0f} misplaced\n"
            f"    true: {row['true_units']}  [{row['injections']}]\n"
            f"    said: {row['said_units'] or judging.MISSING}"
            for row in judging.worst(judged, basis, worst).iter_rows(named=True)
        ]
    return "\n".join(parts)


def matrix(units: pl.DataFrame) -> str:
    """Units as a square: causes by what they were given as."""
    causes = units["cause"].unique().sort().to_list()
    says = units["says"].unique().sort().to_list()
    found = {(a, b): n for a, b, n in units.iter_rows()}
    short = [name[:12] for name in says]
    return table(
        [
            ("", *short, "sum"),
            *(
                (
                    cause,
                    *(
                        f"{found[cause, said]:,.0f}" if found.get((cause, said)) else "."
                        for said in says
                    ),
                    f"{sum(found.get((cause, said), 0) for said in says):,.0f}",
                )
                for cause in causes
            ),
        ]
    )


def table(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def write(text: str) -> None:
    sys.stdout.write(text + "\n")


def tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    os.nice(5)
    sys.exit(main())
