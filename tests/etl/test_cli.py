"""The command line: what it prints where, how it exits, and that a killed refresh does no harm."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NoReturn

import click
import duckdb
import fastexcel
import polars as pl
import pytest

from etl import cli, refresh
from etl.progress import ProgressLine
from etl.snapshot import Store
from sql import models
from sql.store import current_path

ORDERS = """\
order_id,line_id,order_date,item_id,ordered_qty,shipped_qty,unit_price,currency
O1,1,2026-03-01,LAMP,10,4,12.50,EUR
O2,1,2026-03-10,LAMP,5,0,12.50,EUR
O3,1,2026-03-12,=VASE,2,0,30.00,EUR
"""
STOCK = """\
as_of,item_id,on_hand_qty
2026-03-31,LAMP,6
2026-03-31,=VASE,0
"""


class Run:
    """Runs the command in this process and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = cli._run([str(each) for each in arguments])
        captured = self._capsys.readouterr()
        return int(code), captured.out, captured.err

    def data(self, *arguments: object) -> str:
        code, out, err = self(*arguments)
        assert code == 0, err
        return out


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BACKORDERS_DB", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    return Run(capsys)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture(scope="module")
def once_published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    assert cli._run(["refresh", str(written(folder)), "--db", str(folder / "store")]) == 0
    return folder / "store"


@pytest.fixture
def published(once_published: Path, tmp_path: Path, exports: Path) -> Path:
    """A store in which the exports are published already."""
    shutil.copytree(once_published, tmp_path / "store", symlinks=True)
    return tmp_path / "store"


def written(folder: Path) -> Path:
    exports = folder / "exports"
    exports.mkdir()
    (exports / "orders.csv").write_text(ORDERS)
    (exports / "stock.csv").write_text(STOCK)
    return exports


@pytest.fixture
def busy(tmp_path: Path, root: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of the store."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from etl.snapshot import Store\n"
            "with Store(Path(sys.argv[1])).lock(): print('held', flush=True); time.sleep(60)",
            tmp_path / "store",
        ],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    yield holder
    holder.kill()
    holder.wait()


def process(root: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "etl", *map(str, arguments)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_help_documents_every_command_and_exit_code(run: Run) -> None:
    text = run.data("--help")
    for name, command in cli.cli.commands.items():
        assert f"  {name}" in text
        assert command.help
        assert run.data(name, "--help").startswith(f"Usage: backorders {name} ")
    for code in cli.Exit:
        assert f"\n    {code.value}  " in text or f"\n    {code.value} " in text


def test_a_refresh_prints_its_books_to_stdout_and_its_story_to_stderr(
    run: Run, exports: Path
) -> None:
    code, out, err = run("refresh", exports)
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["file", "tables", "rows", "loaded", "refused", "superseded", "refused_cells"],
        ["-" * 10, "-" * 18, "----", "------", "-------", "----------", "-" * 13],
        ["orders.csv", "sales_order_lines", "3", "3", "0", "0", "0"],
        ["stock.csv", "inventory_balances", "2", "2", "0", "0", "0"],
    ]
    (info,) = Store(Path("store")).snapshots()
    assert err.startswith(f"Published {info.version} in ")


def test_load_waits_for_build(run: Run, exports: Path) -> None:
    run.data("load", exports / "orders.csv")
    assert current_path(Path("store")) is None
    run.data("load", exports / "stock.csv")
    run.data("build")
    assert "waiting   nothing" in run.data("status")
    assert run.data(
        "query",
        "select (select count(*) from contract.sales_order_lines) as orders,"
        " (select count(*) from contract.inventory_balances) as balances",
        "--format",
        "csv",
    ) == ("orders,balances\n3,2\n")


def test_a_refresh_adds_to_what_was_loaded_before(run: Run, exports: Path, published: Path) -> None:
    more = exports.parent / "more.csv"
    more.write_text(ORDERS.splitlines()[0] + "\nO4,1,2026-03-20,LAMP,1,0,12.50,EUR\n")
    run.data("refresh", more)
    count = "select count(*) as n from contract.sales_order_lines"
    assert run.data("query", count, "--format", "csv") == "n\n4\n"
    run.data("refresh", "--fresh", more)
    assert run.data("query", count, "--format", "csv") == "n\n1\n"


def test_the_same_file_twice_changes_nothing_and_says_so(
    run: Run, exports: Path, published: Path
) -> None:
    code, _, err = run("refresh", exports)
    assert code == 0
    assert "orders.csv: loaded before, as load 1; nothing to do" in err
    count = "select count(*) as n from contract.sales_order_lines"
    assert run.data("query", count, "--format", "csv") == "n\n3\n"


