"""Each page in each state, run without a browser on snapshots the real models built."""

import gc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import formats, pictures
from tests.dashboard.conftest import Run
from tests.dashboard.store import LINES, SHIPPED, UNPRICED, Stores, publish_changed

PAGES = ["overview", "backlog"]
SAMPLE = "update core.as_of set is_sample = true"
A_WEEK_LATER = "update core.as_of set as_of = as_of + 7"


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def totals(path: Path, where: str = "true") -> dict[str, object]:
    """Sums over backlog.lines, written here a second time on purpose."""
    names = ["backordered", "covered", "uncovered", "past_due", "late", "open", "held"]
    sums = ", ".join(f"sum({name}_{unit})" for name in names for unit in ("qty", "value"))
    with duckdb.connect(str(path), read_only=True) as con:
        row = con.execute(f"select {sums} from backlog.lines where {where}").fetchone()
    assert row is not None
    return dict(zip([f"{n}_{u}" for n in names for u in ("qty", "value")], row, strict=True))


def snapshot(store: Path) -> Path:
    return store / (store / "CURRENT").read_text().strip()


@pytest.mark.parametrize("page", PAGES)
def test_figures_are_those_of_the_model(store: Path, run: Run, page: str) -> None:
    shown = figures(run(store, page))
    expected = totals(snapshot(store))
    assert expected["backordered_value"] == 2358
    assert shown["Backordered"] == formats.money(expected["backordered_value"], "EUR")
    assert shown["Open backlog"] == formats.money(expected["open_value"], "EUR")
    assert shown["Covered by nothing"] == formats.money(expected["uncovered_value"], "EUR")
    assert shown["Past due"] == formats.money(expected["past_due_value"], "EUR")


def test_units_are_shown_when_asked_for(store: Path, run: Run) -> None:
    app = run(store, unit="Units")
    assert figures(app)["Backordered"] == formats.quantity(
        totals(snapshot(store))["backordered_qty"]
    )


def test_every_figure_explains_itself(store: Path, run: Run) -> None:
    for page in PAGES:
        for metric in run(store, page).metric:
            assert metric.help, f"{metric.label} on {page} has no help text"


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"item": "HEATER"}, "item_id = 'HEATER'"),
        ({"item": ["HEATER", "Mug · MUG"]}, "item_id in ('HEATER', 'MUG')"),
        ({"category": "(none)"}, "category is null"),
        ({"customer": "Bert · CARL"}, "customer_id = 'CARL'"),
        ({"supplier": "COIL"}, "supplier_id = 'COIL'"),
        ({"location": "EAST"}, "location_id = 'EAST'"),
        ({"planned": "Planned"}, "is_planned"),
        ({"planned": "Unplanned"}, "not is_planned"),
        ({"age": "4-7"}, "ageing_bucket = '4-7'"),
        ({"from_": "2026-03-10"}, "order_date >= '2026-03-10'"),
        ({"to": "2026-03-10", "item": "CANDLE"}, "order_date <= '2026-03-10' and item_id='CANDLE'"),
    ],
)
def test_a_link_restores_its_filters(
    store: Path, run: Run, params: dict[str, str], where: str
) -> None:
    app = run(store, "backlog", **params)
    expected = totals(snapshot(store), where)
    assert figures(app)["Open backlog"] == formats.money(expected["open_value"], "EUR")
    assert figures(app)["Past due"] == formats.money(expected["past_due_value"], "EUR")
    chips = [button for button in app.button if str(button.key).startswith("chip_")]
    assert [chip.key for chip in chips] == [f"chip_{name.rstrip('_')}" for name in reversed(params)]


def test_a_chip_removes_its_filter(store: Path, run: Run) -> None:
    app = run(store, item="HEATER", planned="Planned")
    app.button(key="chip_planned").click().run()
    assert not app.exception
    expected = totals(snapshot(store), "item_id = 'HEATER'")
    assert figures(app)["Open backlog"] == formats.money(expected["open_value"], "EUR")
    assert "planned" not in app.query_params
    assert "item" in app.query_params


