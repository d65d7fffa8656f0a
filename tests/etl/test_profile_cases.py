"""Profile cases as text: the files of a folder, and what they must come to.

tests/etl/profiles/<profile>/<case>/ holds input files and an expected.yaml:

    as_of: 2026-05-31            # optional: the day the files speak of
    books:                       # every file: rows in, loaded, refused, superseded
      orders.csv: [4, 3, 1, 0]
    contract:                    # table: exactly these rows, in any order
      sales_order_lines:         # only the columns named are compared, the same in each row
        - {order_id: "#1", ordered_qty: 2}
    refused:                     # optional: file, row, column, value, reason
      - [orders.csv, 4, null, null, "the header row again"]
    cells: []                    # optional: refused cells, as above
    empty: [items]               # optional: tables that must stay empty

Text is quoted in YAML: `order_id: 1` is a number and equals no id. `refused` and `cells`, when
given, are complete. The folder is named after the profile that must recognise its files.
"""

import shutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from etl.load import LoadOptions, load
from etl.profiles import CONTRACT, PROFILE_DIR, profiles
from sql.models import create_recorded, load_models

FIXTURES = Path(__file__).parent / "profiles"
CASES = sorted(FIXTURES.glob("*/*/expected.yaml"))
KEYS = ("as_of", "books", "contract", "refused", "cells", "empty")
BOOKS = "rows in, loaded, refused, superseded"
REFUSAL = "file, row, column, value, reason"


def test_expected_files_lie_where_cases_are_looked_for() -> None:
    assert sorted(FIXTURES.rglob("expected.y*ml")) == CASES


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables and no rows, to copy: building it takes longer than a case."""
    path = tmp_path_factory.mktemp("cases") / "empty.duckdb"
    with duckdb.connect(path, config={"threads": 1}) as con:
        create_recorded(con)
    return path


@pytest.mark.parametrize("expected", CASES, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_profile_case(expected: Path, empty: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(expected.read_text(encoding="utf-8"))
    faults = mistakes(case)
    assert not faults, f"{expected.parent.name}/expected.yaml: " + "; ".join(faults)
    database = shutil.copy(empty, tmp_path)
    with duckdb.connect(database, config={"threads": 1}) as con:
        paths = sorted(path for path in expected.parent.iterdir() if path != expected)
        report = load(con, paths, LoadOptions(as_of=case.get("as_of")))
        differences = [
            *check_accounting(con),
            *compare_books(con, case["books"]),
            *compare_refusals(con, case),
            *compare_rows(con, case),
            *compare_profile(con, expected.parent.parent.name),
        ]
    shown = "\n".join([*differences, *(f"note: {note}" for note in report.notes)])
    assert not differences, f"\n{shown}"


def test_every_profile_that_gives_something_is_tested() -> None:
    untested = [
        path.name
        for path in sorted(PROFILE_DIR.glob("*.toml"))
        if any("gives" in file for file in tomllib.loads(path.read_text("utf-8")).get("file", ()))
        and not any((FIXTURES / path.stem).glob("**/*.*"))
    ]
    assert not untested, f"no folder in {FIXTURES.name}/ for {', '.join(untested)}"


# The case itself ---------------------------------------------------------------------------------


def mistakes(case: Any) -> list[str]:
    """What is wrong with the text of a case, so that no expectation is passed over silently."""
    if not isinstance(case, dict):
        return ["it is no mapping"]
    found = [f"unknown key {key!r}; known are {', '.join(KEYS)}" for key in case if key not in KEYS]
    if not isinstance(case.get("books"), dict) or not case["books"]:
        found.append("the key 'books' must list every file")
    else:
        found += [
            f"books of {file}: {BOOKS} are four whole numbers, not {counts!r}"
            for file, counts in case["books"].items()
            if not (isinstance(counts, list) and [type(n) for n in counts] == [int] * 4)
        ]
    if not isinstance(case.get("as_of"), date | None):
        found.append(f"as_of is no date: {case['as_of']!r}")
    if not case.get("contract") and not case.get("refused"):
        found.append("neither 'contract' nor 'refused' expects anything")
    for key in ("refused", "cells"):
        found += [
            f"{key}: {row!r} is not {REFUSAL}"
            for row in case.get(key) or ()
            if not (isinstance(row, list) and len(row) == 5)
        ]
    for table in [*(case.get("contract") or {}), *(case.get("empty") or ())]:
        model = load_models().get(f"{CONTRACT}.{table}")
        if model is None:
            found.append(f"the contract has no table {table!r}")
            continue
        rows = (case.get("contract") or {}).get(table) or []
        unknown = {column for row in rows for column in row} - set(model.columns)
        found += [f"{table} has no column {column!r}" for column in sorted(unknown)]
        found += [
            f"{table}: {row!r} does not name the columns of the first row"
            for row in rows
            if set(row) != set(rows[0])
        ]
    return found


# What the load came to ---------------------------------------------------------------------------


def check_accounting(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Every row of every file is loaded, refused for a stated reason, or superseded."""
    unbalanced = con.execute(
        f"select source_file, [{BOOKS_SQL}] from quality.loads"
        " where rows_in <> rows_loaded + rows_refused + rows_superseded"
    ).fetchall()
    unreasoned = con.execute(
        "select source_file, source_row from quality.rejected_rows"
        " where coalesce(trim(reason), '') = ''"
    ).fetchall()
    return [
        *(f"{file}: the books do not add up: {BOOKS} = {counts}" for file, counts in unbalanced),
        *(f"{file}, row {row}: refused without a reason" for file, row in unreasoned),
    ]


