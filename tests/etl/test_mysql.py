"""Tables of a real MariaDB server, started here, become exports; no secret is told."""

import gc
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import polars as pl
import pytest

from etl import cli, mysql
from etl.archives import LIMITS, Limits
from etl.errors import InputError
from etl.load import load
from etl.source_file import Address, Query
from etl.sources import gather
from tests.etl.loading import database, rows

SECRET = "h7Kq-secret"
ODD = "p@s/s?#%ü€"
INSTALL = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
SERVER = ["--no-defaults", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]
SMALL = ["--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M", "--skip-log-bin"]
SALES = (
    "select no as order_id, pos as line_id, day as order_date, item as item_id,"
    " qty as ordered_qty, due as requested_date from sale order by no, pos; "
)
FILL = f"""
create database erp character set latin1;
use erp;
create table sale (
    no varchar(9), pos int(3) zerofill, day date, item varchar(99), qty decimal(12, 3),
    price float, state enum('open', 'closed'), at timestamp null, due date
);
insert into sale values
    ('S1', 1, '2026-03-01', 'LAMP', 2.5, 12.5, 'open', '2026-03-01 23:30', null),
    ('S1', 2, '2026-03-01', 'Vase; blå, "new"', 1, 1e20, 'closed', null, '0000-00-00');
create table odd (
    id binary(4), flag bit(1), mask bit(12), note longtext character set utf8mb4, shape point,
    blank varchar(9), void varbinary(9), took time, made year
);
insert into odd values (
    x'00ff4142', 1, b'100000000001', 'é😀\\n\\t\\0', point(1, 2), '', '', '-12:30:00', 2026
);
create table log (id int);
insert into log values (1);
create sequence number;
create function wrote() returns int begin insert into log values (2); return 1; end;
create user ann@'%' identified by '{SECRET}';
create user 'bo@b'@'%' identified by '{ODD}';
grant all on erp.* to ann@'%';
grant all on none.* to ann@'%';
grant file on *.* to ann@'%';
grant all on erp.* to 'bo@b'@'%'
"""


@dataclass(frozen=True)
class Server:
    """A running server: how to reach it, and what its certificate is signed with."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"mysql://ann:{SECRET}@127.0.0.1:{self.port}/erp"

    def run(self, *statements: str) -> None:
        """As the server's owner."""
        import pymysql

        path = str(self.folder / "s")
        with pymysql.connect(unix_socket=path, user="root", charset="utf8mb4") as connection:
            for statement in statements:
                connection.query(statement)
            connection.commit()


def certify(folder: Path) -> list[str]:
    """The server's options for TLS, with a certificate for 127.0.0.1 that `ca.pem` vouches for."""
    if shutil.which("openssl") is None:
        return []
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1")
    new = "req -newkey rsa:2048 -nodes"
    for command in (
        f"{new} -x509 -days 2 -subj /CN=us -keyout ca.key -out ca.pem",
        f"{new} -subj /CN=server -keyout key.pem -out server.csr",
        "x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
        " -extfile san -out cert.pem",
    ):
        subprocess.run(["openssl", *command.split()], check=True, capture_output=True, cwd=folder)
    (folder / "key.pem").chmod(0o644)
    return [f"--ssl-{each}={folder / each}.pem" for each in ("ca", "cert", "key")]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A real MariaDB server with a few orders, in a private folder and on a free port."""
    pytest.importorskip("pymysql")
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/libexec"
    daemon, install = (shutil.which(n, path=path) for n in ("mariadbd", "mariadb-install-db"))
    if daemon is None or install is None:
        pytest.skip("MariaDB's server is not installed")
    # A socket's path must be short, and the server does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="my-"))
    user = None
    if os.getuid() == 0:
        user = "nobody"
        shutil.chown(folder, user)
    tls = certify(folder)
    data = f"--datadir={folder / 'data'}"
    started = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
    subprocess.run(
        [install, *INSTALL, *SMALL, data], check=True, stderr=subprocess.DEVNULL, **started
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = [data, f"--port={port}", f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}"]
    process = subprocess.Popen(
        [daemon, *SERVER, *SMALL, *places, *tls], stderr=subprocess.DEVNULL, **started
    )
    running = Server(port, folder)
    try:
        wait_for(folder / "pid", process)
        running.run(*FILL.split(";\n"))
        yield running
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if path.exists():
            return
        assert process.poll() is None, "the server ended"
        threading.Event().wait(0.05)
    raise AssertionError("the server did not start")


Take = Callable[..., list[Path]]


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Gathers what a source file with this query, and more, asks for."""

    def run(sql: str, url: str, more: str = "", limits: Limits = LIMITS) -> list[Path]:
        monkeypatch.setenv("ERP_URL", url)
        scratch = Path(tempfile.mkdtemp(dir=tmp_path))
        return gather([source_file(tmp_path, sql, more)], scratch, limits)[0]

    return run