@pytest.mark.parametrize("value", ["no such item", "'; drop table backlog.lines; --", "$item"])
def test_filters_that_match_nothing_say_so_and_can_be_cleared(
    store: Path, run: Run, value: str
) -> None:
    app = run(store, item=value)
    assert not app.metric
    assert "No open order line matches" in "".join(info.value for info in app.info)
    app.button(key="clear_empty").click().run()
    assert figures(app)["Backordered"] == "€2,358"


def test_names_of_the_data_are_shown_as_text(store: Path, run: Run) -> None:
    app = run(store, item="HEATER")
    assert app.button(key="chip_item").label == r"Item\: " + formats.plain(
        "Heater $5 _cheap_ [link](http://example.com)"
    )


def test_unknown_prices_are_stated_not_counted_as_zero(store: Path, run: Run) -> None:
    captions = " ".join(caption.value for caption in run(store).caption)
    assert "Value unknown for 1 line without a price" in captions


def test_before_the_first_refresh_the_commands_are_shown(tmp_path: Path, run: Run) -> None:
    app = run(tmp_path / "with space")
    assert app.title[0].value == "No data yet"
    commands = [code.value for code in app.code]
    assert f'backorders refresh exports/ --db "{tmp_path / "with space"}"' in commands
    assert not app.metric


