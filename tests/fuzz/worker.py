"""The process that loads the fuzzer's files, so that a crash or a hang is not the fuzzer's."""

import shutil
import signal
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from etl.errors import BackordersError
from etl.load import load
from tests.etl.accounting import records, unaccounted
from tests.etl.loading import database


def judge(path: Path) -> tuple[str, str]:
    """What becomes of a file: loaded, refused (as a whole), unaccounted or crashed; and why."""
    folder = Path(tempfile.mkdtemp(prefix="backorders-fuzz-"))
    try:
        with database(folder) as con:
            try:
                load(con, [path])
            except BackordersError as error:
                return "refused", error.what
            wrong = unaccounted(con)
            expected = records(path)
            if expected is not None:
                rows = con.execute("select sum(rows_in)::bigint from quality.loads").fetchone()
                if rows != (len(expected),):
                    wrong.append(f"the file has {len(expected)} records, the books {rows}")
            return ("unaccounted", "; ".join(wrong)) if wrong else ("loaded", "")
    except BaseException as error:  # a panic in Rust is no Exception
        return "crashed", f"{type(error).__name__}: {str(error)[:500]}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(orders: Connection, limit_seconds: float) -> None:
    """Judge files until there are no more; dies by SIGPROF when one takes too much of the CPU."""
    with tempfile.TemporaryDirectory() as folder:
        database(Path(folder)).close()  # the contract's tables are made on nobody's time
    while (path := orders.recv()) is not None:
        signal.setitimer(signal.ITIMER_PROF, limit_seconds)
        orders.send(judge(Path(path)))
