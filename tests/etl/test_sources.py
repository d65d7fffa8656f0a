"""What the command line names becomes local files, dated, within limits; no secret is told."""

import base64
import gzip
import importlib
import io
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import duckdb
import polars as pl
import pytest

from etl import archives, cli, remote
from etl.archives import Limits
from etl.errors import InputError
from etl.load import load
from etl.snapshot import Store
from etl.source_file import queries
from etl.sources import gather, sniffed
from etl.urls import expanded, redacted, scheme
from tests.etl.loading import database, rows

ORDERS = (
    "order_id,line_id,order_date,item_id,ordered_qty\nO1,1,2026-03-01,LAMP,10\n"
    "O2,1,2026-03-10,LAMP,5\n"
)
STOCK = "as_of,item_id,on_hand_qty\n2026-03-31,LAMP,6\n"
MAY = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
SECRET = "h7Kq-secret"

Gather = Callable[..., tuple[list[Path], list[str]]]


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gather:
    """Gathers in a folder of its own; relative names are relative to the test's."""
    monkeypatch.chdir(tmp_path)

    def run(*given: str | Path, limits: Limits = archives.LIMITS) -> tuple[list[Path], list[str]]:
        return gather(given, Path(tempfile.mkdtemp(dir=tmp_path, prefix="scratch-")), limits)

    return run


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    (folder / "older").mkdir(parents=True)
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "stock.csv").write_text(STOCK)
    (folder / "older" / "orders.csv").write_text(ORDERS)
    for name in ("~$stock.xlsx", ".hidden.csv", "stock.csv.part", "notes.pdf"):
        (folder / name).write_text("x")
    return folder


def zipped(path: Path, members: dict[str, str | bytes], at: datetime = MAY) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, at.timetuple()[:6])
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return path


def refused(run: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        run()
    return caught.value


# Files, folders, patterns ------------------------------------------------------------------------


def test_a_folder_gives_its_exports_by_name_and_notes_the_rest(take: Gather, exports: Path) -> None:
    files, notes = take(exports)
    assert [path.name for path in files] == ["orders.csv", "stock.csv"]
    assert notes == [
        "notes.pdf: not a data file, passed over",
        "stock.csv.part: not a data file, passed over",
    ]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("exports/*.csv", ["exports/orders.csv", "exports/stock.csv"]),
        ("exports/*", ["exports/orders.csv", "exports/stock.csv"]),
        ("exports/o*s.[c]sv", ["exports/orders.csv"]),
        ("**/orders.csv", ["exports/older/orders.csv", "exports/orders.csv"]),
    ],
)
def test_a_quoted_pattern_is_expanded_here(
    take: Gather, exports: Path, pattern: str, names: list[str]
) -> None:
    assert [str(path) for path in take(pattern)[0]] == names
    absolute = [str(path) for path in take(exports.parent / pattern)[0]]
    assert absolute == [str(exports.parent / name) for name in names]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(take: Gather, tmp_path: Path) -> None:
    (tmp_path / "orders[1].csv").write_text(ORDERS)
    (tmp_path / "orders1.csv").write_text(ORDERS)
    assert take("orders[1].csv")[0] == [Path("orders[1].csv")]