def test_a_damaged_snapshot_is_an_explained_state(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "backorders-20260401T060000-000.duckdb"
    path.write_bytes(b"not a database" * 1000)
    (tmp_path / "CURRENT").write_text(path.name + "\n")
    app = run(tmp_path)
    assert app.title[0].value == "The figures cannot be read"
    assert "rollback" in app.code[0].value
    assert path.name in app.error[0].value.replace("\\", "")


def test_a_snapshot_of_another_version_is_an_explained_state(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "backorders-20260401T060000-000.duckdb"
    duckdb.connect(str(path)).close()
    (tmp_path / "CURRENT").write_text(path.name + "\n")
    assert run(tmp_path).title[0].value == "The figures cannot be read"


def test_old_figures_are_said_to_be_old(store: Path, run: Run) -> None:
    app = run(store)
    assert "Old data" in app.warning[0].value
    assert "31 Mar 2026" in app.warning[0].value


def test_fresh_figures_carry_no_warning(store: Path, tmp_path: Path, run: Run) -> None:
    today = datetime.now(UTC).date()
    set_today = f"update core.as_of set as_of = date '{today}'"
    publish_changed(snapshot(store), tmp_path, "20260401T060000", set_today)
    app = run(tmp_path)
    assert not app.warning
    assert not app.info


def test_sample_data_is_called_so(store: Path, tmp_path: Path, run: Run) -> None:
    publish_changed(snapshot(store), tmp_path, "20260401T060000", SAMPLE)
    app = run(tmp_path)
    assert "Sample data" in app.info[0].value
    assert not app.warning


@pytest.mark.parametrize("page", PAGES)
def test_a_backtest_says_how_good_expected_days_are(
    store: Path, tmp_path: Path, run: Run, page: str
) -> None:
    told = "Of backordered lines, 70% were filled by the day foretold with 80%: 2 days replayed"
    assert not [
        text for text in run(store, page, picture="Coming weeks").caption if told in text.value
    ]
    rows = [
        f"insert into quality.backtest values (date '2026-0{month}-01', 'line', {late}, 'expected',"
        f" 0.8, {cases}, {covered}, 0, 1.5, 0, date '2026-03-31', 'test')"
        for month, late, cases, covered in [(1, False, 6, 5), (1, True, 2, 1), (2, False, 2, 1)]
    ]
    publish_changed(snapshot(store), tmp_path, "20260401T060000", *rows)
    captions = [each.value for each in run(tmp_path, page, picture="Coming weeks").caption]
    assert f"{told}, until 1 Feb 2026." in captions


def test_nothing_open_is_good_news(stores: Stores, run: Run) -> None:
    for page in PAGES:
        app = run(stores(lines=SHIPPED), page)
        assert app.success[0].value.startswith("Every order line")
        assert not app.metric


def test_no_sales_orders_is_not_called_good_news(stores: Stores, run: Run) -> None:
    for page in PAGES:
        app = run(stores(lines=[]), page)
        assert app.info[0].value.startswith("Stock and purchase orders alone")
        assert not app.success


def test_nothing_backordered_shows_no_empty_axes(stores: Stores, run: Run) -> None:
    later = stores(lines=[replace(line, due_in_days=30) for line in LINES])
    said = [caption.value for caption in run(later).caption]
    assert said.count("Nothing is backordered.") == 4


def test_without_any_price_figures_are_in_units(stores: Stores, run: Run) -> None:
    for page in PAGES:
        assert figures(run(stores(lines=UNPRICED), page))["Backordered"] == "220 units"


def test_a_refresh_shows_without_a_restart(store: Path, tmp_path: Path, run: Run) -> None:
    publish_changed(snapshot(store), tmp_path, "20260401T060000")
    app = run(tmp_path)
    assert figures(app)["Backordered"] == "€2,358"
    fewer = "update backlog.totals set backordered_value = backordered_value - 600"
    publish_changed(snapshot(store), tmp_path, "20260408T060000", A_WEEK_LATER, fewer)
    app.run()
    assert not app.exception
    assert figures(app)["Backordered"] == "€1,758"
    assert app.metric[0].delta == "-€600 (25.4%)"
    assert app.metric[0].proto.delta_description == "since 31 Mar 2026"
    assert any("As of 7 Apr 2026" in caption.value for caption in app.caption)


def test_the_change_is_that_of_the_filtered_figure(store: Path, tmp_path: Path, run: Run) -> None:
    publish_changed(snapshot(store), tmp_path, "20260401T060000")
    fewer = "delete from backlog.lines where order_id = 'SO4'"
    publish_changed(snapshot(store), tmp_path, "20260408T060000", A_WEEK_LATER, fewer)
    assert run(tmp_path, item="HEATER").metric[0].delta == "-€240 (40.0%)"
    assert run(tmp_path, item="MUG").metric[0].delta == "unchanged"


def test_snapshots_of_another_kind_are_not_compared_with(
    store: Path, tmp_path: Path, run: Run
) -> None:
    publish_changed(snapshot(store), tmp_path, "20260401T060000", SAMPLE)
    publish_changed(snapshot(store), tmp_path, "20260408T060000", A_WEEK_LATER)
    app = run(tmp_path)
    assert app.metric[0].delta == ""
    assert any("No earlier snapshot" in caption.value for caption in app.caption)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to see open files")
def test_old_versions_are_let_go(tmp_path: Path, store: Path, run: Run) -> None:
    source = snapshot(store)
    app = None
    for day in range(1, 6):
        name = f"backorders-2026040{day}T060000-000.duckdb"
        (tmp_path / name).write_bytes(source.read_bytes())
        (tmp_path / "CURRENT").write_text(name + "\n")
        app = app.run() if app else run(tmp_path)
        assert not app.exception
    gc.collect()
    opened = {str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()}
    assert 1 <= len({name for name in opened if str(tmp_path) in name}) <= 2


@pytest.mark.parametrize("title", list(pictures.BY))
def test_the_backlog_breaks_down_by_every_dimension(store: Path, run: Run, title: str) -> None:
    app = run(store, "backlog", by=title)
    keys = [str(chart.key) for chart in app.get("vega_lite_chart")]
    assert any(key.startswith(f"backlog_{pictures.BY[title]}_") for key in keys)
