"""The dashboard as an ASGI application, as `backorders serve` starts it under uvicorn.

`streamlit run dashboard/app.py` shows the same pages, without what front.py and logs.py add.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import streamlit as st
from altair.utils import schemapi
from starlette.middleware import Middleware
from starlette.types import ASGIApp
from streamlit import config

import dashboard
from dashboard import logs
from sql import models

SCRIPT = Path(__file__).with_name("app.py")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    """Does before the first visitor what would keep them waiting, and never looks at it again."""
    for module in pkgutil.iter_modules(dashboard.__path__):
        if module.name != SCRIPT.stem:
            import_module(f"{dashboard.__name__}.{module.name}")
    import_module("pyarrow.compute")
    models.load_models()
    schemapi.disable_debug_mode()
    logs.set_up()
    # What is imported stays: no collection walks through all of it again. Of what is left a quarter
    # is soon new, which would bring on full collections in the middle of each page.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    # Imported once Streamlit is running, which the caches of the queries stand on.
    from dashboard import warm

    warming = asyncio.create_task(warm.keep())
    logs.event("started", address=st.get_option("server.address"))
    yield
    warming.cancel()
    logs.event("stopped")


def _front(app: ASGIApp) -> ASGIApp:
    # Imported once Streamlit is running, which the caches of the queries stand on.
    from dashboard.front import Front

    return Front(app, [*LOCAL_HOSTS, *os.environ.get("BACKORDERS_ALLOWED_HOSTS", "").split()])


app = st.App(SCRIPT, lifespan=_lifespan, middleware=[Middleware(_front)])
# Streamlit reads its own variables and flags only when it is started as `streamlit run`. Where
# nobody says which address is listened on, it may be any: that is never taken for this machine's.
config.set_option("server.address", os.environ.get("BACKORDERS_ADDRESS", ""))
config.set_option("server.baseUrlPath", os.environ.get("BACKORDERS_BASE_PATH", ""))
config.set_option("logger.enableRich", False)  # it would draw boxes where lines are expected
if os.environ.get("BACKORDERS_SECRETS"):
    config.set_option("secrets.files", [os.environ["BACKORDERS_SECRETS"]])
logs.set_up()
