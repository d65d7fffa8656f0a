"""The tour of the sample business, and the banners above every page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import places, tour
from tests.dashboard.conftest import Run
from tests.dashboard.store import publish_changed


@pytest.fixture(scope="module")
def sample(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    source = store / (store / "CURRENT").read_text().strip()
    publish_changed(source, folder, "20260401T060000", "update core.as_of set is_sample = true")
    return folder


def card(app: AppTest) -> str:
    return " ".join(each.value for each in app.markdown if "of 5" in each.value)


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button if str(button.key).startswith("tour_")}


def test_five_steps_lead_through_the_pages(sample: Path, run: Run) -> None:
    # A filter that is set is in the address, and goes along.
    app = run(sample, item="Mug")
    app.button(key="tour_begin").click().run()
    titles: list[str] = []
    for number, step in enumerate(tour.STEPS, 1):
        assert not app.exception
        assert f"{number} of 5" in card(app)
        assert step.title in card(app)
        titles.append(app.title[0].value)
        # This way of running the app forgets which page a script switched to.
        app.switch_page(f"app_pages/{step.page}.py").run()
        assert app.title[0].value == titles[-1]
        if number < len(tour.STEPS):
            app.button(key="tour_next").click().run()
    assert len(set(titles)) == 5
    assert keys(app) == {"tour_back", "tour_end"}
    app.button(key="tour_back").click().run()
    assert "4 of 5" in card(app)


def test_it_is_put_away_for_the_visit_and_begun_again(sample: Path, run: Run) -> None:
    app = run(sample)
    app.button(key="tour_decline").click().run()
    assert keys(app) == {"tour_again"}
    app.switch_page("app_pages/risk.py").run()
    assert keys(app) == {"tour_again"}
    app.button(key="tour_again").click().run()
    assert "1 of 5" in card(app)
    app.switch_page("app_pages/risk.py").run()
    assert "tour_return" in keys(app)
    app.button(key="tour_end").click().run()
    assert keys(app) == {"tour_again"}


def test_only_the_sample_business_has_a_tour(store: Path, run: Run) -> None:
    assert not keys(run(store))


def test_the_steps_are_pages() -> None:
    assert {step.page for step in tour.STEPS} <= {page.name for page in places.pages()}


@pytest.mark.parametrize("page", ["overview", "sql", "data", "what_if"])
def test_banners_stand_above_every_page(store: Path, sample: Path, run: Run, page: str) -> None:
    assert any("Old data" in each.value for each in run(store, page).warning)
    app = run(sample, page, set="fill_tolerance_days=3")
    assert any("Sample data" in each.value for each in app.info)
    said = " ".join(each.value for kind in ("warning", "caption") for each in app.get(kind))
    assert ("Scenario, not the published figures" in said) is (page not in ("data", "what_if"))
    assert ("shows what is published, whatever scenario" in said) is (page == "data")