def test_what_is_not_there_is_said(take: Gather, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert refused(lambda: take("none.csv")).what == "no such file or folder"
    assert refused(lambda: take("none/*.csv")).what == "no data file matches the pattern"
    assert refused(lambda: take("empty")).what == "the folder holds no data file"


# Standard input ----------------------------------------------------------------------------------


def as_bytes(kind: str) -> bytes:
    frame = pl.read_csv(ORDERS.encode())
    out = io.BytesIO()
    if kind == "xlsx":
        frame.write_excel(out)
    elif kind == "parquet":
        frame.write_parquet(out)
    elif kind == "json":
        frame.write_json(out)
    elif kind == "ndjson":
        frame.write_ndjson(out)
    elif kind == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("orders.csv", ORDERS)
    elif kind == "gz":
        out.write(gzip.compress(ORDERS.encode()))
    else:
        out.write(ORDERS.replace(",", "\t" if kind == "tsv" else ",").encode())
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("csv", "stdin.csv"),
        ("tsv", "stdin.csv"),
        ("json", "stdin.json"),
        ("ndjson", "stdin.json"),
        ("parquet", "stdin.parquet"),
        ("xlsx", "stdin.xlsx"),
        ("zip", "stdin.zip/orders.csv"),
        ("gz", "stdin.csv"),
    ],
)
def test_stdin_is_known_by_what_it_holds(
    take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(as_bytes(kind))))
    with database(tmp_path) as con:
        (loaded,) = load(con, take("-")[0]).loads
    assert (loaded.source_file, loaded.rows_loaded) == (name, 2)


def test_text_in_brackets_is_not_json() -> None:
    assert sniffed(b"[Order],[Item]\n") == ".csv"
    assert sniffed(b"\xef\xbb\xbf [\n {") == ".json"


