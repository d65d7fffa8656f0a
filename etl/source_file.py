"""Source files: which query of which database gives which table.

    [[table]]
    name = "orders"                  # the books call it orders.parquet
    url = "$ERP_URL"                 # an environment variable: postgresql://… or mysql://…
    sql = "select … from …"          # its column names are the header

The cells are the text the server itself writes for them, like those of any export, so that money,
enums, ranges and endless or empty dates arrive as they are or are refused as what they are. All
tables of one database are of one moment, and nothing can be written there. What differs between
servers is in etl/postgres.py and etl/mysql.py.
"""

import difflib
import os
import re
import time
import tomllib
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from etl.errors import InputError
from etl.urls import redacted, scheme, variable

CONNECT_SECONDS = 10
_KEYS = ("name", "url", "sql")
_REFERENCE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_NAME = re.compile(r"[\w][\w .-]*")


@dataclass(frozen=True)
class Query:
    """One table of a source file; `variable` is the environment's name of the address."""

    name: str
    variable: str
    sql: str
    where: str = ""

    def unanswered(self, reason: str) -> InputError:
        """The error for a query that the server refuses, or fails at."""
        return InputError(
            f"the query cannot be answered: {redacted(reason)}",
            where=self.where,
            remedy="Mend the sql of the table",
        )

    def cut_off(self, reason: str) -> InputError:
        """The error for a connection that ends before the answer does."""
        return InputError(
            f"the connection to the database was lost: {redacted(reason)}",
            where=self.where,
            remedy="Run the command again",
        )


@dataclass(frozen=True)
class Address:
    """A database's address, secrets and all, and how to speak of it without them."""

    variable: str
    url: str = field(repr=False)
    where: str

    def unreachable(self, reason: str) -> InputError:
        """The error for a server that is not there, or lets nobody in."""
        return InputError(
            f"the database cannot be reached: {redacted(reason)}",
            where=self.where,
            remedy="Check the address, the server and the password",
        )

    def invalid(self, database: str, form: str) -> InputError:
        """The error for an address that cannot be taken apart; it is not shown."""
        return InputError(
            f"{self.variable} is no valid address of a {database} database",
            where=self.where,
            remedy=f"Write it as {form}, with %40 for an @ in it",
        )


Batches = Generator[Any, None, None]
"""A query's rows as Arrow's batches of text; the first is there even if there is no row."""
Answer = Callable[[Query], Batches]
Connect = Callable[[Address], AbstractContextManager[Answer]]


def read_tables(source_file: Path, folder: Path, most: int) -> list[Path]:
    """Write each table of a source file into `folder` as Parquet, dated now.

    Raises InputError when the file is not as it should be, a variable is not set, the database
    cannot be reached, a query fails, or a table is larger than `most` bytes.
    """
    wanted = queries(source_file)
    written: dict[str, Path] = {}
    for name in dict.fromkeys(query.variable for query in wanted):
        address = Address(name, variable(name, source_file.name), f"{source_file.name}, ${name}")
        moment = time.time()
        with _connect(address)(address) as answer:
            for query in wanted:
                if query.variable == name:
                    path = folder / f"{query.name}.parquet"
                    with closing(answer(query)) as batches:
                        _write(batches, path, query, most)
                    os.utime(path, (moment, moment))
                    written[query.name] = path
    return [written[query.name] for query in wanted]


def _connect(address: Address) -> Connect:
    """The way into the kind of database that an address names."""
    kind = scheme(address.url)
    if kind in ("postgresql", "postgres"):
        from etl import postgres

        return postgres.connected
    if kind in ("mysql", "mariadb"):
        from etl import mysql

        return mysql.connected
    raise InputError(
        f"{address.variable} is no address of a database that can be read",
        where=address.where,
        remedy="Give it as postgresql://…, mysql://… or mariadb://…; export tables of other"
        " databases to files",
    )


def _write(batches: Batches, path: Path, query: Query, most: int) -> None:
    from pyarrow.parquet import ParquetWriter

    first = next(batches)
    with ParquetWriter(path, first.schema) as writer:
        for batch in chain([first], batches):
            writer.write_batch(batch)
            if path.stat().st_size > most:
                raise InputError(
                    f"the table is larger than {most >> 20:,} MB",
                    where=query.where,
                    remedy="Select fewer rows or columns",
                )


# The file ----------------------------------------------------------------------------------------


def queries(source_file: Path) -> list[Query]:
    """The tables a source file names, checked. Raises InputError."""
    where = source_file.name
    try:
        content = tomllib.loads(source_file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"this is not valid TOML: {redacted(str(error))}", where=where, remedy="Mend the line"
        ) from None
    _check_keys(content, ("table",), where)
    tables = content.get("table")
    if not isinstance(tables, list) or not tables:
        raise InputError(
            "the source file names no table", where=where, remedy="Write it as [[table]]"
        )
    found = [_query(each, where, number) for number, each in enumerate(tables, 1)]
    for query in found:
        if sum(other.name == query.name for other in found) > 1:
            raise InputError(
                f"two tables are called {query.name!r}", where=where, remedy="Rename one of them"
            )
    return found


def _query(table: Any, source_file: str, number: int) -> Query:
    where = f"{source_file}, table {number}"
    if not isinstance(table, dict):
        raise InputError("a table is not a table", where=where, remedy="Write it as [[table]]")
    _check_keys(table, _KEYS, where)
    for key in _KEYS:
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise InputError(f"{key} is missing", where=where, remedy=f'Write {key} = "…"')
    name = table["name"]
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name a file",
            where=f"{where}, name",
            remedy="Use letters, digits, spaces, - _ and .",
        )
    reference = _REFERENCE.fullmatch(table["url"].strip())
    if reference is None:
        raise InputError(
            "the address of the database is written in the file, where others can read it",
            where=f"{where}, url",
            remedy='Put it into an environment variable and write url = "$ERP_URL"',
        )
    sql = table["sql"].strip().rstrip(";")
    return Query(name, reference[1], sql, f"{source_file}, table {name}")


def _check_keys(given: dict[str, Any], known: Sequence[str], where: str) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.4)
            raise InputError(
                f"the key {key!r} is not known",
                where=where,
                remedy=f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}",
            )
