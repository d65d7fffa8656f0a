"""One SELECT in a process of its own, which the operating system holds to its limits.

The engine alone does not: some functions do not hear an interruption for seconds, or take memory
beyond its limit. So the worker opens the snapshot read-only with no way out of it, then gives up
for good the right to open any file or connection, to write, and to take more memory than it may;
and whoever asked kills it at its deadline.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

import duckdb
import polars as pl

ROOT = Path(__file__).parent.parent
CONFIG = {
    "temp_directory": "",
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
_MB = 1024 * 1024
_ENGINE_SHARE = 0.6


class QueryRefusedError(Exception):
    """It is no single SELECT, or the engine cannot answer it; the text says why."""


class NotSelectError(QueryRefusedError):
    """It is no single SELECT."""


class QueryStoppedError(Exception):
    """It went over a limit, or was cancelled; the text says which."""


@dataclass(frozen=True)
class Limits:
    """What a query may take: seconds, megabytes of memory, rows of its answer (None: all)."""

    seconds: float = 20
    memory_mb: int = 1024
    rows: int | None = 10_000


@dataclass(frozen=True)
class Answer:
    """The rows, whether there were more, and the seconds it took."""

    frame: pl.DataFrame
    is_cut: bool
    seconds: float


class Query:
    """A SELECT running in its worker; another thread may cancel it."""

    def __init__(
        self,
        snapshot: Path,
        sql: str,
        limits: Limits,
        *,
        scenario: Sequence[str] = (),
        as_json: bool = False,
    ) -> None:
        self._limits = limits
        self._started = perf_counter()
        self._cancelled = False
        self._lock = Lock()
        self._worker = subprocess.Popen(
            [sys.executable, "-c", "from sql.sandbox import main; main()"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        )
        self._asked = json.dumps(
            {
                "snapshot": str(snapshot.resolve()),
                "sql": sql,
                "scenario": [*scenario],
                "as_json": as_json,
                **asdict(limits),
            }
        ).encode()

    def answer(self) -> Answer:
        """Wait for the rows; raises QueryRefusedError or QueryStoppedError."""
        try:
            out, err = self._worker.communicate(self._asked, timeout=self._limits.seconds)
        except subprocess.TimeoutExpired:
            self._kill()
            raise QueryStoppedError(f"stopped after {self._limits.seconds:g} seconds") from None
        except BaseException:
            self._kill()
            raise
        if self._cancelled:
            raise QueryStoppedError("cancelled")
        if self._worker.returncode:
            raise self._failure(err)
        size = int.from_bytes(out[:8], "big")
        told = json.loads(out[8 : 8 + size])
        if "refused" in told:
            refusal = QueryRefusedError if told.get("is_select", True) else NotSelectError
            raise refusal(told["refused"])
        if "stopped" in told:
            raise QueryStoppedError(told["stopped"])
        frame = pl.read_ipc(BytesIO(out[8 + size :]), use_pyarrow=False)
        return Answer(frame, told["is_cut"], perf_counter() - self._started)

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._worker.pid

    @property
    def seconds(self) -> float:
        """Seconds since it was asked."""
        return perf_counter() - self._started

    def cancel(self) -> None:
        """End it now; `answer` then raises QueryStoppedError."""
        self._cancelled = True
        self._kill()

    def _kill(self) -> None:
        with self._lock:
            if self._worker.poll() is None:
                self._worker.kill()
                self._worker.wait()

    def _failure(self, err: bytes) -> Exception:
        code = self._worker.returncode
        if code == -signal.SIGXCPU:
            return QueryStoppedError(f"stopped after {self._limits.seconds:g} seconds")
        last = err.decode(errors="replace").strip().splitlines()[-1:] or [f"code {code}"]
        return QueryStoppedError(
            f"stopped: it took more than the {self._limits.memory_mb:,} MB of memory it may"
            f" ({last[0][:200]})"
        )


def run(
    snapshot: Path,
    sql: str,
    limits: Limits | None = None,
    *,
    scenario: Sequence[str] = (),
    as_json: bool = False,
) -> Answer:
    """Answer one SELECT over a snapshot, or over a scenario of it, within limits.

    `as_json` gives each row as a JSON object, in one column, with every digit its numbers have.
    Raises QueryRefusedError (NotSelectError when it is no single SELECT) or QueryStoppedError.
    """
    return Query(snapshot, sql, limits or Limits(), scenario=scenario, as_json=as_json).answer()


# The worker


def main() -> None:
    """Read the question from standard input, write the answer to standard output."""
    asked = json.load(sys.stdin)
    out = sys.stdout.buffer
    try:
        con = _opened(Path(asked["snapshot"]), asked["scenario"], asked["memory_mb"], asked["sql"])
        _give_up_rights(asked["memory_mb"], asked["seconds"])
        sql = _only_select(con, asked["sql"])
        frame, is_cut = _rows(con, sql, asked["rows"], asked["as_json"])
        content = BytesIO()
        frame.write_ipc(content)
    except NotSelectError as error:
        _tell(out, {"refused": str(error), "is_select": False})
    except QueryRefusedError as error:
        _tell(out, {"refused": str(error)})
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        words = _said(error)[:200]
        _tell(out, {"stopped": f"stopped: it needs more memory than it may take ({words})"})
    except duckdb.Error as error:
        _tell(out, {"refused": _said(error)})
    else:
        _tell(out, {"is_cut": is_cut})
        out.write(content.getbuffer())
    out.flush()
    os._exit(0)


def _opened(
    snapshot: Path, settings: Sequence[str], memory_mb: int, sql: str
) -> duckdb.DuckDBPyConnection:
    limit = f"{memory_mb * _ENGINE_SHARE:.0f}MB"
    con = duckdb.connect(
        str(snapshot), read_only=True, config={"memory_limit": limit, "threads": "2"}
    )
    if settings:
        from sql.models import ModelError
        from sql.scenario import Overlay, scenario

        try:
            what = scenario(con, settings)
        except ModelError as error:
            raise QueryRefusedError(str(error)) from error
        con.close()
        con = Overlay(snapshot, what, memory=limit).asked(sql)
    for name, value in CONFIG.items():
        con.execute(f"set {name} = '{value}'")
    return con


def _give_up_rights(memory_mb: int, seconds: float) -> None:
    """From here on: no file opened, no connection made, nothing written but the answer."""
    # What is loaded at first use is loaded now.
    with duckdb.connect() as warm:
        warm.sql("select 1 as one, 1.5::decimal(9, 2) as two, [current_date] as three").pl()
    pl.DataFrame({"one": [1]}).write_ipc(BytesIO())
    used = _address_space()
    _limit(resource.RLIMIT_AS, used + memory_mb * _MB)
    _limit(resource.RLIMIT_CPU, round(seconds * (os.cpu_count() or 1)) + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 0)


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _rows(
    con: duckdb.DuckDBPyConnection, sql: str, most: int | None, as_json: bool
) -> tuple[pl.DataFrame, bool]:
    relation: duckdb.DuckDBPyRelation | None = con.sql(sql)
    if relation is not None and as_json:
        relation = relation.query("answer", "select to_json(answer) from answer")
    if relation is None:
        raise QueryRefusedError("the statement gives no rows")
    if most is None:
        return relation.pl(), False
    frame = relation.limit(most + 1).pl()
    return frame.head(most), frame.height > most


def _tell(out: Any, told: dict[str, Any]) -> None:
    text = json.dumps(told).encode()
    out.write(len(text).to_bytes(8, "big") + text)


def _only_select(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The statement, when it is one SELECT (or DESCRIBE, SHOW, SUMMARIZE, EXPLAIN of one)."""
    try:
        statements = con.extract_statements(sql)
    except Exception as error:
        # The binding raises ValueError for statements it has no type for: none is a SELECT.
        raise NotSelectError(f"this is not SQL: {_said(error)}") from error
    kinds = [statement.type for statement in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        raise NotSelectError(f"only one SELECT can be run; this is {found}")
    return str(statements[0].query)


def _said(error: BaseException) -> str:
    """The engine's words and its suggestion, without the drawing of where in the text."""
    words = str(error).partition("\n\n")[0]
    return " ".join(words.split()) or type(error).__name__