def test_build_shows_the_same_inputs_for_another_day(run: Run, published: Path) -> None:
    day = "select as_of, reporting_currency from core.as_of"
    assert run.data("query", day, "--format", "csv") == (
        "as_of,reporting_currency\n2026-03-31,EUR\n"
    )
    run.data("build", "--as-of", "2026-03-11", "--currency", "usd")
    assert run.data("query", day, "--format", "csv") == (
        "as_of,reporting_currency\n2026-03-11,USD\n"
    )


def test_status_tells_day_rows_and_what_waits(run: Run, exports: Path, published: Path) -> None:
    run.data("load", exports / "orders.csv")
    text = run.data("status")
    for line in (
        "as of     2026-03-31",
        "currency  EUR",
        "sample    no",
        "waiting   loaded files wait for `backorders build`",
    ):
        assert line in text.splitlines()
    facts = json.loads(run.data("status", "--format", "json"))
    assert {each["table"]: each["rows"] for each in facts["tables"]} == {
        "inventory_balances": 2,
        "sales_order_lines": 3,
    }


def test_query_writes_a_table_for_people(run: Run, published: Path) -> None:
    sql = "select order_id, ordered_qty, uom from contract.sales_order_lines order by all"
    assert run.data("query", sql) == (
        "order_id  ordered_qty  uom\n"
        "--------  -----------  ---\n"
        "O1            10.0000\n"
        "O2             5.0000\n"
        "O3             2.0000\n"
    )


def test_query_writes_exact_json(run: Run, published: Path) -> None:
    sql = (
        "select item_id, order_date, [1, 2] as list, 12345678901234567890.1234 as big"
        " from contract.sales_order_lines order by order_id desc limit 1"
    )
    assert run.data("query", sql, "--format", "json") == (
        '[{"item_id":"=VASE","order_date":"2026-03-12","list":[1,2],'
        '"big":12345678901234567890.1234}]\n'
    )


def test_query_writes_files_by_their_ending(run: Run, published: Path, tmp_path: Path) -> None:
    sql = "select item_id, ordered_qty from contract.sales_order_lines order by order_id desc"
    for name in ("rows.csv", "rows.xlsx", "rows.parquet"):
        assert run.data("query", sql, "--output", name) == ""
    assert Path("rows.csv").read_text().splitlines()[1] == "'=VASE,2.0000"
    sheet = fastexcel.read_excel("rows.xlsx").load_sheet(0).to_polars()
    assert sheet["item_id"].to_list() == ["=VASE", "LAMP", "LAMP"]
    assert pl.read_parquet("rows.parquet")["item_id"].to_list() == ["=VASE", "LAMP", "LAMP"]


def test_query_reads_stdin(run: Run, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("select 1 as one;\n-- done\n"))
    assert run.data("query", "-", "--format", "csv") == "one\n1\n"


@pytest.mark.parametrize(
    "sql",
    [
        "drop table contract.items",
        "create temp table x as select 1",
        "attach ':memory:' as other",
        "copy contract.items to 'leak.csv'",
        "select 1; select 2",
        "set threads = 1",
        "",
        "insert into contract.items (item_id) values ('x')",
    ],
)
def test_query_refuses_all_but_one_select(
    run: Run, exports: Path, published: Path, sql: str
) -> None:
    code, out, err = run("query", sql)
    assert (code, out) == (3, "")
    assert err.startswith("error: only one SELECT can be run; this is ")
    assert "\n  remedy: The snapshot is read-only: to change figures, load exports" in err
    assert not Path("leak.csv").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "from 'exports/orders.csv'",
        "from read_csv('exports/orders.csv')",
        "select * from read_text('exports/orders.csv')",
        "from glob('*')",
    ],
)
def test_query_reads_no_file(run: Run, published: Path, sql: str) -> None:
    code, out, err = run("query", sql)
    assert (code, out) == (3, "")
    assert err.startswith("error: the query cannot be answered: ")


def test_query_suggests_the_nearest_table(run: Run, published: Path) -> None:
    code, _, err = run("query", "from contract.itemz")
    assert code == 3
    assert 'Did you mean "contract.items"?' in err or 'Did you mean "items"?' in err


