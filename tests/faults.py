"""Kills a real refresh at random moments while two processes read: `python -m tests.faults`.

Every generation of the exports carries its number in every row. A reader follows CURRENT and
compares what was loaded with what was built from it: one number, all rows, or the state is torn.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINES = 300
KEPT_NAMES = re.compile(
    r"backorders-[\dT]+-\d{3}\.duckdb|CURRENT|latest\.duckdb|refresh\.log|audit\.jsonl|\.lock"
)
READER = """
import json, sys, time
from pathlib import Path

import duckdb

from sql.store import current_path

folder, stop, lines = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
told = {"reads": 0, "failed": [], "torn": [], "seen": 0}
last = None
print("ready", flush=True)
while not stop.exists():
    try:
        with duckdb.connect(str(current_path(folder)), read_only=True) as con:
            state = con.execute(
                "select count(*), min(ordered_qty)::int, max(ordered_qty)::int,"
                " (select [count(*), min(ordered_qty)::int, max(ordered_qty)::int]"
                " from core.order_lines), (select count(*) from core.as_of)"
                " from contract.sales_order_lines"
            ).fetchone()
    except Exception as error:
        told["failed"].append(repr(error)[:300])
        continue
    told["reads"] += 1
    count, low, high, built, days = state
    if not (count == lines and low == high and built == [lines, low, low] and days == 1):
        told["torn"].append(repr(state))
    told["seen"] += low != last
    last = low
    time.sleep(0.03)  # leave the refresh some of the machine
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Tally:
    """What the kills did."""

    kills: int
    too_late: int
    reads: int
    seen: int
    failed: tuple[str, ...]
    torn: tuple[str, ...]
    succeeds: bool
    orphans: tuple[str, ...]
    seconds: float

    @property
    def is_clean(self) -> bool:
        return self.succeeds and not (self.failed or self.torn or self.orphans)


def export(folder: Path, generation: int) -> Path:
    """Exports whose every quantity is the number of their generation."""
    folder.mkdir(exist_ok=True)
    rows = "".join(f"O{n},1,2026-03-01,I{n % 9},{generation},EUR\n" for n in range(LINES))
    head = "order_id,line_id,order_date,item_id,ordered_qty,currency\n"
    (folder / "orders.csv").write_text(head + rows)
    # Mixed line ends: the loader makes a copy, which a killed one leaves.
    stock = "".join(f"2026-03-31,I{n},{generation}\r\n" for n in range(9))
    (folder / "stock.csv").write_text("as_of,item_id,on_hand_qty\n" + stock)
    return folder


def refresh(exports: Path, store: Path, scratch: Path, *options: str) -> subprocess.Popen[str]:
    """Start a refresh, whose temporary files belong under `scratch`."""
    return subprocess.Popen(
        [sys.executable, "-m", "etl", "refresh", str(exports), "--db", str(store), *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_refreshes(
    folder: Path, kills: int, seed: int = 1, tell: Callable[[str], None] = lambda _: None
) -> Tally:
    """Kill so many refreshes, each after a random part of the time that one takes."""
    chance = random.Random(seed)
    store, scratch, stop = folder / "store", folder / "scratch", folder / "stop"
    scratch.mkdir()
    begun = time.perf_counter()
    _complete(refresh(export(folder / "exports", 1), store, scratch))
    took = time.perf_counter() - begun
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(store), str(stop), str(LINES)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    killed = too_late = 0
    while killed < kills:
        generation = killed + too_late + 2
        export(folder / "exports", generation)
        started = time.perf_counter()
        child = refresh(folder / "exports", store, scratch, *chance.choice(((), ("--fresh",))))
        try:
            child.wait(chance.uniform(0, took))
            too_late += 1
            took = time.perf_counter() - started
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            killed += 1
            if killed % 20 == 0:
                tell(f"{killed} of {kills} refreshes killed, {too_late} ended before that")
    last = refresh(export(folder / "exports", killed + too_late + 2), store, scratch)
    succeeds = _complete(last, check=False)
    stop.touch()
    told = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    return Tally(
        kills=killed,
        too_late=too_late,
        reads=sum(each["reads"] for each in told),
        seen=min(each["seen"] for each in told),
        failed=tuple(text for each in told for text in each["failed"]),
        torn=tuple(text for each in told for text in each["torn"]),
        succeeds=succeeds,
        orphans=tuple(
            sorted(
                str(path.relative_to(folder))
                for path in [*store.iterdir(), *scratch.iterdir()]
                if path.parent == scratch or not KEPT_NAMES.fullmatch(path.name)
            )
        ),
        seconds=time.perf_counter() - begun,
    )


def _complete(child: subprocess.Popen[str], check: bool = True) -> bool:
    _, complaint = child.communicate(timeout=300)
    if check and child.returncode:
        raise RuntimeError(f"the refresh ended with {child.returncode}:\n{complaint}")
    return child.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="backorders-faults-"))

    def tell(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    tally = kill_refreshes(folder, options.kills, options.seed, tell)
    sys.stdout.write(
        f"{tally.kills} refreshes killed, {tally.too_late} ended first, in {tally.seconds:.0f} s\n"
        f"reads by two processes: {tally.reads:,} of {tally.seen} states or more,"
        f" {len(tally.failed)} failed, {len(tally.torn)} torn\n"
        f"the next refresh {'succeeds' if tally.succeeds else 'FAILS'};"
        f" orphan files: {', '.join(tally.orphans) or 'none'}\n"
    )
    for text in (*tally.failed[:5], *tally.torn[:5]):
        sys.stdout.write(text + "\n")
    if tally.is_clean:
        shutil.rmtree(folder)
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
