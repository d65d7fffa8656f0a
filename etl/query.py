"""One SELECT over the published snapshot, read-only and with no way out of it."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from etl.errors import InputError

_CONFIG = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


@contextlib.contextmanager
def select(path: Path, sql: str) -> Iterator[duckdb.DuckDBPyRelation]:
    """Give the rows of one SELECT; InputError when it is none, or when the engine refuses it."""
    with duckdb.connect(str(path), read_only=True, config=dict(_CONFIG)) as con:
        try:
            relation = con.sql(_only_select(con, sql))
            assert relation is not None
            yield _interruptible(con, relation)
        except duckdb.Error as error:
            raise InputError(
                f"the query cannot be answered: {_said(error)}",
                where=" ".join(sql.split())[:200],
                remedy='See the tables with `backorders query "show all tables"`',
            ) from error


def _interruptible(
    con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation
) -> duckdb.DuckDBPyRelation:
    """The relation's rows, computed beside this thread so that it hears Ctrl-C at any moment."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        rows = aside.submit(relation.materialize)
        try:
            return rows.result()
        except KeyboardInterrupt:
            con.interrupt()
            raise


def json_rows(relation: duckdb.DuckDBPyRelation) -> list[str]:
    """Each row as a JSON object, numbers with every digit they have."""
    rows = relation.query("answer", "select to_json(answer) from answer")
    return [text for (text,) in rows.fetchall()] if rows else []


def _only_select(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        statements = con.extract_statements(sql)
    except Exception as error:
        # The binding raises ValueError for statements it has no type for: none is a SELECT.
        raise InputError(
            f"this is not SQL: {_said(error)}",
            where=" ".join(sql.split())[:200],
            remedy="Give one SELECT",
        ) from error
    kinds = [statement.type for statement in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        raise InputError(
            f"only one SELECT can be run; this is {found}",
            where=" ".join(sql.split())[:200],
            remedy="The snapshot is read-only: to change figures, load exports and refresh",
        )
    return str(statements[0].query)


def _said(error: Exception) -> str:
    """The engine's words and its suggestion, without the drawing of where in the text."""
    words = str(error).partition("\n\n")[0]
    return " ".join(words.split()) or type(error).__name__
