"""Every page in every state of the data: what it shows, and that it says nothing unthought of."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sql import models
from tests.dashboard.pages import APP, PAGES
from tests.dashboard.store import AS_OF, LATE, Stores

Open = Callable[..., AppTest]

TABLES = [name for name in models.load_models() if name.startswith("contract.")]
NEEDED = ("contract.sales_order_lines", "contract.inventory_balances")
SCENARIO = ["allocation_rule=value", "supplier_days=4"]
# Pages that show what is published, whatever scenario is looked at.
PUBLISHED_ONLY = {"data", "settings", "what_if"}
# What a value that is not there looks like when nobody thought of it.
UNTHOUGHT = re.compile(r"\b(nan|NaN|None(?! so far)|NaT|null|inf)\b")


def without(*kept: str) -> list[str]:
    return [f"delete from {name}" for name in TABLES if name not in kept]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    def open_page(store: Path, page: str, *settings: str) -> AppTest:
        monkeypatch.setenv("BACKORDERS_DB", str(store))
        app = AppTest.from_file(str(APP), default_timeout=120)
        if settings:
            app.query_params["set"] = list(settings)
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, app.exception
        assert len(app.title) == 1
        assert app.title[0].value != "The figures cannot be read"
        assert not UNTHOUGHT.search(said(app)), UNTHOUGHT.findall(said(app))
        return app

    return open_page


def said(app: AppTest) -> str:
    """All a page says in words and large figures."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "success", "warning", "error")
    texts = [each.value for kind in kinds for each in app.get(kind)]
    figures = [text for each in app.metric for text in (each.label, each.value, each.delta)]
    return " | ".join([*texts, *figures])


@pytest.mark.parametrize("page", PAGES)
class TestAPage:
    def test_of_the_sample_business(self, opened: Open, stores: Stores, page: str) -> None:
        app = opened(stores.sample(), page)
        assert "Sample data" in app.info[0].value
        assert "As of 30 Jun 2026" in said(app)
        assert not app.error

    def test_of_an_empty_book(self, opened: Open, stores: Stores, page: str) -> None:
        app = opened(stores(*without(), lines=[]), page)
        # Nothing is known: no share of it, and no sum either.
        assert not [each for each in app.metric if each.value in ("100%", "0%")]
        assert not app.error

    def test_before_the_first_refresh(self, opened: Open, tmp_path: Path, page: str) -> None:
        app = opened(tmp_path, page)
        assert app.title[0].value == "No data yet"
        assert not app.metric

    def test_in_a_scenario(self, opened: Open, stores: Stores, page: str) -> None:
        app = opened(stores(*LATE), page, *SCENARIO)
        told = [each for each in app.warning if "Scenario, not the published" in each.value]
        assert len(told) == (page not in PUBLISHED_ONLY)
        assert app.query_params["set"] == SCENARIO
        assert not app.error

    def test_of_orders_and_stock_alone(self, opened: Open, stores: Stores, page: str) -> None:
        app = opened(stores(*without(*NEEDED)), page)
        assert f"As of {AS_OF:%-d %b %Y}" in said(app)
        assert not app.error
