"""Tables of a PostgreSQL database, as a source file asks for them.

The cells are the text PostgreSQL itself writes for them, like those of any export, so that money,
enums, ranges and infinite dates arrive as they are or are refused as what they are. All tables of
one database are of one moment, and nothing can be written there.

    [[table]]
    name = "orders"                  # the books call it orders.parquet
    url = "$ERP_URL"                 # an environment variable: postgresql://…
    sql = "select … from …"          # its column names are the header
"""

import difflib
import os
import re
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import InputError
from etl.read import identifier
from etl.remote import missing_extra
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


def read_tables(source_file: Path, folder: Path, most: int) -> list[Path]:
    """Write each table of a source file into `folder` as Parquet, dated now.

    Raises InputError when the file is not as it should be, a variable is not set, the database
    cannot be reached, a query fails, or a table is larger than `most` bytes.
    """
    wanted = queries(source_file)
    written: dict[str, Path] = {}
    for name in dict.fromkeys(query.variable for query in wanted):
        own = [query for query in wanted if query.variable == name]
        for query, path in zip(own, _read(name, own, source_file.name, folder, most), strict=True):
            written[query.name] = path
    return [written[query.name] for query in wanted]


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
    found = [_query(each, f"{where}, table {number}") for number, each in enumerate(tables, 1)]
    for query in found:
        if sum(other.name == query.name for other in found) > 1:
            raise InputError(
                f"two tables are called {query.name!r}", where=where, remedy="Rename one of them"
            )
    return found


def _query(table: Any, where: str) -> Query:
    if not isinstance(table, dict):
        raise InputError("a table is not a table", where=where, remedy="Write it as [[table]]")
    _check_keys(table, _KEYS, where)
    for key in _KEYS:
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise InputError(f"{key} is missing", where=where, remedy=f'Write {key} = "…"')
    if not _NAME.fullmatch(table["name"]):
        raise InputError(
            f"{table['name']!r} cannot name a file",
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
    return Query(table["name"], reference[1], table["sql"].strip().rstrip(";"))


def _check_keys(given: dict[str, Any], known: Sequence[str], where: str) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.4)
            raise InputError(
                f"the key {key!r} is not known",
                where=where,
                remedy=f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}",
            )


def _read(name: str, wanted: list[Query], where: str, folder: Path, most: int) -> list[Path]:
    """The tables of one database, in one read-only transaction that sees one moment."""
    address = variable(name, where)
    if scheme(address) not in ("postgresql", "postgres"):
        raise InputError(
            f"{name} is no address of a PostgreSQL database",
            where=where,
            remedy="Give it as postgresql://…; export tables of other databases to files",
        )
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
        from pyarrow import ArrowException
    except ImportError:
        raise missing_extra("postgres", where) from None
    # Raised without their causes, which may quote the address.
    try:
        connection = dbapi.connect(_impatient(address))
    except Error as error:
        raise _unreachable(name, where, str(error)) from None
    with connection, connection.cursor() as cursor:
        moment = time.time()
        paths = []
        for number, query in enumerate(wanted):
            try:
                if not number:
                    cursor.execute("set transaction isolation level repeatable read, read only")
                    cursor.execute("set local datestyle = 'ISO'")
                paths.append(_write(cursor, query, folder, most))
            except (ArrowException, Error, OSError) as error:
                # Errors half-way through the rows come as Arrow's; only the disk's have numbers.
                if isinstance(error, OSError) and error.errno:
                    raise
                raise InputError(
                    f"the query cannot be answered: {_reason(str(error))}",
                    where=f"{where}, table {query.name}",
                    remedy="Mend the sql of the table",
                ) from None
            os.utime(paths[-1], (moment, moment))
        # Nothing was written, so nothing is to be kept.
        connection.rollback()
    return paths


def _write(cursor: Any, query: Query, folder: Path, most: int) -> Path:
    from pyarrow.parquet import ParquetWriter

    names = cursor.adbc_execute_schema(query.sql).names
    cells = [f"c{i}" for i in range(len(names))]
    texts = ", ".join(f"{c}::text as {identifier(n)}" for c, n in zip(cells, names, strict=True))
    # The line end closes a comment the query may end in.
    cursor.execute(f"select {texts} from ({query.sql}\n) as given({', '.join(cells)})")
    path = folder / f"{query.name}.parquet"
    batches = cursor.fetch_record_batch()
    with ParquetWriter(path, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            if path.stat().st_size > most:
                raise InputError(
                    f"the table is larger than {most >> 20:,} MB",
                    where=query.name,
                    remedy="Select fewer rows or columns",
                )
    return path


def _impatient(address: str) -> str:
    """The address with a limit to how long connecting may take, where it has none."""
    if "connect_timeout=" in address or "PGCONNECT_TIMEOUT" in os.environ:
        return address
    return f"{address}{'&' if '?' in address else '?'}connect_timeout={CONNECT_SECONDS}"


def _unreachable(name: str, where: str, text: str) -> InputError:
    # libpq quotes what it cannot parse, which may be the password.
    if "connection to server" in text or "could not translate host name" in text:
        what = f"the database cannot be reached: {_reason(text)}"
        return InputError(
            what, where=f"{where}, ${name}", remedy="Check the address, the server and the password"
        )
    return InputError(
        f"{name} is no valid address of a PostgreSQL database",
        where=where,
        remedy="Write it as postgresql://user:password@host:5432/database, with %40 for an @ in it",
    )


def _reason(text: str) -> str:
    """The line of a server's message that says what is wrong."""
    found = re.search(r"(?:ERROR|FATAL): +(.+)", text)
    line = found[1] if found else (text.partition("Failed to connect: ")[2] or text).splitlines()[0]
    return redacted(line.strip().rstrip("."))
