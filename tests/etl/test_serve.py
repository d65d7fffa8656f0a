"""The server as it is run for others: real processes, asked over the network of this machine."""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

import pytest

from etl import cli
from etl.errors import InputError
from etl.serve import Site, _environment, _must_be_sound
from tests.benchmarks.sessions import click
from tests.etl.test_deploy import instruction

ORDERS = """\
order_id,line_id,order_date,item_id,ordered_qty,shipped_qty,unit_price,currency
O1,1,2026-03-01,LAMP,10,4,12.50,EUR
O2,1,2026-03-10,LAMP,5,0,12.50,EUR
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    (folder / "orders.csv").write_text(ORDERS)
    assert cli._run(["refresh", str(folder / "orders.csv"), "--db", str(folder / "store")]) == 0
    return folder / "store"


class Server:
    """One `backorders serve`, and what it says."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    def ask(self, path: str, **headers: str) -> tuple[int, Message, str]:
        """Status, headers and text of an answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Exit code after the signal, and all of stderr."""
        self.process.send_signal(how)
        _, err = self.process.communicate(timeout=20)
        return self.process.returncode, err


@contextmanager
def serving(root: Path, store: Path, *flags: str) -> Iterator[Server]:
    with socket.create_server(("localhost", 0)) as free:
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "etl", "serve", "--db", str(store), "--port", port, *flags],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = re.fullmatch(
            r"The dashboard is at (http://localhost:\d+\S*) \(Ctrl-C stops it\)\n",
            process.stdout.readline(),
        )
        assert said, process.communicate()
        yield Server(process, said[1])
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)


def test_a_day_of_a_server(root: Path, published: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    flags = ("--base-path", "/reports", "--log-format", "json", "--allowed-host", "127.0.0.1")
    with serving(root, store, *flags) as server:
        assert server.url.endswith("/reports")
        # No data yet: it lives, and says that there is nothing to show.
        assert server.ask("/healthz")[0] == 200
        assert healthy(root, server)
        status, _, said = server.ask("/readyz")
        assert (status, json.loads(said)["reason"]) == (503, "no snapshot is published")
        assert "backorders refresh" in json.loads(said)["remedy"]
        # A refresh is published.
        shutil.copytree(published, store, symlinks=True)
        status, headers, said = server.ask("/readyz")
        assert status == 200
        version = json.loads(said)["snapshot"]
        assert (store / "CURRENT").read_text().strip() == f"backorders-{version}.duckdb"
        protected(headers)
        assert headers["Strict-Transport-Security"] is None
        # Behind a proxy on this machine that speaks TLS.
        assert server.ask("/healthz", X_Forwarded_Proto="https")[1]["Strict-Transport-Security"]
        for proto, is_secure in (("http", False), ("https", True)):
            cookie = server.ask("/_stcore/health", X_Forwarded_Proto=proto)[1]["Set-Cookie"]
            assert ("; Secure" in cookie) is is_secure
        # Asked for under a stranger's name, and under the bare address as a probe does.
        assert server.ask("/backlog", Host="evil.example")[0] == 400
        assert server.ask("/healthz", Host="10.0.0.7:8501")[0] == 200
        # The page says where its server is, and its policy lets that be said.
        status, headers, page = server.ask("/backlog")
        assert status == 200
        assert 'location.origin + "/reports"' in page
        for script in re.findall(r"<script>(.*?)</script>", page, re.S):
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in headers["Content-Security-Policy"]
        # People look at it.
        report = click(server.url, sessions=2, seconds=2, pause=0.5, pid=server.process.pid)
        assert report.errors == []
        assert report.runs
        assert report.resident_mb[0] > 50
        # A snapshot that cannot be read.
        (store / f"backorders-{version[:-1]}9.duckdb").write_bytes(b"torn")
        (store / "CURRENT").write_text(f"backorders-{version[:-1]}9.duckdb\n")
        status, _, said = server.ask("/readyz")
        assert status == 503
        assert f"backorders-{version[:-1]}9.duckdb" in json.loads(said)["reason"]
        code, err = server.end(signal.SIGTERM)
        assert code == 128 + signal.SIGTERM
        logged(err, version)


def healthy(root: Path, server: Server) -> bool:
    """What the image's own check says of it."""
    check = instruction(root, "HEALTHCHECK").partition("CMD ")[2]
    port = server.url.split(":")[2].partition("/")[0]
    command = [sys.executable, *json.loads(check.replace(":8501/", f":{port}/"))[1:]]
    return subprocess.run(command, check=False, timeout=20).returncode == 0


def protected(headers: Message) -> None:
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts
    assert "unsafe" not in scripts[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Server"] is None


def logged(err: str, version: str) -> None:
    lines = [json.loads(line) for line in err.splitlines()]
    assert all({"time", "level", "event"} <= line.keys() for line in lines)
    events = [line["event"] for line in lines]
    assert (events[0], events[-1]) == ("started", "stopped")
    assert events.count("not ready") == 2
    pages = [line for line in lines if line["event"] == "page"]
    assert {line["snapshot"] for line in pages} == {version}
    assert {line["outcome"] for line in pages} <= {"shown", "left"}
    assert len({line["session"] for line in pages}) == 2
    assert all(line["duration_ms"] > 0 for line in pages)


def test_a_server_that_ends_by_itself_is_a_failure(root: Path, published: Path) -> None:
    with serving(root, published) as server:
        (child,) = children(server.process.pid)
        os.kill(child, signal.SIGKILL)
        _, err = server.process.communicate(timeout=20)
        assert server.process.returncode == 1
        assert err.startswith("error: the dashboard's server ended by itself, with code -9\n")


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--address", "0.0.0.0"), "the dashboard would be open to everybody who reaches it"),
        (("--allowed-host", "a.example"), "the dashboard would be open to everybody who reaches"),
        (("--address", "192.0.2.9", "--secrets", "auth.toml"), "the server cannot listen there"),
        (("--base-path", "/a b"), "'/a b' is no path of an address"),
        (("--allowed-host", "https://a.example"), "'https://a.example' is no host name"),
        (("--address", "0.0.0.0", "--secrets", "none.toml"), "there is no such file"),
        (("--address", "0.0.0.0", "--secrets", "torn.toml"), "the secrets cannot be read"),
    ],
)
def test_what_cannot_be_served_is_said(
    flags: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    Path("auth.toml").write_text('[auth]\nclient_id = "x"\n')
    Path("torn.toml").write_text("[auth")
    assert cli._run(["serve", "--db", "store", *flags]) == 3
    err = capsys.readouterr().err
    assert err.startswith(f"error: {said}")


def test_sign_in_is_required_wherever_others_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text('[auth]\nclient_id = "x"\n')
    for site in (Site("0.0.0.0"), Site("192.0.2.9"), Site(allowed_hosts=["*.example.com"])):
        _must_be_sound(site)
        assert _environment(tmp_path, site)["BACKORDERS_SIGN_IN"] == "required"
    for site in (Site(), Site("127.0.0.1"), Site("::1", allowed_hosts=["localhost", "[::1]"])):
        assert "BACKORDERS_SIGN_IN" not in _environment(tmp_path, site)
    secrets.write_text("[other]\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"a table \[auth\]"):
        _must_be_sound(Site("0.0.0.0"))
