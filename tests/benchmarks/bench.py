"""How fast a refresh is, against the plain read of the same files on the same machine.

Generated exports are kept under .bench and made again when the generator changes. Floor and refresh
are processes of their own, taken in turn, so that load and caches touch both alike.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "etl" / "simulate"
MEMORY_AIM_MB = 6144
# Schemas whose models together may take so many times the plain read, as the design wants it.
AIMS = {
    ("core", "backlog", "causes", "suppliers"): 5.0,
    ("risk", "cash_flow", "planned", "materials", "actions"): 2.0,
}
OPEN_SHARE = 0.05
STORE = "store"
"""Where the last refresh is kept, below the folder of files."""
# Read as a person would who wants the rows in a database and nothing else.
FLOOR = """
import sys, pathlib, duckdb
con = duckdb.connect(sys.argv[2])
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.csv")):
    con.execute(f"create table {file.stem} as select * from read_csv('{file}')")
con.close()
"""
# The simulated business ships most of what it sells; here the newest lines are taken for open until
# enough are, so that queues, pegs and causes have work.
REOPEN = """
import sys, pathlib, duckdb
folder, wanted = pathlib.Path(sys.argv[1]), int(sys.argv[2])
con = duckdb.connect()
for table in ("sales_order_lines", "shipments"):
    file = folder / f"{table}.csv"
    con.execute(f"create table {table} as from read_csv('{file}', all_varchar = true)")
shipped = "line_status = 'shipped'"
(already,) = con.execute(
    f"select count(*) from sales_order_lines where not {shipped} and line_status <> 'cancelled'"
).fetchone()
con.execute(
    f"create table reopened as select order_id, line_id from sales_order_lines where {shipped}"
    f" order by order_date desc, order_id, line_id limit {max(wanted - already, 0)}"
)
con.execute(
    "update sales_order_lines set shipped_qty = '0', shipped_date = null, line_status = 'open'"
    " where (order_id, line_id) in (from reopened)"
)
con.execute("delete from shipments where (order_id, order_line_id) in (from reopened)")
for table in ("sales_order_lines", "shipments"):
    con.execute(f"copy {table} to '{folder / table}.csv' (header)")
"""


@dataclass(frozen=True)
class Taken:
    """What one process took: wall-clock and CPU seconds, and its peak memory."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Report:
    """One benchmark: what was read, and the median of its repeats."""

    machine: str
    lines: int
    rows: int
    megabytes: float
    generated: Taken | None
    floor: Taken
    refresh: Taken
    floors: list[Taken]
    refreshes: list[Taken]
    schemas: dict[str, float]
    database_mb: float

    @property
    def ratio(self) -> float:
        return self.refresh.seconds / self.floor.seconds

    @property
    def cpu_ratio(self) -> float:
        return self.refresh.cpu_seconds / self.floor.cpu_seconds


def measure(command: Sequence[str]) -> Taken:
    """Run a process to its end; raises RuntimeError with its complaints when it fails."""
    return measure_and_listen(command)[0]


def measure_and_listen(command: Sequence[str]) -> tuple[Taken, str]:
    """The same, with what it said on standard error."""
    with tempfile.TemporaryFile() as complaints:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            stdin=subprocess.DEVNULL,
        )
        # wait4, not wait: it tells this child's peak memory, not the largest child's so far; it
        # counts our own size at the fork, so this module imports nothing large
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
        if process.returncode:
            raise RuntimeError(
                f"{' '.join(command[1:4])} … ended with {process.returncode}:\n{said}"
            )
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Taken(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit), said


def schema_seconds(said: str) -> dict[str, float]:
    """Seconds per schema, of the models that `refresh --verbose` lists."""
    seconds: dict[str, float] = {}
    for schema, one in _MODEL.findall(said):
        seconds[schema] = seconds.get(schema, 0.0) + float(one)
    return seconds


_MODEL = re.compile(r"^(\w+)\.\w+ +(?:table|view|macro) +\d* +(\d+\.\d+)$", re.MULTILINE)


def generated(
    folder: Path, lines: int, seed: int, open_share: float = OPEN_SHARE
) -> tuple[Path, Taken | None]:
    """A folder of contract files of so many order lines; None when it was there already."""
    code = hashlib.sha256(f"{REOPEN}{open_share}".encode())
    for file in sorted(GENERATOR.glob("*.py")):
        code.update(file.read_bytes())
    exports = folder / f"{lines}-{seed}-{code.hexdigest()[:8]}"
    if exports.is_dir():
        return exports, None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    unfinished = Path(tempfile.mkdtemp(dir=folder))
    taken = measure(
        [
            sys.executable,
            "-m",
            "etl",
            "simulate",
            str(unfinished),
            "--lines",
            str(lines),
            "--seed",
            str(seed),
        ]
    )
    measure([sys.executable, "-c", REOPEN, str(unfinished), str(round(lines * open_share))])
    unfinished.rename(exports)
    return exports, taken