def test_errors_say_what_where_and_remedy(run: Run) -> None:
    assert run("status") == (
        5,
        "",
        "error: nothing has been published yet\n"
        f"  where: {os.environ['BACKORDERS_DB']}\n"
        "  remedy: Publish exports with `backorders refresh FILES`, or see `backorders demo`\n",
    )
    assert run("build")[2] == (
        "error: nothing has been loaded yet\n"
        f"  where: {os.environ['BACKORDERS_DB']}\n"
        "  remedy: Load exports with `backorders refresh FILES`, or see `backorders demo`\n"
    )
    assert run("refresh", "--curency", "EUR", "x.csv") == (
        2,
        "",
        "error: No such option '--curency'. Did you mean '--currency'?\n"
        "  remedy: See `backorders refresh --help`\n",
    )
    assert run("refresh", "--profile", "nosuch", "x.csv")[2].startswith(
        "error: Invalid value for '--profile': there is no profile 'nosuch'; known are contract"
    )


def test_a_file_that_is_not_there_fails_and_leaves_the_snapshot(run: Run, published: Path) -> None:
    before = current_path(Path("store"))
    code, out, err = run("refresh", "nowhere.csv")
    assert (code, out) == (3, "")
    assert err.startswith("error: no such file or folder\n  where: nowhere.csv\n  remedy: ")
    assert current_path(Path("store")) == before


def test_a_busy_store_names_its_holder(
    run: Run, exports: Path, busy: subprocess.Popen[str]
) -> None:
    code, _, err = run("refresh", exports, "--wait", "0")
    assert code == 5
    assert err.startswith("error: another refresh holds the store\n  where: process ")
    assert f"process {busy.pid} on " in err


def test_ctrl_c_exits_130_and_changes_nothing(
    root: Path, exports: Path, tmp_path: Path, busy: subprocess.Popen[str]
) -> None:
    waiting = process(root, "refresh", exports, "--db", tmp_path / "store")
    assert waiting.stderr is not None
    assert waiting.stderr.readline().startswith(f"Waiting for another refresh: process {busy.pid}")
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=20)
    assert waiting.returncode == 130
    assert err.splitlines()[-2] == "error: interrupted"
    assert current_path(tmp_path / "store") is None


def test_ctrl_c_ends_a_long_query(root: Path, published: Path) -> None:
    endless = "select count(*) from range(10000000) as a, range(10000000) as b"
    running = process(root, "query", endless, "--db", published)
    err = ""
    time.sleep(3)
    # As a person does: again, when the first came while the program was still starting.
    for _ in range(20):
        running.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            _, err = running.communicate(timeout=2)
            break
        time.sleep(1)
    running.kill()
    assert running.returncode == 130
    assert "error: interrupted" in err or "KeyboardInterrupt" in err


