"""What stands before Streamlit's own server: health, the page's shell, and headers that protect it.

Streamlit's browser side looks for its server beside the page it was opened on, and complains of
what it does not find there; the shell tells it where the server is.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from dashboard import logs, queries, upload

HEALTH, READY = "/healthz", "/readyz"

_PAGES = sorted(path.stem for path in Path(__file__).parent.glob("app_pages/[a-z]*.py"))
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)")
_YEAR = 31_536_000


class Front:
    """Answers health, readiness and the page's shell itself, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str]) -> None:
        base = str(st.get_option("server.baseUrlPath") or "").strip("/")
        self._base = f"/{base}" if base else ""
        self._shell, scripts = _shell(self._base)
        self._headers = _headers(scripts)
        self._is_ready = True
        paths = ["/", *(f"/{page}" for page in _PAGES)]
        pages = [Route(self._base + path, self._page) for path in paths]
        self._app = TrustedHostMiddleware(
            _first(pages, app), allowed_hosts=allowed_hosts, www_redirect=False
        )
        # A probe knows a number rather than a name, and need not know the prefix.
        probes = [
            Route(prefix + path, answer)
            for prefix in {"", self._base}
            for path, answer in ((HEALTH, _alive), (READY, self._ready))
        ]
        self._web = _first(probes, self._app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what is not of the web, or not ours, goes on to Streamlit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
                    _keep_cookies_to_https(headers)
            await send(message)

        sent = _UPLOAD.search(scope["path"])
        if sent and scope["method"] != "OPTIONS" and not upload.is_admitted(sent[1]):
            await PlainTextResponse("no files are taken here", 403)(scope, receive, protected)
            return
        await self._web(scope, receive, protected)

    async def _page(self, _request: Request) -> HTMLResponse:
        return HTMLResponse(self._shell, headers={"Cache-Control": "no-cache"})

    async def _ready(self, _request: Request) -> JSONResponse:
        try:
            answered = await run_in_threadpool(queries.answering)
        except queries.DataError as error:
            if self._is_ready:
                logs.trouble("not ready", reason=str(error))
            self._is_ready = False
            remedy = "Load data with `backorders refresh`; `backorders status` tells what there is"
            answer = {"status": "not ready", "reason": str(error), "remedy": remedy}
            return JSONResponse(answer, status_code=503)
        self._is_ready = True
        return JSONResponse({"status": "ready", "snapshot": answered.version})


def _keep_cookies_to_https(headers: MutableHeaders) -> None:
    # Streamlit does so only where it holds the certificate itself.
    for number, (name, value) in enumerate(headers.raw):
        if name.lower() == b"set-cookie" and b"; secure" not in value.lower():
            headers.raw[number] = (name, value + b"; Secure")


def _first(routes: Sequence[Route], app: ASGIApp) -> ASGIApp:
    router = Router(routes, redirect_slashes=False, default=app)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await (router if scope["type"] == "http" else app)(scope, receive, send)

    return either


async def _alive(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def _shell(base: str) -> tuple[str, list[str]]:
    """Streamlit's index.html, told where its server is, and the scripts that stand in it."""
    html = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
    address = f"window.__streamlit = {{BACKEND_BASE_URL: location.origin + {json.dumps(base)}}}"
    html = html.replace("<head>", f"<head><script>{address}</script>", 1)
    html = html.replace("<title>Streamlit</title>", "<title>Backorders</title>", 1)
    return html, re.findall(r"<script>(.*?)</script>", html, re.S)


def _headers(scripts: list[str]) -> dict[str, str]:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' {hashes}",
        # Streamlit writes the styles of what it shows into the page as it goes.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # Addresses carry filters and scenarios.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
