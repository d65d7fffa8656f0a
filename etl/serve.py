"""Starts the dashboard's server on this machine and stays until it is stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from etl.errors import BackordersError, InputError

# The server is started as a program of its own: etl does not import the dashboard.
ROOT = Path(__file__).parent.parent
APP = ROOT / "dashboard" / "app.py"
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


def serve(store: Path, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the store until interrupted; `on_ready` gets the URL once the server answers."""
    if find_spec("streamlit") is None:
        raise InputError(
            "the dashboard's packages are not installed",
            remedy="Install them with `pip install -r requirements.lock`",
        )
    if _answers(port):
        raise InputError(
            f"port {port} is in use",
            where=f"localhost:{port}",
            remedy=f"Stop what runs there, or choose another with --port {port + 1}",
        )
    previous = signal.signal(signal.SIGTERM, _stop)
    server = subprocess.Popen(
        _command(port),
        cwd=ROOT,
        env={**os.environ, "BACKORDERS_DB": str(store.resolve())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(server, port)
        on_ready(f"http://localhost:{port}")
        server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        _end(server)
        signal.signal(signal.SIGTERM, previous)


def _command(port: int) -> list[str]:
    options = {
        "server.address": "localhost",
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        # Collecting garbage after each run takes longer than the run itself.
        "runner.postScriptGC": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise BackordersError(
        "the dashboard did not start",
        where=f"localhost:{port}",
        remedy="Its own message stands above; run `backorders status` to check the data",
    )


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("localhost", port)) == 0


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _stop(signal_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal_number)