def test_an_unexpected_error_is_one_line_unless_debugged(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = click.Command("broken", callback=lambda: {}["missing"])
    monkeypatch.setitem(cli.cli.commands, "broken", broken)
    assert run("broken") == (
        1,
        "",
        "error: unexpected KeyError: 'missing'\n"
        "  remedy: `backorders --debug …` shows where; please report it\n",
    )
    assert "Traceback" in run("--debug", "broken")[2]


def test_rollback_brings_the_figures_back(run: Run, published: Path) -> None:
    run.data("build", "--as-of", "2026-03-11")
    listed = json.loads(run.data("snapshots", "--format", "json"))
    assert [each["is_current"] for each in listed] == [True, False]
    code, _, err = run("rollback")
    assert code == 0
    assert err == f"In force now: {listed[1]['version']}\n"
    assert run.data("query", "select as_of from core.as_of", "--format", "csv") == (
        "as_of\n2026-03-31\n"
    )


def test_killed_at_any_moment_a_refresh_leaves_a_readable_store(
    run: Run, root: Path, exports: Path, published: Path
) -> None:
    store, first = published, current_path(published)
    files = {each.name for each in store.iterdir()}
    for begun in ("", ".building-*", ".building-*.wal"):
        child = process(root, "refresh", "--fresh", exports, "--db", store)
        # At the start of the interpreter, when the file is there, and in the middle of it.
        deadline = time.monotonic() + 30
        while begun and not list(store.glob(begun)) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        assert child.poll() is None
        child.kill()
        child.communicate()
        with duckdb.connect(str(current_path(store)), read_only=True) as con:
            rows = con.execute("select count(*) from contract.sales_order_lines").fetchall()
        assert rows == [(3,)]
    run.data("refresh", "--fresh", exports)
    hidden = {each.name for each in store.iterdir() if each.name.startswith(".")}
    assert hidden == {each for each in files if each.startswith(".")}
    assert current_path(store) != first


def test_serve_says_when_its_port_is_taken(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", "--port", port)
    assert code == 3
    assert err.startswith(f"error: port {port} is in use\n")
    assert f"choose another with --port {port + 1}" in err


def test_a_terminal_sees_rows_share_and_time_left(exports: Path) -> None:
    screen = StringIO()
    line = ProgressLine(screen, [exports])
    line.loading("orders.csv", 1, 2)
    line.loading("stock.csv", 2, 2)
    deadline = time.monotonic() + 10
    while "left" not in screen.getvalue() and time.monotonic() < deadline:
        time.sleep(0.05)
    line.close()
    assert "Loading stock.csv (2 of 2): about 4 of 7 rows, 57%" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_serve_shows_the_dashboard_until_it_is_stopped(root: Path, published: Path) -> None:
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    server = process(root, "serve", "--db", published, "--port", port)
    assert server.stdout is not None
    url = f"http://localhost:{port}"
    assert server.stdout.readline() == f"The dashboard is at {url} (Ctrl-C stops it)\n"
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert b"streamlit" in answer.read().lower()
    server.send_signal(signal.SIGINT)
    _, err = server.communicate(timeout=20)
    assert server.returncode == 0, err
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=10)


def test_the_sample_business_never_mixes_with_your_data(
    run: Run, exports: Path, published: Path
) -> None:
    code, _, err = run("demo", "--no-serve")
    assert code == 3
    assert err.startswith("error: the store holds your own data, which the sample business must")
    count = "select count(*) as n from contract.sales_order_lines"
    assert run.data("query", count, "--format", "csv") == "n\n3\n"


def test_your_data_takes_the_place_of_the_sample_business(
    run: Run, root: Path, exports: Path
) -> None:
    run.data("refresh", root / "sample_data" / "stock.xlsx")
    assert "sample    yes" in run.data("status")
    code, _, err = run("refresh", exports)
    assert code == 0
    assert "The sample business was in the store; your data takes its place." in err
    assert "sample    no" in run.data("status")
    count = "select count(*) as n from contract.sales_order_lines"
    assert run.data("query", count, "--format", "csv") == "n\n3\n"


def test_simulate_writes_the_committed_sample(run: Run, root: Path) -> None:
    out = run.data("simulate", "again")
    listed = {line.split()[0] for line in out.splitlines()[2:]}
    assert {"webshop_orders.csv", "erp_sales_orders.csv"} <= listed
    assert Path("again", "truth.csv").exists()
    for path in Path("again").iterdir():
        assert path.read_bytes() == (root / "sample_data" / path.name).read_bytes(), path.name


def test_memory_is_limited_as_asked_or_to_what_is_enough(
    run: Run, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []

    def watched(con: duckdb.DuckDBPyConnection, *_: object, **__: object) -> NoReturn:
        limits.append(con.execute("select current_setting('memory_limit')").fetchone())
        raise models.ModelError("seen enough")

    monkeypatch.setattr(models, "build", watched)
    monkeypatch.setenv("BACKORDERS_MEMORY", "1GiB")
    run("build", "--as-of", "2026-03-01")
    assert limits == [("1.0 GiB",)]
    monkeypatch.setattr(refresh, "ENOUGH_MEMORY_GIB", 0.5)
    monkeypatch.delenv("BACKORDERS_MEMORY")
    run("build", "--as-of", "2026-03-01")
    assert limits[1:] == [("512.0 MiB",)]
    monkeypatch.setenv("BACKORDERS_MEMORY", "much")
    code, _, err = run("build")
    assert code == 3
    assert "much is no amount of memory" in err
    assert "where: BACKORDERS_MEMORY" in err


def test_what_if_shows_a_scenario_beside_what_is_and_saves_it(run: Run, published: Path) -> None:
    code, out, err = run("what-if", "--set", "extra_supply:LAMP=3@5", "--save", "three lamps")
    assert code == 0, err
    rows = [line.split() for line in out.splitlines()]
    # 11 lamps are open and 6 in stock; 2 vases are open and none
    assert ["backlog", "Nothing", "on", "order", "fills", "units", "7.0", "4.0", "-3.0"] in rows
    assert err == "extra_supply:LAMP=3@5: 0 lines are filled earlier, 0 later or not at all.\n"
    assert "--scenario 'three lamps'" in run.data("what-if", "--list")
    lines = run.data(
        "what-if", "--scenario", "three lamps", "--set", "extra_supply:LAMP=5@5", "--lines"
    )
    assert lines.splitlines()[2].split()[0] == "O2"
    assert run.data("what-if", "--scenario", "three lamps", "--format", "json").startswith('[{"')


def test_scenarios_are_compared_exported_and_asked_in_sql(
    run: Run, published: Path, tmp_path: Path
) -> None:
    for name, amount in (("few", 1), ("many", 9)):
        run("what-if", "--set", f"extra_supply:LAMP={amount}@5", "--save", name)
    both = tmp_path / "both.csv"
    assert run("what-if", "--compare", "few,many", "-o", str(both))[0] == 0
    rows = pl.read_csv(both)
    assert rows.columns == ["subject", "figure_name", "unit", "published", "few", "many"]
    assert not rows.filter(pl.col("few") != pl.col("many")).is_empty()
    moved = tmp_path / "moved.xlsx"
    assert run("what-if", "--scenario", "many", "--lines", "-o", str(moved))[0] == 0
    assert "scenario_fill_date" in pl.read_excel(moved).columns
    asked = "select count(*) - (select count(*) from snapshot.core.supply) as n from core.supply"
    assert run.data("query", "--scenario", "many", asked, "--format", "csv") == "n\n1\n"
    assert run("query", "--set", "extra_supply:LAMB=3", asked)[0] == 3
    assert run("what-if", "--compare", "a,b,c,d,e")[0] == 2


def test_what_if_says_what_cannot_be_set(run: Run, published: Path) -> None:
    code, _, err = run("what-if", "--set", "extra_supply:LAMB=3")
    assert code == 3
    assert "there is no item 'LAMB'; the nearest is LAMP" in err
    code, _, err = run("what-if", "--scenario", "none such")
    assert code == 3
    assert "there is no scenario 'none such'" in err
    assert run("what-if")[0] == 2


def test_an_assumption_is_set_from_now_on(run: Run, published: Path, exports: Path) -> None:
    value = "select value from core.assumptions where assumption = 'stale_after_days'"

    def now() -> str:
        return run.data("query", value, "--format", "csv").splitlines()[1]

    before = now()
    assert run("build", "--set", "stale_after_days=9")[0] == 0
    assert now() == "9"
    assert run("refresh", exports)[0] == 0
    assert now() == "9"
    assert run("refresh", exports, "--set", f"stale_after_days={before}")[0] == 0
    assert run("build")[0] == 0
    assert now() == before
    code, _, err = run("build", "--set", "stale_after_days=never")
    assert (code, "must be a number, not 'never'" in err) == (3, True)
    code, _, err = run("build", "--set", "stale=1")
    assert (code, "there is no assumption stale" in err) == (3, True)
    assert run("build", "--set", "stale")[0] == 2


def test_what_the_command_line_does_is_in_the_audit_log(
    run: Run, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("query", "from backlog.lines")[0] == 0
    assert run("query", "drop table backlog.lines")[0] == cli.Exit.INPUT
    monkeypatch.setenv("BACKORDERS_AUDIT_USER", "anna@example.com")
    monkeypatch.setenv("BACKORDERS_AUDIT_ROLE", "admin")
    assert run("query", "from backlog.totals")[0] == 0
    last, dropped, asked, first = json.loads(run.data("audit", "--format", "json"))
    assert (first["event"], first["by"], first["role"]) == ("published", "refresh", "command line")
    assert "orders.csv" in first["files"]
    assert (asked["event"], asked["sql"], asked["rows"]) == (
        "asked in SQL",
        "from backlog.lines",
        3,
    )
    assert asked["snapshot"] == first["snapshot"] == current_version(published)
    assert "only one SELECT can be run" in dropped["failure"]
    assert "rows" not in dropped
    assert (last["user"], last["role"]) == ("anna@example.com", "admin")
    assert run.data("audit", "--event", "published").count("published") == 1
    assert "anna" not in run.data("audit", "--user", first["user"])


def test_files_written_by_commands_are_exports_in_the_audit_log(
    run: Run, published: Path, tmp_path: Path
) -> None:
    for command in ("actions", "digest", "what-if"):
        given = ("--set", "capital_cost_rate=0.1") if command == "what-if" else ()
        file = tmp_path / f"{command}.csv"
        assert run(command, *given, "-o", str(file))[0] == 0
        told = json.loads(
            run.data("audit", "--event", "exported", "--last", "1", "--format", "json")
        )
        assert (told[0]["by"], told[0]["file"]) == (command, file.name)
        assert told[0]["bytes"] == file.stat().st_size
    # What is only shown on the screen is no export.
    assert run("actions")[0] == 0
    assert run("audit", "--event", "exported")[1].count("exported") == 3


def current_version(store: Path) -> str:
    path = current_path(store)
    assert path is not None
    return path.stem.removeprefix("backorders-")


def test_a_log_that_cannot_be_written_is_said_and_stops_nothing(run: Run, published: Path) -> None:
    (published / "audit.jsonl").unlink()
    (published / "audit.jsonl").mkdir()
    code, out, err = run("query", "select 1 as one")
    assert (code, out.split()) == (0, ["one", "---", "1"])
    assert "The audit log cannot be written" in err