def source_file(folder: Path, sql: str, more: str = "") -> Path:
    path = folder / "erp.source.toml"
    path.write_text(f"[[table]]\nname = \"orders\"\nurl = \"$ERP_URL\"\nsql = '''{sql}'''\n{more}")
    return path


def refused(run: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        run()
    assert SECRET not in f"{caught.value} {caught.value.__cause__}"
    assert caught.value.where.startswith("erp.source.toml, ")
    return caught.value


def one(path: Path) -> Any:
    return pl.read_parquet(path.read_bytes()).item()


# What comes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mysql", "mariadb", "MySQL"])
def test_tables_load_like_any_export(server: Server, take: Take, tmp_path: Path, kind: str) -> None:
    url = server.url.replace("mysql", kind)
    with database(tmp_path) as con:
        (loaded,) = load(con, take(SALES, url)).loads
        assert (loaded.source_file, loaded.rows_in, loaded.rows_loaded) == ("orders.parquet", 2, 2)
        query = (
            "select line_id, item_id, ordered_qty, requested_date"
            " from contract.sales_order_lines order by 1"
        )
        assert rows(con, query) == [
            ("001", "LAMP", 2.5, None),
            ("002", 'Vase; blå, "new"', 1, None),
        ]
        # A date of noughts is no date, and the books say so.
        assert rows(con, "select value from quality.rejected_cells") == [("0000-00-00",)]
        again = load(con, take(SALES, url))
    assert again.notes == ("orders.parquet: loaded before, as load 1; nothing to do",)


def test_cells_are_as_the_server_writes_them(server: Server, take: Take) -> None:
    started = datetime.now(UTC).timestamp()
    (path,) = take("select *, qty from sale order by pos -- all", server.url)
    assert duckdb.sql(f"select * exclude (qty_1) from '{path}'").fetchall() == [
        (
            "S1",
            "001",
            "2026-03-01",
            "LAMP",
            "2.500",
            "12.5",
            "open",
            "2026-03-01 23:30:00",
            None,
        ),
        (
            "S1",
            "002",
            "2026-03-01",
            'Vase; blå, "new"',
            "1.000",
            "1e20",
            "closed",
            None,
            "0000-00-00",
        ),
    ]
    assert started - 1 <= path.stat().st_mtime <= datetime.now(UTC).timestamp()


def test_bytes_bits_and_blanks_are_told_apart(server: Server, take: Take) -> None:
    (path,) = take("select *, null as missing from odd", server.url)
    assert pl.read_parquet(path.read_bytes()).rows() == [
        (
            "0x00FF4142",
            "1",
            "2049",
            "é😀\n\t\0",
            "0x000000000101000000000000000000F03F0000000000000040",
            "",
            "",
            "-12:30:00",
            "2026",
            None,
        )
    ]


def test_a_table_without_rows_keeps_its_header(server: Server, take: Take) -> None:
    (path,) = take("select no, item as `der Artikel` from sale where false", server.url)
    found = pl.read_parquet(path.read_bytes())
    assert (found.columns, found.height) == (["no", "der Artikel"], 0)


def test_a_name_used_twice_is_refused_where_its_column_is_needed(
    server: Server, take: Take, tmp_path: Path
) -> None:
    files = take(SALES.replace("select", "select item as order_id,"), server.url)
    twice = "the header has 'order_id' twice, with different contents"
    with database(tmp_path) as con, pytest.raises(InputError, match=twice):
        load(con, files)


def test_tables_of_one_database_are_of_one_moment(server: Server) -> None:
    count = Query("log", "ERP_URL", "select count(*) from log", "w")
    with mysql.connected(Address("ERP_URL", server.url, "w")) as answer:
        server.run("insert into erp.log values (2)")
        (seen,) = [cell for batch in answer(count) for cell in batch.column(0).to_pylist()]
    assert seen == "1"
    with mysql.connected(Address("ERP_URL", server.url, "w")) as answer:
        (seen,) = [cell for batch in answer(count) for cell in batch.column(0).to_pylist()]
    assert seen == "2"


def test_tables_of_two_databases_come_in_the_order_given(
    server: Server, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_URL", f"{server.url}?socket={server.folder / 's'}")
    asked = "sql = \"select concat(connection_id(), '') as id\"\n"
    more = f'[[table]]\nname = "other"\nurl = "$OTHER_URL"\n{asked}'
    more += f'[[table]]\nname = "again"\nurl = "${{ERP_URL}}"\n{asked}'
    files = take("select concat(connection_id(), '') as id", server.url, more)
    assert [file.name for file in files] == ["orders.parquet", "other.parquet", "again.parquet"]
    own, other, again = [one(file) for file in files]
    assert own == again != other


def test_rows_are_not_held_all_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql, "BATCH_BYTES", 1 << 16)
    long = Query("x", "X", "select repeat('x', 1000), seq from seq_1_to_2000", "w")
    with mysql.connected(Address("X", server.url, "w")) as answer:
        batches = list(answer(long))
    assert sum(batch.num_rows for batch in batches) == 2000
    assert max(batch.nbytes for batch in batches) < 1 << 17
    assert batches[-1].column(1).to_pylist()[-1] == "2000"


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("select nope from sale", "Unknown column 'nope'"),
        ("select * from nope", "Table 'erp.nope' doesn't exist"),
        ("selec 1", "You have an error in your SQL syntax"),
        ("select 1; drop table sale", "You have an error in your SQL syntax"),
        ("select 1) as a; drop table sale; -- ", "You have an error in your SQL syntax"),
        ("select (select pos from sale)", "Subquery returns more than 1 row"),
        ("delete from sale", "Cannot execute statement in a READ ONLY transaction"),
        ("insert into sale (no) values ('S2') returning no", "in a READ ONLY transaction"),
        ("select wrote()", "in a READ ONLY transaction"),
        ("select nextval(number)", "in a READ ONLY transaction"),
        ("drop table sale", "only a select gives a table"),
        ("/*! drop table sale */", "only a select gives a table"),
        ("commit", "only a select gives a table"),
        ("set session transaction read write", "only a select gives a table"),
        ("select no into outfile 'sale.txt' from sale", "only a select gives a table"),
        ("show tables", "only a select gives a table"),
    ],
)
def test_a_query_that_fails_or_writes_is_refused(
    server: Server, take: Take, sql: str, what: str
) -> None:
    error = refused(lambda: take(sql, server.url))
    assert error.what.startswith("the query cannot be answered: ")
    assert what in error.what
    assert error.where == "erp.source.toml, table orders"
    assert not list(server.folder.rglob("sale.txt"))
    assert one(take("select count(*) from sale", server.url)[0]) == "2"