BOOKS_SQL = "rows_in, rows_loaded, rows_refused, rows_superseded"


def compare_books(con: duckdb.DuckDBPyConnection, expected: dict[str, list[int]]) -> list[str]:
    rows = con.execute(f"select source_file, {BOOKS_SQL} from quality.loads").fetchall()
    wanted = [(file, *counts) for file, counts in expected.items()]
    return difference(f"books (file, {BOOKS})", wanted, rows)


def compare_refusals(con: duckdb.DuckDBPyConnection, case: dict[str, Any]) -> list[str]:
    found = []
    for key, table in (("refused", "rejected_rows"), ("cells", "rejected_cells")):
        if key not in case:
            continue
        rows = con.execute(
            f"select source_file, source_row, column_name, value, reason from quality.{table}"
        ).fetchall()
        found += difference(f"{key} ({REFUSAL})", [tuple(r) for r in case[key] or ()], rows)
    return found


def compare_rows(con: duckdb.DuckDBPyConnection, case: dict[str, Any]) -> list[str]:
    found = []
    for table, wanted in (case.get("contract") or {}).items():
        columns = list(wanted[0]) if wanted else list(load_models()[f"{CONTRACT}.{table}"].columns)
        rows = con.execute(f"select {', '.join(columns)} from {CONTRACT}.{table}").fetchall()
        expected = [tuple(row[column] for column in columns) for row in wanted or ()]
        found += difference(f"{table} ({', '.join(columns)})", expected, rows)
    for table in case.get("empty") or ():
        rows = con.execute(f"select * from {CONTRACT}.{table}").fetchall()
        found += difference(f"{table}, to stay empty", [], rows)
    return found


def compare_profile(con: duckdb.DuckDBPyConnection, profile: str) -> list[str]:
    """The folder's name is a profile's, and that profile recognised a file of the case."""
    used = {row[0] for row in con.execute("select source_system from quality.loads").fetchall()}
    if profile not in profiles():
        return [f"no profile is called {profile!r}, as the folder is"]
    return [] if profile in used else [f"recognised as {', '.join(sorted(used))}, not {profile}"]


def difference(
    what: str, wanted: Iterable[Sequence[Any]], got: Iterable[Sequence[Any]]
) -> list[str]:
    """Rows that lack and rows too many, however ordered; nothing where both are the same."""
    expected, found = (Counter(tuple(map(plain, row)) for row in rows) for rows in (wanted, got))
    lines = [f"  - expected  {row}" for row in shown(expected - found)]
    lines += [f"  + found     {row}" for row in shown(found - expected)]
    return [f"{what}:", *lines] if lines else []


def shown(rows: Counter[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(row) for row in rows.elements())


def plain(cell: Any) -> Any:
    """A cell to compare by: decimals as numbers, whole ones without a fraction."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, Decimal | float):
        return int(cell) if cell == int(cell) else float(cell)
    return cell.isoformat() if isinstance(cell, date) else cell