def middle(runs: Sequence[Taken]) -> Taken:
    """The median of each figure."""
    return Taken(
        statistics.median(r.seconds for r in runs),
        statistics.median(r.cpu_seconds for r in runs),
        statistics.median(r.peak_mb for r in runs),
    )


def bench(folder: Path, lines: int, seed: int, repeats: int, open_share: float) -> Report:
    """Generate, then read and refresh in turn, each time into a new database."""
    tell(f"generating {lines:,} order lines, unless they are in {folder}")
    exports, made = generated(folder, lines, seed, open_share)
    floors, refreshes, schemas, size = [], [], [], 0
    for number in range(1, repeats + 1):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            plain, store = Path(scratch) / "plain.duckdb", Path(scratch) / "store"
            tell(f"{number} of {repeats}: plain read")
            floors.append(measure([sys.executable, "-c", FLOOR, str(exports), str(plain)]))
            tell(f"{number} of {repeats}: refresh")
            command = ["-m", "etl", "refresh", str(exports), "--db", str(store), "--verbose"]
            taken, said = measure_and_listen([sys.executable, *command])
            refreshes.append(taken)
            schemas.append(schema_seconds(said))
            size = max(f.stat().st_size for f in store.glob("backorders-*.duckdb"))
            if number == repeats:
                shutil.rmtree(folder / STORE, ignore_errors=True)
                store.rename(folder / STORE)
    files = sorted(exports.glob("*.csv"))
    return Report(
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        lines=records(exports / "sales_order_lines.csv"),
        rows=sum(records(file) for file in files),
        megabytes=sum(file.stat().st_size for file in files) / 1e6,
        generated=made,
        floor=middle(floors),
        refresh=middle(refreshes),
        floors=floors,
        refreshes=refreshes,
        schemas={name: statistics.median(each[name] for each in schemas) for name in schemas[0]},
        database_mb=size / 1e6,
    )


def records(file: Path) -> int:
    """Records of a generated file: its line ends, but for the header's."""
    with file.open("rb") as text:
        return sum(block.count(b"\n") for block in iter(lambda: text.read(1 << 24), b"")) - 1


def table(report: Report) -> str:
    """The report as a table for people."""
    rows = [("what", "seconds", "CPU s", "peak MB", "each run, seconds")]
    if report.generated:
        rows.append(("generate", *figures(report.generated), ""))
    for what, taken, runs in (
        ("plain read_csv (floor)", report.floor, report.floors),
        ("refresh, all models", report.refresh, report.refreshes),
    ):
        rows.append((what, *figures(taken), " ".join(f"{run.seconds:.1f}" for run in runs)))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    text = [
        f"{report.lines:,} order lines, {report.rows:,} rows, {report.megabytes:,.0f} MB of CSV"
        f" ({report.machine})",
        *(
            "  ".join(
                cell.ljust(width) if i in (0, 4) else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ),
        f"ratio of the refresh to the floor: {report.ratio:.2f} in time,"
        f" {report.cpu_ratio:.2f} in CPU",
        *(
            f"ratio of {', '.join(names)}: {seconds / report.floor.seconds:.2f} in time"
            f" ({seconds:.1f} s; aim: {aim:g})"
            for names, aim in AIMS.items()
            if (seconds := sum(report.schemas.get(name, 0.0) for name in names))
        ),
        f"peak memory: {report.refresh.peak_mb:,.0f} MB (aim: {MEMORY_AIM_MB:,} MB)",
        f"database: {report.database_mb:,.0f} MB",
    ]
    return "\n".join(text) + "\n"


def figures(taken: Taken) -> tuple[str, str, str]:
    return f"{taken.seconds:.1f}", f"{taken.cpu_seconds:.1f}", f"{taken.peak_mb:,.0f}"


def tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines to generate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--open-share", type=float, default=OPEN_SHARE, help="of the lines")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each, taken in turn")
    parser.add_argument("--folder", type=Path, default=ROOT / ".bench", help="where files are kept")
    parser.add_argument("--pages", action="store_true", help="look at every page as well")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--clean", action="store_true", help="remove the kept files afterwards")
    options = parser.parse_args(arguments)
    try:
        report = bench(
            options.folder, options.lines, options.seed, options.repeats, options.open_share
        )
    except RuntimeError as error:
        tell(f"error: {error}")
        return 1
    sys.stdout.write(table(report))
    sys.stdout.flush()
    failed = 0
    if options.pages:
        tell("looking at every page, then thirty people at once")
        command = ["-m", "tests.benchmarks.latency", "--db", str(options.folder / STORE)]
        failed = subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
    if options.json:
        ratios = {"ratio": report.ratio, "cpu_ratio": report.cpu_ratio}
        options.json.write_text(json.dumps({**asdict(report), **ratios}, indent=2) + "\n")
    if options.clean:
        shutil.rmtree(options.folder)
    return failed


if __name__ == "__main__":
    sys.exit(main())
