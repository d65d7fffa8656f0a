"""Loading a few files into a database of its own, as tests of the loader do."""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from etl.load import Loaded, LoadOptions, load
from sql.models import create_recorded

HEAD = "order_id,line_id,order_date,item_id,ordered_qty\n"


@cache
def _empty() -> Path:
    """A database with the contract's tables, made once: creating them takes longer than a load."""
    folder = Path(tempfile.mkdtemp(prefix="backorders-test-"))
    with duckdb.connect(str(folder / "empty.duckdb"), config={"threads": 1}) as con:
        create_recorded(con)
    return folder / "empty.duckdb"


def database(folder: Path) -> duckdb.DuckDBPyConnection:
    """A fresh database in `folder`."""
    path = folder / f"test-{len(list(folder.glob('test-*.duckdb')))}.duckdb"
    shutil.copy(_empty(), path)
    return duckdb.connect(str(path), config={"threads": 1})


def load_text(
    con: duckdb.DuckDBPyConnection, path: Path, content: str | bytes, **options: Any
) -> Loaded:
    """Write one file and load it; the books must balance."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (one,) = load(con, [path], LoadOptions(**options)).loads
    assert one.rows_in == one.rows_loaded + one.rows_refused + one.rows_superseded
    return one


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()
