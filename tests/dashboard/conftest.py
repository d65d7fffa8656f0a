"""Stores built by the real models, and the dashboard run on one of them without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import access, queries
from tests.dashboard.store import Stores

APP = Path(queries.__file__).with_name("app.py")

Run = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def on_this_machine() -> Iterator[None]:
    """A run without a browser asks for nothing under any name: count it as this machine's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "is_local", lambda: True)
        yield


@pytest.fixture(scope="session")
def store(stores: Stores) -> Path:
    """A store with one snapshot of the small business."""
    return stores()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Points the dashboard at a store."""
    st.cache_data.clear()
    st.cache_resource.clear()
    return lambda folder: monkeypatch.setenv("BACKORDERS_DB", str(folder))


@pytest.fixture
def run(use: Callable[[Path], None]) -> Run:
    """Runs a page on a store, with the parameters of its URL."""

    def run_page(folder: Path, page: str = "overview", **params: Any) -> AppTest:
        use(folder)
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in params.items():
            app.query_params[name.rstrip("_")] = value
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, app.exception
        return app

    return run_page
