"""Tables of a PostgreSQL database, as etl/source_file.py asks for them."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from etl.errors import InputError
from etl.read import identifier
from etl.remote import missing_extra
from etl.source_file import CONNECT_SECONDS, Address, Answer, Batches, Query

_FORM = "postgresql://user:password@host:5432/database"
_LOST = re.compile(r"terminating connection|closed the connection|no connection to the server")


@contextmanager
def connected(address: Address) -> Iterator[Answer]:
    """One read-only transaction that sees one moment, in which queries are answered."""
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise missing_extra("postgres", address.where) from None
    # Raised without their causes, which may quote the address.
    try:
        connection = dbapi.connect(_impatient(address.url))
    except Error as error:
        raise _unreachable(address, str(error)) from None
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute("set transaction isolation level repeatable read, read only")
            cursor.execute("set local datestyle = 'ISO'")
        except Error as error:
            raise address.unreachable(_reason(str(error))) from None
        yield lambda query: _rows(cursor, query)
        # Nothing was written, so nothing is to be kept.
        connection.rollback()


def _rows(cursor: Any, query: Query) -> Batches:
    from adbc_driver_manager import Error
    from pyarrow import ArrowException, RecordBatch

    try:
        names = cursor.adbc_execute_schema(query.sql).names
        cells = [f"c{i}" for i in range(len(names))]
        texts = (f"{c}::text as {identifier(n)}" for c, n in zip(cells, names, strict=True))
        # The line end closes a comment the query may end in.
        cursor.execute(
            f"select {', '.join(texts)} from ({query.sql}\n) as given({', '.join(cells)})"
        )
        reader = cursor.fetch_record_batch()
        yield RecordBatch.from_pylist([], schema=reader.schema)
        yield from reader
    # Errors half-way through the rows come as Arrow's.
    except (ArrowException, Error, OSError) as error:
        reason = _reason(str(error))
        lost = _LOST.search(str(error))
        raise (query.cut_off(reason) if lost else query.unanswered(reason)) from None


def _impatient(address: str) -> str:
    """The address with a limit to how long connecting may take, where it has none."""
    if "connect_timeout=" in address or "PGCONNECT_TIMEOUT" in os.environ:
        return address
    return f"{address}{'&' if '?' in address else '?'}connect_timeout={CONNECT_SECONDS}"


def _unreachable(address: Address, text: str) -> InputError:
    # libpq quotes what it cannot parse, which may be the password.
    if "connection to server" in text or "could not translate host name" in text:
        return address.unreachable(_reason(text))
    return address.invalid("PostgreSQL", _FORM)


def _reason(text: str) -> str:
    """The line of a server's message that says what is wrong."""
    found = re.search(r"(?:ERROR|FATAL): +(.+)", text)
    line = found[1] if found else (text.partition("Failed to connect: ")[2] or text).splitlines()[0]
    return line.strip().rstrip(".")
