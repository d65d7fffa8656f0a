"""The page *What if*, and every other page looked at in a scenario."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import queries
from dashboard.queries import DataError, Snapshot, View
from sql import scenario as scenarios
from tests.dashboard.conftest import APP


@pytest.fixture
def own(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store, in which scenarios may be saved."""
    folder = tmp_path / "store"
    shutil.copytree(store, folder, symlinks=True)
    monkeypatch.setenv("BACKORDERS_DB", str(folder))
    return folder


def opened(*settings: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    if settings:
        app.query_params["set"] = list(settings)
    app.run()
    return app.switch_page("app_pages/what_if.py").run()


def shown(app: AppTest) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for metric in app.metric:
        found.setdefault(metric.label, []).append((metric.value, metric.delta))
    return found


def test_a_lever_is_added_seen_and_taken_out(own: Path) -> None:
    app = opened()
    assert not app.exception
    assert not app.metric
    app.selectbox(key="lever").select("extra_supply").run()
    app.selectbox(key="lever_item_True").select("HEATER").run()
    app.number_input(key="value_extra_supply").set_value(9).run()
    app.button(key="lever_add").click().run()
    assert not app.exception
    # Stock is kept by location here: it goes to the one most in need.
    assert app.query_params["set"] == "extra_supply:HEATER@MAIN=9@14"
    # Of 5 heaters due and none in stock, one comes: with nine more all are on order.
    assert "-4 units" in [delta for _, delta in shown(app)["Nothing on order fills"]]
    app.button(key="drop_extra_supply:HEATER@MAIN=9@14").click().run()
    assert not app.metric
    assert "set" not in app.query_params


def test_every_kind_of_change_can_be_chosen(own: Path) -> None:
    app = opened()
    for name, kind in scenarios.kinds().items():
        app.selectbox(key="lever").select(name).run()
        assert not app.exception, name
        about = kind["subject"].removeprefix("any ")
        if not about or kind["subject"].startswith("any "):
            continue
        snap = queries.snapshot()
        assert snap
        box = app.selectbox(key=f"lever_{about}_{name != 'supplier_days'}")
        assert len(box.options) >= len(queries.subjects(snap, about)), name


def test_a_link_opens_the_scenario_and_it_is_saved_by_name(own: Path) -> None:
    app = opened("allocation_rule=value", "supply_days:PO2=-3")
    assert not app.exception
    assert app.metric
    app.text_input(key="scenario_name").set_value("Hurry").run()
    app.button(key="scenario_save").click().run()
    assert queries.saved_scenarios() == {
        "Hurry": ("allocation_rule=value", "supply_days:PO PO2 / 1=-3")
    }
    app.multiselect(key="compared").select("Hurry").run()
    assert not app.exception
    assert "Hurry" in app.dataframe[-1].value.columns


def test_a_link_that_cannot_be_understood_says_why(own: Path) -> None:
    app = opened("supplier_days:NOBODY=3")
    assert "There is no supplier 'NOBODY'" in app.error[0].value
    assert not app.metric


def test_each_lever_is_tried(own: Path) -> None:
    app = opened()
    app.toggle(key="tornado").set_value(True).run()
    assert not app.exception
    found = queries.tornado(queries.snapshot() or Snapshot(own), "mean_wait_days")
    assert {"better", "worse"} >= set(found["outcome"])
    gaps = found["difference"].abs().to_list()
    assert gaps == sorted(gaps, reverse=True)


def test_a_scenario_is_left_where_it_is_seen(own: Path) -> None:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["set"] = ["allocation_rule=value", "supplier_days=4"]
    app.switch_page("app_pages/backlog.py").run()
    assert [each for each in app.warning if "Scenario, not the published" in each.value]
    app.button(key="scenario_leave").click().run()
    assert not app.exception
    assert not [each for each in app.warning if "Scenario" in each.value]


def test_figures_of_a_scenario_are_those_of_the_overlay(own: Path) -> None:
    snap = queries.snapshot()
    assert snap
    late = Snapshot(snap.path, ("supplier_days=10",))
    moved = queries.outcome(snap, late.scenario).moved
    assert not moved.is_empty()
    line = moved.row(0, named=True)
    rows = queries.table(late, "backlog.promises").filter(
        order_id=line["order_id"], line_id=line["line_id"]
    )
    assert rows["fill_p50_date"].item() == line["scenario_fill_date"]
    assert queries.totals(View(late))["open_qty"] == queries.totals(View(snap))["open_qty"]
    with pytest.raises(DataError, match="cannot be shown"):
        queries.table(Snapshot(snap.path, ("nonsense=1",)), "backlog.totals")


def test_a_name_that_is_no_name_is_refused(own: Path, use: Callable[[Path], None]) -> None:
    snap = queries.snapshot()
    assert snap
    with pytest.raises(DataError, match="is no name"):
        queries.save_scenario(snap, "two\nlines", ("supplier_days=1",))