def test_nothing_on_stdin_is_an_error(take: Gather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert refused(lambda: take("-")).what == "nothing came"


# Zip and gzip ------------------------------------------------------------------------------------


def test_a_zip_gives_its_exports_by_their_place_in_it(take: Gather, tmp_path: Path) -> None:
    june = {"June/orders.csv": ORDERS, "stock.csv": STOCK, "readme.txt.pdf": "x"}
    mac = {"__MACOSX/._stock.csv": "x", ".DS_Store": "x", "June/~$a.xlsx": "x"}
    path = zipped(tmp_path / "exports.zip", {**june, **mac})
    files, notes = take(path)
    with database(tmp_path) as con:
        load(con, files)
        found = rows(con, "select source_file, rows_loaded from quality.loads order by all")
    assert found == [("exports.zip/June/orders.csv", 2), ("exports.zip/stock.csv", 1)]
    assert notes == ["exports.zip/readme.txt.pdf: not a data file, passed over"]


def test_a_zip_in_a_folder_is_opened(take: Gather, tmp_path: Path) -> None:
    zipped(tmp_path / "exports.zip", {"orders.csv": ORDERS})
    zipped(tmp_path / "exports2.zip", {"orders.csv": ORDERS})
    assert ["/".join(path.parts[-2:]) for path in take(".")[0]] == [
        "exports.zip/orders.csv",
        "exports2.zip/orders.csv",
    ]


def test_a_refused_file_of_a_zip_is_named_with_it(take: Gather, tmp_path: Path) -> None:
    files, _ = take(zipped(tmp_path / "exports.zip", {"orders.csv": ""}))
    with database(tmp_path) as con:
        assert refused(lambda: load(con, files)).where == "exports.zip/orders.csv"


def test_a_member_keeps_its_own_date(take: Gather, tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    exact = zipfile.ZipInfo("exact.csv", (2020, 2, 2, 2, 2, 2))
    exact.extra = struct.pack("<HHBi", 0x5455, 5, 1, int(MAY.timestamp()))
    local = zipfile.ZipInfo("local.csv", (2026, 5, 4, 10, 30, 0))
    undated = zipfile.ZipInfo("undated.csv")
    with zipfile.ZipFile(path, "w") as archive:
        for member in (exact, local, undated):
            archive.writestr(member, ORDERS)
    os.utime(path, (MAY.timestamp() + 60, MAY.timestamp() + 60))
    dates = {file.name: file.stat().st_mtime for file in take(path)[0]}
    assert dates == {
        "exact.csv": MAY.timestamp(),
        "local.csv": datetime(2026, 5, 4, 10, 30).astimezone().timestamp(),
        "undated.csv": MAY.timestamp() + 60,
    }


BLANKS = b" " * (1 << 20)


@pytest.mark.parametrize(
    ("members", "limits", "what"),
    [
        ({"a.csv": BLANKS, "b.csv": BLANKS}, Limits(bytes=1 << 20), "would unpack to 2 MB"),
        ({f"{i}.csv": "x" for i in range(9)}, Limits(members=8), "holds 9 files"),
        ({f"{i:04}" + "x" * 200: "" for i in range(99)}, Limits(members=8), "has a directory"),
        ({"a.csv": BLANKS}, Limits(ratio=100), "more than 100 times its size"),
    ],
)
def test_a_zip_bomb_is_refused_before_it_bursts(
    take: Gather,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    members: dict[str, str | bytes],
    limits: Limits,
    what: str,
) -> None:
    monkeypatch.setattr(archives, "RATIO_FREE_BYTES", 1000)
    path = zipped(tmp_path / "bomb.zip", members)
    error = refused(lambda: take(path, limits=limits))
    assert what in error.what
    assert error.where == "bomb.zip"
    assert "unpack it yourself" in error.remedy
    assert not [each for each in tmp_path.rglob("*.csv") if each.is_file()]


def test_members_that_share_their_bytes_count_once_for_the_ratio(
    take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "RATIO_FREE_BYTES", 1000)
    path = zipped(tmp_path / "bomb.zip", {"a.csv": os.urandom(20_000)})
    plain = path.read_bytes()
    start = plain.index(b"PK\x01\x02")
    entry, end = plain[start : plain.index(b"PK\x05\x06")], plain[plain.index(b"PK\x05\x06") :]
    counts = struct.pack("<HHI", 50, 50, 50 * len(entry))
    path.write_bytes(plain[:start] + entry * 50 + end[:8] + counts + end[16:])
    error = refused(lambda: take(path, limits=Limits(ratio=10)))
    assert "more than 10 times its size" in error.what


def test_a_member_larger_than_it_claims_is_damage(take: Gather, tmp_path: Path) -> None:
    path = zipped(tmp_path / "liar.zip", {"a.csv": BLANKS})
    true = struct.pack("<I", len(BLANKS))
    path.write_bytes(path.read_bytes().replace(true, struct.pack("<I", 1000)))
    assert refused(lambda: take(path)).what == "the archive is damaged"
    assert max(file.stat().st_size for file in tmp_path.rglob("a.csv")) <= 1000


@pytest.mark.parametrize(
    "name", ["../evil.csv", "a/../../evil.csv", "/evil.csv", "..\\evil.csv", "C:\\evil.csv"]
)
def test_nothing_is_written_outside_of_the_scratch_folder(
    take: Gather, tmp_path: Path, name: str
) -> None:
    path = zipped(tmp_path / "evil.zip", {"orders.csv": ORDERS, name: ORDERS})
    assert refused(lambda: take(path)).what.startswith("the zip names a place outside of it")
    assert not list(tmp_path.rglob("*evil.csv"))


def test_a_link_in_a_zip_is_passed_over(take: Gather, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("passwords.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "exports.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", ORDERS)
        archive.writestr(link, "/etc/passwd")
    files, notes = take(path)
    assert [file.name for file in files] == ["orders.csv"]
    assert notes == ["exports.zip/passwords.csv: not a data file, passed over"]


def test_a_protected_a_damaged_and_an_empty_zip_are_told_apart(
    take: Gather, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "e.zip", {"orders.csv": ORDERS})
    plain = path.read_bytes()
    start = plain.index(b"PK\x01\x02")
    path.write_bytes(plain[:6] + b"\x01" + plain[7 : start + 8] + b"\x01" + plain[start + 9 :])
    assert refused(lambda: take(path)).what == "the zip is protected by a password"
    path.write_bytes(plain[:6] + plain[8:])
    assert refused(lambda: take(path)).what == "the archive is damaged"
    path.write_bytes(plain[: len(plain) // 2])
    assert refused(lambda: take(path)).what == "the archive is damaged"
    path.write_bytes(plain[:10] + b"\x63" + plain[11:])
    zipped(path, {"readme.md": "x"})
    assert refused(lambda: take(path)).what == "the zip holds no data file"


def test_a_gzipped_export_is_the_export(take: Gather, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(ORDERS.encode(), mtime=int(MAY.timestamp())))
    ((file,), _) = take(".")
    assert (file.name, file.read_text()) == ("orders.csv", ORDERS)
    assert file.stat().st_mtime == MAY.timestamp()
    path.write_bytes(gzip.compress(ORDERS.encode(), mtime=0))
    os.utime(path, (1, 1))
    assert take(path)[0][0].stat().st_mtime == 1


def test_a_gzip_bomb_and_a_broken_one_are_refused(
    take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(BLANKS))
    assert "larger than 0 MB" in refused(lambda: take(path, limits=Limits(bytes=1000))).what
    monkeypatch.setattr(archives, "RATIO_FREE_BYTES", 1000)
    assert "unpacked" in refused(lambda: take(path, limits=Limits(ratio=100))).what
    path.write_bytes(gzip.compress(BLANKS)[:500])
    assert refused(lambda: take(path)).what == "the archive is damaged"


# Addresses ---------------------------------------------------------------------------------------


class Web(BaseHTTPRequestHandler):
    """An export server with every fault of one; `seen` holds what it was asked with."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers["Authorization"]))
        route, _, query = self.path.partition("?")
        if route == "/slow.csv":
            self.server.patience.wait(5)
        elif route == "/gone.csv":
            self.send_error(404)
        elif route == "/locked.csv" and self.headers["Authorization"] is None:
            self.send_error(401)
        elif route == "/moved.csv":
            self.answer(b"", 302, Location=query or "/orders.csv")
        elif route == "/short.csv":
            self.answer(ORDERS.encode()[:50], length=len(ORDERS))
        elif route == "/sign-in.csv":
            self.answer(b"<!DOCTYPE html><html>", kind="text/html")
        elif route == "/export":
            name = 'attachment; filename="../../May orders.csv"'
            self.answer(ORDERS.encode(), Content_Disposition=name)
        elif route == "/packed.csv":
            self.answer(as_bytes("gz"), Content_Encoding="gzip")
        elif route == "/exports.zip":
            self.answer(as_bytes("zip"))
        else:
            self.answer(ORDERS.encode(), Last_Modified=format_datetime(MAY, usegmt=True))

    def answer(
        self,
        content: bytes,
        code: int = 200,
        kind: str = "text/csv",
        length: int | None = None,
        **headers: str,
    ) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Web)
        self.seen: list[tuple[str, str | None]] = []
        self.patience = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    pair = (Server(), Server())
    for server in pair:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield pair
    for server in pair:
        server.patience.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def web(servers: tuple[Server, Server]) -> Server:
    for server in servers:
        server.seen.clear()
    return servers[0]


def test_an_address_gives_a_file_dated_as_the_server_dates_it(take: Gather, web: Server) -> None:
    ((file,), notes) = take(f"{web.url}/orders.csv?token={SECRET}")
    assert (file.name, file.read_text()) == ("orders.csv", ORDERS)
    assert file.stat().st_mtime == MAY.timestamp()
    assert notes == [f"orders.csv: from {web.url}/orders.csv?token=***"]
    assert web.seen == [(f"/orders.csv?token={SECRET}", None)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/export", "May orders.csv"),
        ("/api/orders", "orders.csv"),
        ("/api/orders.php?kind=csv", "orders.csv"),
        ("/", "download.csv"),
        ("/moved.csv", "moved.csv"),
        ("/exports.zip", "exports.zip/orders.csv"),
        ("/packed.csv", "packed.csv"),
        ("/a%20b/my%20orders.csv", "my orders.csv"),
        ("/a b/my orders.csv", "my orders.csv"),
    ],
)
def test_a_download_gets_a_plain_name(take: Gather, web: Server, path: str, name: str) -> None:
    ((file,), _) = take(web.url + path)
    assert str(file).endswith("/" + name)
    assert file.read_text() == ORDERS


def test_variables_in_an_address_come_from_the_environment(
    take: Gather, web: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    take(f"{web.url}/orders.csv?$select=id&token=$SHOP_TOKEN&again=${{SHOP_TOKEN}}")
    assert web.seen[0][0] == f"/orders.csv?$select=id&token={SECRET}&again={SECRET}"
    error = refused(lambda: take(f"{web.url}/orders.csv?token=$SHOP_TOKN"))
    assert error.what == "the environment variable SHOP_TOKN is not set"


def test_a_name_and_password_are_sent_to_their_server_only(
    take: Gather, servers: tuple[Server, Server], web: Server
) -> None:
    here = web.url.replace("://", f"://ann%40shop:{SECRET}@")
    sent = "Basic " + base64.b64encode(f"ann@shop:{SECRET}".encode()).decode()
    take(f"{here}/locked.csv", f"{here}/moved.csv?/locked.csv")
    assert [secret for _, secret in web.seen] == [sent, sent, sent]
    take(f"{here}/moved.csv?{servers[1].url}/orders.csv")
    assert servers[1].seen == [("/orders.csv", None)]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/gone.csv", "the server answered 404 Not Found"),
        ("/locked.csv", "the server answered 401 Unauthorized"),
        ("/short.csv", "the download broke off after 50 of 95 bytes"),
        ("/sign-in.csv", "the server sent a web page in place of a file"),
        ("/moved.csv?file:///etc/passwd", "the server answered 302 Found"),
        ("/moved.csv?ftp://h/a.csv", "the server sends us on to an address that is not followed"),
        ("/slow.csv", "the address cannot be read: it took too long"),
        ("/orders.csv", "the file is larger than 0 MB"),
    ],
)
def test_a_download_that_fails_says_why_and_no_secret(
    take: Gather, web: Server, monkeypatch: pytest.MonkeyPatch, path: str, what: str
) -> None:
    monkeypatch.setattr(remote, "TIMEOUT_SECONDS", 0.2)
    limits = Limits(bytes=90) if path == "/orders.csv" else archives.LIMITS
    mark = "&" if "?" in path else "?"
    error = refused(lambda: take(f"{web.url}{path}{mark}key={SECRET}", limits=limits))
    assert what in error.what
    assert SECRET not in f"{error} {error.__cause__}"
    assert error.__cause__ is None


def test_a_redirect_off_https_is_refused() -> None:
    request = remote.urllib.request.Request("https://shop.example/a.csv")
    error = refused(
        lambda: remote._Redirects().redirect_request(
            request, None, 302, "", {}, f"http://shop.example/a.csv?sig={SECRET}"
        )
    )
    assert "not followed" in error.what
    assert error.where == "http://shop.example"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ann:pw@shop.example/a.csv", "https://***@shop.example/a.csv"),
        ("https://x.example/a?sig=pw&n=2#part", "https://x.example/a?sig=***&n=***"),
        ("https://x.example/a?pw", "https://x.example/a?***"),
        ("postgresql://ann:p/w@d@host:5/erp", "postgresql://***@host:5/erp"),
        ("see 's3://key:pw@bucket/a' now", "see 's3://***@bucket/a' now"),
        ("host=h password=pw user=ann", "host=h password=*** user=ann"),
        ("exports/a.csv?b=c", "exports/a.csv?b=c"),
    ],
)
def test_secrets_are_struck_out(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_what_is_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [scheme(text) for text in ("HTTPS://x", "a/b://c", "C:\\x", "-", "s3://b")] == [
        "https",
        "",
        "",
        "",
        "s3",
    ]
    monkeypatch.setenv("A", "1")
    assert expanded("$A ${A} $a") == "1 1 $a"


def test_an_address_of_another_kind_is_refused_with_what_to_do(take: Gather) -> None:
    assert refused(lambda: take("ftp://h/x.csv")).what == "ftp:// is not a source that can be read"
    error = refused(lambda: take(f"postgresql://ann:{SECRET}@h/erp"))
    assert error.where == "postgresql://***@h/erp"
    assert "source file" in error.remedy


def test_no_secret_is_stored_or_printed(
    web: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    given = f"{web.url.replace('://', f'://ann:{SECRET}@')}/locked.csv?token={SECRET}"
    monkeypatch.setattr(sys, "argv", ["backorders", "refresh", given])
    assert cli._run(["load", given, "--db", str(store), "-v"]) == 0
    assert cli._run(["--debug", "load", given.replace("locked", "gone"), "--db", str(store)]) == 3
    printed = capfd.readouterr()
    assert "locked.csv" in printed.out
    assert f"://***@127.0.0.1:{web.server_port}/gone.csv?token=***" in printed.err
    assert SECRET not in printed.out + printed.err
    assert "token=***" in str(Store(store).holder())
    for path in store.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path


# Buckets -----------------------------------------------------------------------------------------


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket in memory, in place of S3's and Google's, with two folders of exports."""
    from fsspec.implementations.memory import MemoryFileSystem

    known = importlib.import_module("fsspec.registry")

    class Bucket(MemoryFileSystem):
        protocol = ("s3", "gs")
        store: dict[str, object] = {}  # noqa: RUF012 (as its parent has it)
        pseudo_dirs = [""]  # noqa: RUF012

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            place = re.sub("^(s3|gs)://", "/", path).rstrip("/")
            return place if place.startswith("/") or not place else "/" + place

    for name in ("s3", "gs"):
        monkeypatch.setitem(known._registry, name, Bucket)
    system = Bucket()
    for name in ("erp/june/orders.csv", "erp/june/stock.csv", "erp/june/notes.pdf"):
        system.pipe(f"/{name}", (STOCK if "stock" in name else ORDERS).encode())
        system.store[f"/{name}"].modified = MAY
    yield
    Bucket.clear_instance_cache()


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("s3://erp/june/orders.csv", ["orders.csv"]),
        ("gs://erp/june/", ["orders.csv", "stock.csv"]),
        ("s3://erp/*/o*.csv", ["orders.csv"]),
    ],
)
def test_a_bucket_gives_a_file_a_folder_or_a_pattern(
    take: Gather, bucket: None, url: str, names: list[str]
) -> None:
    files, _ = take(url)
    assert [file.name for file in files] == names
    assert {file.stat().st_mtime for file in files} == {MAY.timestamp()}
    assert files[0].read_text() == ORDERS


def test_a_bucket_without_the_file_or_with_a_huge_one_says_so(take: Gather, bucket: None) -> None:
    assert refused(lambda: take("s3://erp/june/none.csv")).what == "no such file"
    assert refused(lambda: take("s3://erp/july/*.csv")).what == "no data file is there"
    error = refused(lambda: take("s3://erp/june/orders.csv", limits=Limits(bytes=10)))
    assert "is larger than" in error.what


@pytest.mark.parametrize(("url", "extra"), [("s3://b/a.csv", "s3"), ("gs://b/a.csv", "gcs")])
def test_a_missing_extra_is_named(
    take: Gather, monkeypatch: pytest.MonkeyPatch, url: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, {"s3": "s3fs", "gcs": "gcsfs"}[extra], None)
    assert (
        refused(lambda: take(url)).remedy
        == f"Install them with `pip install 'backorders[{extra}]'`"
    )
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert f"backorders[{extra}]" in refused(lambda: take(url)).remedy


# Databases ---------------------------------------------------------------------------------------

INITDB = ["-U", "ann", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
SERVER = ["-p", "6543", "-F", "-c", "listen_addresses=", "-c", "shared_buffers=1MB"]
TABLE = '[[table]]\nname = "orders"\nurl = "$ERP_URL"\nsql = "select 1"\n'


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("[[table]", "this is not valid TOML", "Mend the line"),
        ("", "the source file names no table", "[[table]]"),
        ("[[tabel]]\nname = 1", "the key 'tabel' is not known", "Did you mean table?"),
        (TABLE + "query = 1", "the key 'query' is not known", "Did you mean url?"),
        (TABLE.replace("sql =", "#"), "sql is missing", 'Write sql = "…"'),
        (TABLE.replace("orders", "a/b"), "'a/b' cannot name a file", "Use letters"),
        (TABLE + TABLE, "two tables are called 'orders'", "Rename"),
        (
            TABLE.replace("$ERP_URL", f"postgresql://ann:{SECRET}@h/erp"),
            "the address of the database is written in the file",
            'url = "$ERP_URL"',
        ),
    ],
)
def test_a_source_file_that_is_wrong_says_where(
    tmp_path: Path, text: str, what: str, remedy: str
) -> None:
    path = tmp_path / "erp.source.toml"
    path.write_text(text)
    error = refused(lambda: queries(path))
    assert what in error.what
    assert remedy in error.remedy
    assert error.where.startswith("erp.source.toml")
    assert SECRET not in str(error)


def test_a_database_whose_address_is_not_given_or_of_another_kind(
    take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "erp.source.toml"
    path.write_text(TABLE)
    monkeypatch.delenv("ERP_URL", raising=False)
    assert refused(lambda: take(path)).what == "the environment variable ERP_URL is not set"
    monkeypatch.setenv("ERP_URL", f"sqlserver://ann:{SECRET}@h/erp")
    error = refused(lambda: take(path))
    assert error.what == "ERP_URL is no address of a database that can be read"
    assert "mysql://" in error.remedy
    assert SECRET not in str(error)
    monkeypatch.setenv("ERP_URL", "postgresql://h/erp")
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    assert "backorders[postgres]" in refused(lambda: take(path)).remedy


@pytest.fixture(scope="module")
def erp() -> Iterator[str]:
    """The address of a real PostgreSQL server with a few orders, started here."""
    pytest.importorskip("adbc_driver_postgresql")
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    initdb = shutil.which("initdb", path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))
    if initdb is None:
        pytest.skip("PostgreSQL's server is not installed")
    programs = Path(initdb).parent
    # A socket's path must be short, and the server does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = None
    if os.getuid() == 0:
        user = "nobody"
        shutil.chown(folder, user)
    (folder / "password").write_text(SECRET)
    (folder / "password").chmod(0o644)
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", data, "--pwfile", folder / "password", *INITDB],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", folder, *SERVER],
        stderr=subprocess.DEVNULL,
        user=user,
        cwd=folder,
    )
    address = f"postgresql://ann:{SECRET}@/postgres?host={quote(str(folder))}&port=6543"
    try:
        wait_for(folder / ".s.PGSQL.6543", server)
        fill(address)
        yield address
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def wait_for(path: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if path.exists():
            return
        assert server.poll() is None, "the server ended"
        threading.Event().wait(0.05)
    raise AssertionError("the server did not start")


def fill(address: str) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create sequence number")
        cursor.execute("create type state as enum ('open', 'closed')")
        cursor.execute(
            "create table sale (no text, pos int, day date, item text, qty numeric(12, 3),"
            " price money, state state, at timestamptz, due date)"
        )
        cursor.execute(
            "insert into sale values"
            " ('S1', 1, '2026-03-01', 'LAMP', 2.500, 12.50, 'open', '2026-03-01 23:30+01', null),"
            " ('S1', 2, '2026-03-01', 'Vase; blue, \"new\"', 1, 3, 'closed', null, 'infinity')"
        )


def source_file(folder: Path, sql: str, more: str = "") -> Path:
    path = folder / "erp.source.toml"
    path.write_text(f'[[table]]\nname = "orders"\nurl = "$ERP_URL"\nsql = """{sql}"""\n{more}')
    return path


SALES = (
    "select no as order_id, pos as line_id, day as order_date, item as item_id,"
    " qty as ordered_qty from sale order by no, pos; "
)


def test_tables_of_postgresql_load_like_any_export(
    erp: str, take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_URL", erp)
    path = source_file(tmp_path, SALES)
    with database(tmp_path) as con:
        (loaded,) = load(con, take(path)[0]).loads
        assert (loaded.source_file, loaded.rows_in, loaded.rows_loaded) == ("orders.parquet", 2, 2)
        query = "select line_id, item_id, ordered_qty from contract.sales_order_lines order by 1"
        assert rows(con, query) == [("1", "LAMP", 2.5), ("2", 'Vase; blue, "new"', 1)]
        again = load(con, take(path)[0])
    assert again.notes == ("orders.parquet: loaded before, as load 1; nothing to do",)


def test_cells_are_as_postgresql_writes_them(
    erp: str, take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_URL", erp)
    monkeypatch.setenv("PGTZ", "Europe/Berlin")
    started = datetime.now(UTC).timestamp()
    ((file,), _) = take(source_file(tmp_path, "select *, qty from sale order by pos -- all"))
    assert duckdb.sql(f"select * exclude (qty_1) from '{file}'").fetchall() == [
        (
            "S1",
            "1",
            "2026-03-01",
            "LAMP",
            "2.500",
            "$12.50",
            "open",
            "2026-03-01 23:30:00+01",
            None,
        ),
        (
            "S1",
            "2",
            "2026-03-01",
            'Vase; blue, "new"',
            "1.000",
            "$3.00",
            "closed",
            None,
            "infinity",
        ),
    ]
    assert started - 1 <= file.stat().st_mtime <= datetime.now(UTC).timestamp()


def test_tables_of_one_database_are_of_one_moment_in_the_order_given(
    erp: str, take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_URL", erp)
    monkeypatch.setenv("OTHER_URL", erp)
    now = 'sql = "select pg_export_snapshot() is null, now() as at, txid_current_if_assigned()"'
    more = f'[[table]]\nname = "other"\nurl = "$OTHER_URL"\n{now}\n'
    more += f'[[table]]\nname = "again"\nurl = "${{ERP_URL}}"\n{now}\n'
    files, _ = take(source_file(tmp_path, "select now() as at", more))
    assert [file.name for file in files] == ["orders.parquet", "other.parquet", "again.parquet"]
    at = [pl.read_parquet(file.read_bytes())["at"][0] for file in files]
    assert at[0] == at[2] != at[1]


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("select nope from sale", 'column "nope" does not exist'),
        ("delete from sale returning no", "syntax error"),
        ("select 1 / (pos - 1) from sale", "division by zero"),
        ("select nextval('number')", "cannot execute nextval() in a read-only transaction"),
        ("select 1; drop table sale", "cannot insert multiple commands"),
        ("select 1 / 0", "division by zero"),
        (
            "select pg_terminate_backend(pg_backend_pid())",
            "the connection to the database was lost",
        ),
    ],
)
def test_a_query_that_fails_or_writes_is_refused(
    erp: str,
    take: Gather,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sql: str,
    what: str,
) -> None:
    monkeypatch.setenv("ERP_URL", erp)
    error = refused(lambda: take(source_file(tmp_path, sql)))
    assert what in error.what
    assert error.where == "erp.source.toml, table orders"


def test_a_database_that_cannot_be_reached_shows_no_password(
    erp: str, take: Gather, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = source_file(tmp_path, "select 1")
    for address, what in [
        (erp.replace(SECRET, f"{SECRET}x"), 'password authentication failed for user "ann"'),
        (erp.replace("/postgres?", "/none?"), 'database "none" does not exist'),
        (erp.replace("6543", "6544"), "No such file or directory"),
        (erp.replace(SECRET, f"{SECRET} x"), "ERP_URL is no valid address"),
        (f"postgresql://ann:{SECRET}%zz@h/erp", "ERP_URL is no valid address"),
    ]:
        monkeypatch.setenv("ERP_URL", address)
        error = refused(lambda: take(path))
        assert what in error.what
        assert SECRET not in f"{error} {error.__cause__}"