def test_a_cell_that_is_no_text_is_refused(
    server: Server, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "_text", lambda _: b"\xff".decode())
    assert "bytes that are no text" in refused(lambda: take("select no from sale", server.url)).what


def test_a_table_that_is_too_large_is_not_read_to_its_end(
    server: Server, take: Take, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    sql = "select seq, uuid() from seq_1_to_50000000"
    error = refused(lambda: take(sql, server.url, limits=Limits(bytes=1 << 20)))
    assert error.what == "the table is larger than 1 MB"
    assert time.monotonic() - begun < 30
    gc.collect()
    assert capfd.readouterr().err == ""


def test_a_connection_that_ends_half_way_is_told_as_that(
    server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    sql = "select seq, repeat('x', 1000) from seq_1_to_50000000"
    query = Query("orders", "ERP_URL", sql, "erp.source.toml, table orders")

    def read() -> None:
        with (
            mysql.connected(Address("ERP_URL", server.url, "w")) as answer,
            closing(answer(query)) as batches,
        ):
            next(batches)
            next(batches)
            server.run("kill user ann")
            for _ in batches:
                pass

    error = refused(read)
    assert error.what.startswith("the connection to the database was lost: ")
    assert error.remedy == "Run the command again"
    gc.collect()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ((SECRET, f"{SECRET}x"), "cannot be reached: Access denied for user 'ann'"),
        (("/erp", "/none"), "Unknown database 'none'"),
        (("/erp", "/mysql"), "Access denied for user 'ann'"),
        (("127.0.0.1", "none.invalid"), "cannot be reached: Can't connect to MySQL server on"),
        (("/erp", "/erp?socket=no/such"), "No such file or directory"),
        ((f":{SECRET}@", f":{SECRET}/x@"), "ERP_URL is no valid address of a MySQL"),
        ((f":{SECRET}@", f":12?{SECRET}@"), "ERP_URL is no valid address of a MySQL"),
        ((f":{SECRET}@", f":12#{SECRET}@"), "ERP_URL is no valid address of a MySQL"),
        (("/erp", f"/erp?{SECRET}=1"), "an option that is not known"),
        (("/erp", "/erp?ssl-mode=on"), "an ssl-mode that is not known"),
        (("/erp", "/erp?ssl_ca=no/such.pem"), "a certificate cannot be read: No such file"),
    ],
)
def test_a_database_that_cannot_be_reached_shows_no_password(
    server: Server, take: Take, change: tuple[str, str], what: str
) -> None:
    error = refused(lambda: take("select 1", server.url.replace(*change)))
    assert what in error.what
    assert error.where == "erp.source.toml, $ERP_URL"


