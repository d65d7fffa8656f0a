"""Hostile statements: none has an effect, each is refused or stopped, others are answered."""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from sql import models
from sql.sandbox import (
    Limits,
    NotSelectError,
    Query,
    QueryRefusedError,
    QueryStoppedError,
    run,
)

LIMITS = Limits(seconds=20, memory_mb=500, rows=100)
SHORT = Limits(seconds=2, memory_mb=400, rows=100)

NO_SELECT = [
    "copy (select 1) to 'leak.csv'",
    "copy backlog.lines to '/dev/stdout'",
    "copy core.changes from 'in.csv'",
    "attach 'other.duckdb' as other",
    "attach ':memory:' as other",
    "detach backorders",
    "install httpfs",
    "load httpfs",
    "force install spatial from 'http://localhost:1/'",
    "set threads = 64",
    "set global memory_limit = '100GB'",
    "reset lock_configuration",
    "pragma database_list",
    "pragma enable_external_access",
    "call pragma_version()",
    "create table x as select 1",
    "create macro f(x) as x",
    "create secret s (type s3)",
    "drop view backlog.totals",
    "delete from core.changes",
    "update core.run set is_sample = true",
    "insert into core.run by name select true as is_sample",
    "truncate core.run",
    "alter table core.run add column x integer",
    "export database 'leak'",
    "import database 'leak'",
    "checkpoint",
    "vacuum",
    "begin",
    "use memory",
    "prepare p as select 1",
    "execute p",
    "select 1; select 2",
    "select 1; drop table core.run",
    "/* select 1 */",
    "-- select 1",
    "",
    ";",
    "select",
    "\uff33\uff25\uff2c\uff25\uff23\uff34 1",
    "select 1 \u037e drop table core.run",
]
REFUSED = [
    "from read_csv('/etc/passwd')",
    "from read_text('/etc/passwd')",
    "from read_blob('/proc/self/environ')",
    "from read_json('/etc/hostname')",
    "from read_parquet('http://localhost:1/x.parquet')",
    "from '/etc/passwd'",
    "from '/etc/hosts.csv'",
    "from 'http://localhost:1/x.csv'",
    "from glob('/*')",
    "from sniff_csv('/etc/passwd')",
    "select getenv('HOME')",
    "from query('copy (select 1) to ''leak.csv''')",
    "from query_table('/etc/passwd.csv')",
    "from sqlite_scan('a.db', 't')",
    "from postgres_scan('host=localhost', 'public', 't')",
    "from duckdb_secrets()",
    "from LIMITS",
    "select nextval('s')",
    "select * from which_secret('s3://x', 's3')",
    "select write_log('x', level := 'error') from nowhere",
]
BOMBS = [
    "select count(*) from range(10000000) as a, range(10000000) as b",
    "with recursive r as (select 1 as i union all select i + 1 from r) select count(*) from r",
    "with recursive r as (select 'x' as t union all select t || t from r) select max(t) from r",
    "select levenshtein(repeat('a', 300000), repeat('b', 300000))",
    "select length(lpad('x', 2000000000, 'y'))",
    "select length(printf('%1000000000d', 1))",
    "select length(bitstring('1', 2000000000))",
    "select list_reduce(range(100000000), lambda x, y: x + y)",
    "select string_agg(repeat('x', 1000000), '') from range(10000)",
    "select list(i) from range(1000000000) as t(i)",
    "select max(repeat('x', 100000000)) from range(100)",
    "from range(1000000000000) order by hash(range)",
    "select count(distinct i || 'x') from range(1000000000) as t(i)",
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sandbox") / "backorders.duckdb"
    with duckdb.connect(str(path), config={"threads": 1}) as con:
        models.build(con)
    return path


@pytest.fixture(autouse=True)
def no_effect(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(snapshot.parent)
    before = state(snapshot)
    yield
    assert state(snapshot) == before


def state(snapshot: Path) -> tuple[str, list[str]]:
    names = sorted(each.name for each in snapshot.parent.iterdir())
    return hashlib.sha256(snapshot.read_bytes()).hexdigest(), names


def together(snapshot: Path, statements: list[str], limits: Limits) -> list[object]:
    def one(sql: str) -> object:
        try:
            return run(snapshot, sql, limits)
        except (QueryRefusedError, QueryStoppedError) as error:
            return error

    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(one, statements))


def test_all_but_one_select_is_refused(snapshot: Path) -> None:
    for sql, result in zip(NO_SELECT, together(snapshot, NO_SELECT, LIMITS), strict=True):
        assert isinstance(result, NotSelectError), (sql[:60], result)


def test_no_file_no_network_no_setting_is_in_reach(snapshot: Path) -> None:
    for sql, result in zip(REFUSED, together(snapshot, REFUSED, LIMITS), strict=True):
        assert type(result) is QueryRefusedError, (sql, result)


def test_bombs_are_stopped_within_their_limits_while_others_are_answered(snapshot: Path) -> None:
    others: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            started = time.monotonic()
            assert run(snapshot, "select 42 as answer", LIMITS).frame.item() == 42
            others.append(time.monotonic() - started)

    with ThreadPoolExecutor(max_workers=1) as beside:
        asking = beside.submit(ask)
        started = time.monotonic()
        results = together(snapshot, BOMBS, SHORT)
        took = time.monotonic() - started
        ended.set()
        asking.result()
    for sql, result in zip(BOMBS, results, strict=True):
        assert isinstance(result, QueryStoppedError | QueryRefusedError), (sql, result)
    # Two at a time; a second each to start and to end.
    assert took < len(BOMBS) / 2 * (SHORT.seconds + 3)
    assert others


def test_settings_cannot_be_changed_and_rights_do_not_come_back(snapshot: Path) -> None:
    frame = run(
        snapshot,
        "select name, value from duckdb_settings() where name in"
        " ('enable_external_access', 'lock_configuration', 'memory_limit') order by name",
        LIMITS,
    ).frame
    assert frame.rows() == [
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
        ("memory_limit", "286.1 MiB"),
    ]


def test_rows_are_cut_at_the_limit_and_types_arrive_whole(snapshot: Path) -> None:
    answer = run(snapshot, "from range(1000) as t(i)", LIMITS)
    assert (answer.frame.height, answer.is_cut) == (100, True)
    answer = run(snapshot, "select 1.50::decimal(38, 2) as d, [1, null] as l, null as n", LIMITS)
    assert (str(answer.frame["d"].item()), answer.is_cut) == ("1.50", False)
    assert answer.frame["l"].to_list() == [[1, None]]


def test_a_query_is_cancelled_and_its_worker_gone(snapshot: Path) -> None:
    query = Query(snapshot, BOMBS[0], Limits(seconds=60))
    threading.Timer(1, query.cancel).start()
    started = time.monotonic()
    with pytest.raises(QueryStoppedError, match="cancelled"):
        query.answer()
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        os.kill(query.pid, 0)


def test_a_scenario_is_asked_like_the_snapshot(snapshot: Path) -> None:
    sql = "select value from core.assumptions where assumption = 'allocation_rule'"
    settings = ["allocation_rule=due_date"]
    assert run(snapshot, sql, LIMITS, scenario=settings).frame.item() == "due_date"
    with pytest.raises(QueryRefusedError, match="disabled by configuration"):
        run(snapshot, "from read_csv('/etc/passwd')", LIMITS, scenario=settings)
    with pytest.raises(QueryRefusedError, match="no assumption or change luck"):
        run(snapshot, sql, LIMITS, scenario=["luck=1"])


# A question -> the models it reads; None: it may be about all of them.
NAMED = {
    "select * from core.items": {"core.items"},
    'with items as (select 1) from items, "Backlog".Lines l': {"backlog.lines"},
    "from backlog.lines join snapshot.backlog.pegs using (order_id)": {"backlog.lines"},
    "select (select max(open_qty) from backlog.totals), i from range(3) r(i)": {"backlog.totals"},
    "from materials.bom_of('LAMP')": {"materials.bom_of"},
    "select 1": set(),
    "from duckdb_tables()": None,
    "from duckdb_columns": None,
    "from information_schema.tables": None,
    "from nowhere.lines": None,
    "from query('from core.items')": None,
    "describe core.items": None,
    "show tables": None,
    "drop table core.items": None,
}


@pytest.mark.parametrize("sql", NAMED)
def test_a_scenario_builds_what_is_asked_for(sql: str) -> None:
    assert models.named(sql) == NAMED[sql]


def test_all_of_a_scenario_is_there_where_the_text_does_not_tell(snapshot: Path) -> None:
    sql = "select count(*) from {} where database_name = '{}' and schema_name = 'backlog'"
    found = [
        sum(
            run(snapshot, sql.format(kind, name), LIMITS, scenario=settings).frame.item()
            for kind in ("duckdb_tables()", "duckdb_views()")
        )
        for name, settings in ((snapshot.stem, []), ("memory", ["supplier_days=7"]))
    ]
    assert found[0] == found[1] > 0
