"""Starts the dashboard's server and stays until it is stopped."""

import errno
import ipaddress
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from etl.errors import BackordersError, InputError

# The server is started as a program of its own: etl does not import the dashboard.
ROOT = Path(__file__).parent.parent
APP = "dashboard.asgi:app"
LOCALHOST = "localhost"
_ANY = ("0.0.0.0", "::")
_HOST = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*|\[?[0-9a-f:.]+\]?", re.IGNORECASE)
_BASE_PATH = re.compile(r"[\w.~-]+(/[\w.~-]+)*")
_START_SECONDS = 60.0
_STOP_SECONDS = 8.0
_DRAIN_SECONDS = 3


@dataclass(frozen=True)
class Site:
    """Where the dashboard is to be reached, and how its server writes its log."""

    address: str = LOCALHOST
    port: int = 8501
    base_path: str = ""
    allowed_hosts: Sequence[str] = ()
    secrets: Path | None = None
    log_format: str = "text"

    @property
    def prefix(self) -> str:
        """The base path as it stands in an address: "" or "/name"."""
        path = self.base_path.strip("/")
        return f"/{path}" if path else ""

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it, under its own name."""
        return all(_is_loopback(name) for name in (self.address, *self.allowed_hosts))

    @property
    def contact(self) -> str:
        """The address by which this machine itself reaches the server."""
        return LOCALHOST if self.address in _ANY else self.address

    @property
    def url(self) -> str:
        """What to open in a browser on this machine."""
        host = f"[{self.contact}]" if ":" in self.contact else self.contact
        return f"http://{host}:{self.port}{self.prefix}"


def serve(store: Path, site: Site, on_ready: Callable[[str], None]) -> None:
    """Serve the store until interrupted; `on_ready` gets the URL once the server answers."""
    if find_spec("streamlit") is None:
        raise InputError(
            "the dashboard's packages are not installed",
            remedy="Install them with `pip install -r requirements.lock`",
        )
    _must_be_sound(site)
    _must_be_free(site)
    previous = signal.signal(signal.SIGTERM, _stop)
    server = subprocess.Popen(
        _command(site),
        env={**os.environ, **_environment(store, site)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(server, site)
        on_ready(site.url)
        code = server.wait()
    except KeyboardInterrupt:
        return
    finally:
        _end(server)
        signal.signal(signal.SIGTERM, previous)
    raise BackordersError(
        f"the dashboard's server ended by itself, with code {code}",
        where=site.url,
        remedy="Its own message stands above; code -9 mostly means that memory ran out",
    )


def _must_be_sound(site: Site) -> None:
    if site.prefix and not _BASE_PATH.fullmatch(site.prefix.strip("/")):
        raise InputError(
            f"{site.base_path!r} is no path of an address",
            remedy="Give --base-path as /backorders, in plain letters",
        )
    for name in site.allowed_hosts:
        if not _HOST.fullmatch(name):
            raise InputError(
                f"{name!r} is no host name",
                remedy="Give --allowed-host as reports.example.com or *.example.com, without port",
            )
    if not site.is_local and not _has_sign_in(site):
        raise InputError(
            "the dashboard would be open to everybody who reaches it",
            where=f"reached by {', '.join(site.allowed_hosts) or site.address}",
            remedy="Configure sign-in: a table [auth] with an OpenID provider in secrets.toml,"
            " named with --secrets; or serve on localhost, the default",
        )


def _must_be_free(site: Site) -> None:
    try:
        places = socket.getaddrinfo(site.address, site.port, type=socket.SOCK_STREAM)
        for family, *_, place in places:
            socket.create_server(place[:2], family=family).close()
    except OSError as error:
        where = f"{site.address}:{site.port}"
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port {site.port} is in use",
                where=where,
                remedy=f"Stop what runs there, or choose another with --port {site.port + 1}",
            ) from error
        raise InputError(
            f"the server cannot listen there: {error.strerror}",
            where=where,
            remedy="Give --address as this machine has it, and --port from 1024 on",
        ) from error


def _has_sign_in(site: Site) -> bool:
    """Whether a provider stands in the secrets; where Streamlit looks when none are named."""
    folders = (Path.home(), Path.cwd(), ROOT / "dashboard")
    paths = (
        [site.secrets] if site.secrets else [each / ".streamlit/secrets.toml" for each in folders]
    )
    for path in paths:
        try:
            if tomllib.loads(path.read_text(encoding="utf-8")).get("auth"):
                return True
        except FileNotFoundError:
            if site.secrets:
                raise InputError(
                    "there is no such file",
                    where=f"--secrets {path}",
                    remedy="Write it with a table [auth]; README.md shows one",
                ) from None
        except (OSError, ValueError) as error:
            raise InputError(f"the secrets cannot be read: {error}", where=str(path)) from error
    return False


def _command(site: Site) -> list[str]:
    options = {
        "app-dir": ROOT,
        "host": site.address,
        "port": site.port,
        "ws": "websockets-sansio",
        "ws-per-message-deflate": "false",
        "log-level": "warning",
        "timeout-graceful-shutdown": _DRAIN_SECONDS,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    flags += ["--no-access-log", "--no-server-header", "--no-use-colors"]
    return [sys.executable, "-m", "uvicorn", APP, *flags]


def _environment(store: Path, site: Site) -> dict[str, str]:
    """What the dashboard is told; it reads no flags."""
    hosts = site.allowed_hosts or (() if site.is_local else ("*",))
    told = {
        "BACKORDERS_DB": str(store.resolve()),
        "BACKORDERS_ADDRESS": site.address,
        "BACKORDERS_BASE_PATH": site.prefix,
        "BACKORDERS_ALLOWED_HOSTS": " ".join(hosts),
        "BACKORDERS_LOG_FORMAT": site.log_format,
    }
    if site.secrets:
        told["BACKORDERS_SECRETS"] = str(site.secrets.resolve())
    if not site.is_local:
        told["BACKORDERS_SIGN_IN"] = "required"
    return told


def _wait_until_ready(server: subprocess.Popen[bytes], site: Site) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{site.url}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise BackordersError(
        "the dashboard did not start",
        where=f"{site.address}:{site.port}",
        remedy="Its own message stands above; run `backorders status` to check the data",
    )


def _is_loopback(name: str) -> bool:
    try:
        return name == LOCALHOST or ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _stop(signal_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal_number)