def test_a_server_that_is_off_or_silent_is_unreachable_soon(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "CONNECT_SECONDS", 0.3)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"mysql://ann:{SECRET}@127.0.0.1:{listening.getsockname()[1]}/erp"
        assert "Connection refused" in refused(lambda: take("select 1", url)).what
        listening.listen()
        assert "timed out" in refused(lambda: take("select 1", url)).what


def test_a_query_may_take_longer_than_connecting(
    server: Server, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "CONNECT_SECONDS", 1)
    assert one(take("select sleep(1.5)", server.url)[0]) == "0"


def test_no_secret_is_printed(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    store = tmp_path / "store"
    monkeypatch.setattr(sys, "argv", ["backorders", "load", "erp.source.toml"])
    monkeypatch.setenv("ERP_URL", server.url)
    given = str(source_file(tmp_path, SALES))
    assert cli._run(["load", given, "--db", str(store), "-v"]) == 0
    for change in ((SECRET, f"{SECRET}x"), ("/erp", f"/erp?ssl={SECRET}")):
        monkeypatch.setenv("ERP_URL", server.url.replace(*change))
        assert cli._run(["--debug", "load", given, "--db", str(store)]) == 3
    printed = capfd.readouterr()
    assert "Access denied" in printed.err
    assert SECRET not in printed.out + printed.err
    for path in store.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path


def test_a_name_and_password_of_any_characters(server: Server, take: Take) -> None:
    user = f"bo%40b:{quote(ODD, safe='')}"
    url = server.url.replace(f"ann:{SECRET}", user)
    assert one(take("select substring_index(user(), '@', 2)", url)[0]) == "bo@b"


def test_the_missing_package_is_named(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    error = refused(lambda: take("select 1", f"mysql://ann:{SECRET}@h/erp"))
    assert error.remedy == "Install them with `pip install 'backorders[mysql]'`"


# TLS ---------------------------------------------------------------------------------------------

CIPHER = (
    "select variable_value from information_schema.session_status"
    " where variable_name = 'ssl_cipher'"
)


@pytest.fixture
def authority(server: Server) -> str:
    if not (server.folder / "ca.pem").exists():
        pytest.skip("openssl is not installed")
    return quote(str(server.folder / "ca.pem"))


def test_tls_is_used_unless_the_address_says_otherwise(
    server: Server, take: Take, authority: str
) -> None:
    for option in ("", "?ssl-mode=REQUIRED", f"?ssl-mode=verify_identity&ssl-ca={authority}"):
        assert one(take(CIPHER, server.url + option)[0])
    by_name = server.url.replace("127.0.0.1", "localhost")
    assert one(take(CIPHER, f"{by_name}?ssl-ca={authority}")[0])
    assert one(take(CIPHER, f"{server.url}?ssl_mode=disabled")[0]) == ""


def test_a_certificate_that_does_not_vouch_for_the_server_is_refused(
    server: Server, take: Take, authority: str
) -> None:
    error = refused(lambda: take(CIPHER, f"{server.url}?ssl-mode=verify-ca"))
    assert "certificate verify failed" in error.what
    by_name = server.url.replace("127.0.0.1", "localhost")
    error = refused(lambda: take(CIPHER, f"{by_name}?ssl-mode=verify_identity&ssl-ca={authority}"))
    assert "Hostname mismatch" in error.what


def test_a_key_that_asks_for_a_password_is_refused(
    server: Server, take: Take, tmp_path: Path, authority: str
) -> None:
    lock = f"rsa -aes128 -passout pass:{SECRET} -in {server.folder / 'key.pem'} -out {tmp_path}/key"
    subprocess.run(["openssl", *lock.split()], check=True, capture_output=True)
    options = f"?ssl-cert={server.folder / 'cert.pem'}&ssl-key={tmp_path}/key"
    assert (
        "a certificate cannot be read" in refused(lambda: take(CIPHER, server.url + options)).what
    )


def test_a_server_without_tls_is_refused_where_it_is_required(take: Take) -> None:
    capabilities = 0xFFFF & ~0x0800
    hello = b"\x0a8.0.0\0" + struct.pack("<I", 1) + b"saltsalt\0" + struct.pack("<H", capabilities)
    hello += struct.pack("<BHHB", 45, 2, 0x0008, 21) + bytes(10) + b"salt" * 3 + b"\0"
    hello += b"mysql_native_password\0"
    received = b""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            nonlocal received
            client, _ = listening.accept()
            with client:
                client.sendall(len(hello).to_bytes(3, "little") + b"\0" + hello)
                received = client.recv(4096)

        serving = threading.Thread(target=serve)
        serving.start()
        port = listening.getsockname()[1]
        url = f"mysql://ann:{SECRET}@127.0.0.1:{port}/erp?ssl-mode=required"
        error = refused(lambda: take("select 1", url))
        serving.join()
    assert "SSL is required but the server doesn't support it" in error.what
    assert received == b""
