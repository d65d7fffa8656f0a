"""Tables of a MySQL or MariaDB database, as etl/source_file.py asks for them.

Bytes come as 0x…, as the server's own client shows them, and bits as their number; all else is the
server's text.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urlsplit

from etl.errors import InputError
from etl.remote import missing_extra
from etl.source_file import CONNECT_SECONDS, Address, Answer, Batches, Query

FIRST_ROWS = 100
MOST_ROWS = 50_000
BATCH_BYTES = 8 << 20
OPTIONS = ("socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key")
TLS_MODES = ("disabled", "preferred", "required", "verify_ca", "verify_identity")
_FORM = "mysql://user:password@host:3306/database"
# The numbers by which client and server call their errors.
_SYNTAX, _NAMED_TWICE = 1064, 1060
_CUT_OFF = (1053, 1927, 2006, 2013, 4031)


@contextmanager
def connected(address: Address) -> Iterator[Answer]:
    """One read-only transaction that sees one moment, in which queries are answered."""
    try:
        import pymysql
    except ImportError:
        raise missing_extra("mysql", address.where) from None
    settings = _settings(address)
    # Raised without their causes, which may quote the address.
    try:
        connection = pymysql.connect(
            **settings,
            charset="utf8mb4",
            conv=_conversions(),
            cursorclass=pymysql.cursors.SSCursor,
            autocommit=None,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=CONNECT_SECONDS,
        )
    except (pymysql.Error, RuntimeError, ValueError) as error:
        raise address.unreachable(_reason(error)) from None
    with closing(connection):
        # Only while we connect is silence a failure: a query may take its time.
        connection._read_timeout = None
        try:
            with connection.cursor() as cursor:
                cursor.execute("set session transaction isolation level repeatable read, read only")
                cursor.execute("start transaction with consistent snapshot, read only")
        except pymysql.Error as error:
            raise address.unreachable(_reason(error)) from None
        yield lambda query: _rows(connection, query)


def _rows(connection: Any, query: Query) -> Batches:
    import pymysql
    from pyarrow import RecordBatch, array, large_string, schema

    cursor = connection.cursor()
    try:
        _check(connection, cursor, query)
        cursor.execute(query.sql)
        header = schema([(column[0], large_string()) for column in cursor.description])
        yield RecordBatch.from_pylist([], schema=header)
        count = FIRST_ROWS
        while rows := cursor.fetchmany(count):
            columns = [array(cells, large_string()) for cells in zip(*rows, strict=True)]
            batch = RecordBatch.from_arrays(columns, schema=header)
            yield batch
            count = min(MOST_ROWS, 1 + BATCH_BYTES * len(rows) // batch.nbytes)
    except UnicodeDecodeError:
        raise query.unanswered("a cell holds bytes that are no text") from None
    except pymysql.Error as error:
        lost = error.args[0] in _CUT_OFF
        raise (query.cut_off if lost else query.unanswered)(_reason(error)) from None
    finally:
        # Or it reads the rest of the answer, which nobody wants, before it lets go.
        if cursor._result:
            cursor._result.unbuffered_active = False


def _check(connection: Any, cursor: Any, query: Query) -> None:
    """Let the server take the statement for one query, and nothing else, before it runs.

    Being read-only does not keep it from ending the transaction, or from writing a file.
    """
    import pymysql

    cursor.execute(f"prepare given from {connection.escape(query.sql)}")
    try:
        # The line end closes a comment the query may end in.
        within = f"select * from ({query.sql}\n) as given"
        cursor.execute(f"prepare given from {connection.escape(within)}")
    except pymysql.Error as error:
        if error.args[0] == _SYNTAX:
            raise query.unanswered("only a select gives a table") from None
        if error.args[0] != _NAMED_TWICE:
            raise


def _conversions() -> dict[int, Any]:
    from pymysql.connections import TEXT_TYPES
    from pymysql.constants.FIELD_TYPE import BIT

    return dict.fromkeys(TEXT_TYPES, _text) | {BIT: _number}


def _text(cell: str | bytes) -> str:
    """Text as it is; bytes, which come for what has no character set, as hexadecimal digits."""
    if isinstance(cell, str):
        return cell
    return f"0x{cell.hex().upper()}" if cell else ""


def _number(bits: bytes) -> str:
    return str(int.from_bytes(bits))


# The address -------------------------------------------------------------------------------------


def _settings(address: Address) -> dict[str, Any]:
    """What PyMySQL wants to know of an address."""
    try:
        parts = urlsplit(address.url)
        port = parts.port or 0
        given = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise address.invalid("MySQL", _FORM) from None
    # A / ? or # of the password's own ends it: the rest must not be told as something else.
    if parts.fragment or "@" in parts.path + parts.query:
        raise address.invalid("MySQL", _FORM)
    options = {name.lower().replace("_", "-"): value for name, value in given}
    if not options.keys() <= set(OPTIONS):
        raise InputError(
            f"the address in {address.variable} has an option that is not known",
            where=address.where,
            remedy=f"Known are {', '.join(OPTIONS)}",
        )
    return {
        "host": parts.hostname,
        "port": port,
        "user": unquote(parts.username or "") or None,
        "password": unquote_to_bytes(parts.password or ""),
        "database": unquote(parts.path.removeprefix("/")) or None,
        "unix_socket": options.get("socket"),
        **_tls(address, options),
    }


def _tls(address: Address, options: Mapping[str, str]) -> dict[str, Any]:
    """TLS where the server has it, unless the address asks for more or for none."""
    authority, certificate = options.get("ssl-ca"), options.get("ssl-cert")
    default = "verify_ca" if authority else "required" if certificate else "preferred"
    mode = options.get("ssl-mode", default).lower().replace("-", "_")
    if mode not in TLS_MODES:
        raise InputError(
            f"the address in {address.variable} has an ssl-mode that is not known",
            where=address.where,
            remedy=f"Known are {', '.join(TLS_MODES)}",
        )
    if mode in ("disabled", "preferred"):
        return {"ssl_disabled": mode == "disabled"}
    try:
        context = ssl.create_default_context(cafile=authority)
        if certificate:
            # Without a password it would ask the terminal for the key's.
            context.load_cert_chain(certificate, options.get("ssl-key"), password="")
    except OSError as error:
        raise InputError(
            f"a certificate cannot be read: {_reason(error)}",
            where=address.where,
            remedy="Check ssl-ca, ssl-cert and ssl-key in the address",
        ) from None
    # The certificates that servers make for themselves keep no strict form.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode == "verify_identity"
    if mode == "required":
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _reason(error: Exception) -> str:
    """What is wrong, in the words of the server or of the client."""
    text = str(error.args[-1]) if error.args else type(error).__name__
    return re.sub(r" \(_ssl\.c:\d+\)", "", text).strip().rstrip(".")
