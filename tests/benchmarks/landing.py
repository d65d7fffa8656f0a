"""How fast ten million lines land: text, casts, checks, merge, against the plain read of the file.

`python -m tests.benchmarks.landing` measures the loader alone, without models; refresh as a whole
is bench.py's. Each run is a process of its own, taken in turn with the floor.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.bench import ROOT, Taken, figures, measure, middle, tell

SECONDS_AIM, MEMORY_AIM_MB, WORKBOOK_AIM = 2.5, 4096, 10.0
WORKBOOK_ROWS = 100_000
# A line of a middling business: 19 of the contract's columns, a quarter of the cells empty.
GENERATE = """
import sys, duckdb
path, lines, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
query = f'''
select 'SO' || (1000000 + i // 3) as order_id, i % 3 + 1 as line_id,
    date '2023-01-02' + (i * 1000 // {lines})::int as order_date,
    'ITEM-' || lpad((hash(i) % 20000)::varchar, 5, '0') as item_id,
    (hash(i, 1) % 400) / 4 as ordered_qty,
    case when hash(i, 2) % 10 < 9 then (hash(i, 1) % 400) / 4 else 0 end as shipped_qty,
    'C' || (hash(i // 3) % 5000) as customer_id, 'WH' || (hash(i // 3, 3) % 4) as location_id,
    order_date + (7 + hash(i, 4) % 20)::int as requested_date,
    case when hash(i, 5) % 4 > 0 then order_date + (7 + hash(i, 6) % 30)::int end as promised_date,
    case when hash(i, 2) % 10 < 9 then order_date + (5 + hash(i, 7) % 40)::int end as shipped_date,
    (100 + hash(i, 8) % 99900) / 100 as unit_price, 'EUR' as currency,
    case when hash(i, 2) % 10 < 9 then 'shipped' else 'open' end as line_status,
    'standard' as order_type, case when hash(i, 9) % 50 = 0 then 'credit' end as hold_reason,
    hash(i // 3, 10) % 3 + 1 as priority, 'web' as channel, 'NET30' as payment_terms_id
from range({lines}) as t(i)
'''
con = duckdb.connect()
if kind == "xlsx":
    import polars
    con.sql(query).pl().cast(polars.String).write_excel(path)
else:
    con.execute(f"copy ({query}) to '{path}' (header)")
"""
FLOOR = """
import sys, duckdb
con = duckdb.connect(sys.argv[2])
con.execute(f"create table lines as select * from read_csv('{sys.argv[1]}')")
con.close()
"""
LOAD = """
import sys, duckdb
from pathlib import Path
from etl.load import load
con = duckdb.connect(sys.argv[2])
(one,) = load(con, [Path(sys.argv[1])]).loads
assert one.rows_in == one.rows_loaded == int(sys.argv[3]), one
con.close()
"""
# The steps inside the loader, each from the start of its first query to the end of its last.
STEPS = """
import sys, time, duckdb
from pathlib import Path
from etl import load as loader
took = {}
def timed(name):
    step = getattr(loader, name)
    def run(*arguments):
        started, cpu = time.perf_counter(), time.process_time()
        try:
            return step(*arguments)
        finally:
            took[name] = (time.perf_counter() - started, time.process_time() - cpu)
    setattr(loader, name, run)
names = ["read", "stage", "merge", "account", "recount"]
for name in names:
    timed(name)
con = duckdb.connect(sys.argv[2])
loader.load(con, [Path(sys.argv[1])])
con.close()
for name in names:
    print(f"{name:<8} {took[name][0]:7.1f} s {took[name][1]:7.1f} CPU s", file=sys.stderr)
"""


def generated(folder: Path, lines: int, kind: str) -> Path:
    """A contract file of so many order lines, made once."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    path = folder / f"landing-{lines}" / f"sales_order_lines.{kind}"
    if not path.exists():
        tell(f"generating {lines:,} lines as {kind}")
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_name(f"unfinished.{kind}")
        measure([sys.executable, "-c", GENERATE, str(unfinished), str(lines), kind])
        unfinished.rename(path)
    return path


def landing(folder: Path, lines: int, repeats: int) -> tuple[list[Taken], list[Taken]]:
    """Floors and loads of one file, in turn."""
    path = generated(folder, lines, "csv")
    floors, loads = [], []
    for number in range(1, repeats + 1):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            tell(f"{number} of {repeats}: plain read")
            database = str(Path(scratch) / "plain.duckdb")
            floors.append(measure([sys.executable, "-c", FLOOR, str(path), database]))
            tell(f"{number} of {repeats}: load")
            database = str(Path(scratch) / "loaded.duckdb")
            loads.append(measure([sys.executable, "-c", LOAD, str(path), database, str(lines)]))
    return floors, loads


def workbook(folder: Path, rows: int) -> Taken:
    """The load of a workbook of so many rows."""
    path = generated(folder, rows, "xlsx")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        tell(f"a workbook of {rows:,} rows")
        database = str(Path(scratch) / "loaded.duckdb")
        return measure([sys.executable, "-c", LOAD, str(path), database, str(rows)])


def table(lines: int, floors: Sequence[Taken], loads: Sequence[Taken], book: Taken | None) -> str:
    """The figures for people."""
    floor, load = middle(floors), middle(loads)
    rows = [
        ("", "seconds", "CPU s", "peak MB"),
        ("plain read_csv (floor)", *figures(floor)),
        ("load", *figures(load)),
    ]
    if book:
        rows.append((f"workbook, {WORKBOOK_ROWS:,} rows", *figures(book)))
    text = [
        f"{lines:,} order lines ({platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()})",
        *(f"{row[0]:<26}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows),
        f"ratio to the floor: {load.seconds / floor.seconds:.2f} in time,"
        f" {load.cpu_seconds / floor.cpu_seconds:.2f} in CPU (aim: {SECONDS_AIM:g} in time)",
        f"peak memory: {load.peak_mb:,.0f} MB (aim: {MEMORY_AIM_MB:,} MB)",
    ]
    if book:
        text.append(f"workbook: {book.seconds:.1f} s (aim: {WORKBOOK_AIM:g})")
    return "\n".join(text) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=1, help="runs of each, taken in turn")
    parser.add_argument("--folder", type=Path, default=ROOT / ".bench", help="where files are kept")
    parser.add_argument("--no-workbook", action="store_true")
    parser.add_argument("--steps", action="store_true", help="also tell what each step takes")
    options = parser.parse_args(arguments)
    try:
        floors, loads = landing(options.folder, options.lines, options.repeats)
        book = None if options.no_workbook else workbook(options.folder, WORKBOOK_ROWS)
    except RuntimeError as error:
        tell(f"error: {error}")
        return 1
    sys.stdout.write(table(options.lines, floors, loads, book))
    if options.steps:
        path = generated(options.folder, options.lines, "csv")
        with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
            database = str(Path(scratch) / "steps.duckdb")
            subprocess.run([sys.executable, "-c", STEPS, str(path), database], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
