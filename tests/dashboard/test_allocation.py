"""The page Allocation: what stock fills, other rules, arrivals, and what hangs on a late supply."""

import io
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import charts, formats, queries
from dashboard.queries import Filters, View
from tests.dashboard.conftest import Run
from tests.dashboard.store import AS_OF, LINES, SHIPPED, Stores, newest, publish_changed

PURCHASE = "Purchase order PO1 / 1 · WAX Ltd · Beeswax candle"


@pytest.fixture
def view(store: Path, use: Callable[[Path], None]) -> View:
    use(store)
    found = queries.snapshot()
    assert found
    return View(found)


def figures(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def texts(app: AppTest) -> str:
    return " ".join(part.value for part in [*app.markdown, *app.caption])


def test_it_opens_with_what_stock_fills_and_leaves(store: Path, run: Run) -> None:
    """5 candles at 10, 5 mugs at 8 which are held, 6 mugs without a price."""
    app = run(store, "allocation")
    shown = figures(app)
    assert shown["Filled from stock now"][0] == "€90"
    assert shown["Held back"] == ("€40", "5 units")
    assert "2 of 8 open lines** whole" in texts(app)
    assert "2 of 8 orders" in texts(app)
    # Candles 7 at 10 and 8 at 11, heaters 9 at 120, mugs 200 at 8.
    assert shown["Left short"] == ("€2,838", "224 units")
    assert shown["Promises kept"] == ("0%", "0 of 8 lines")


def test_every_figure_explains_itself(store: Path, run: Run) -> None:
    for metric in run(store, "allocation").metric:
        assert metric.help, f"{metric.label} has no help text"


def test_units_are_shown_when_asked_for(store: Path, run: Run) -> None:
    shown = figures(run(store, "allocation", unit="Units"))
    assert shown["Filled from stock now"][0] == "16 units"
    assert shown["Left short"] == ("224 units", "€2,838")


def test_a_link_shows_the_rule_it_was_made_for(store: Path, run: Run) -> None:
    """Smallest first, BERT's 8 candles have the 5 in stock instead of ANNA's 12."""
    app = run(store, "allocation", rule="Smallest quantity first", compare="Promises kept")
    assert app.selectbox(key="rule").value == "smallest_first"
    assert "1 line better off, 1 line worse off; €55" in texts(app)
    assert "€50 come from those that get less" in texts(app)


def test_a_link_shows_the_supply_it_was_made_for(store: Path, run: Run) -> None:
    """10 candles come in 7 days: the 7 ANNA lacks, and 3 of BERT's 8."""
    app = run(store, "allocation", supply=PURCHASE)
    shown = figures(app)
    assert shown["Hangs on it"] == ("€103", "10 units")
    assert shown["Customers"] == ("2", "2 orders, 2 lines")
    assert shown["Lines too late"] == ("2", "no slack left")


@pytest.mark.parametrize("name", ["rule", "supply", "compare"])
def test_a_link_to_what_is_no_more_shows_the_first(store: Path, run: Run, name: str) -> None:
    app = run(store, "allocation", **{name: "'; drop table"})
    assert app.selectbox(key="rule").value == "due_date"
    assert figures(app)["Filled from stock now"][0] == "€90"


def test_a_filter_that_takes_the_supply_away_shows_the_next(store: Path, run: Run) -> None:
    app = run(store, "allocation", supply=PURCHASE)
    app.multiselect(key="item").set_value(["HEATER"]).run()
    assert not app.exception
    assert app.selectbox(key="supply").value == "PO PO2 / 1"


def test_filters_filter_who_gets_it_but_not_who_competes(store: Path, run: Run) -> None:
    """BERT has nothing of the candles, though he is alone in the view."""
    app = run(store, "allocation", customer="Bert · BERT", item="CANDLE")
    assert figures(app)["Filled from stock now"][0] == "€0"
    assert "Stock on hand fills nothing" in texts(app)


def test_where_no_rule_matters_it_says_so(store: Path, run: Run) -> None:
    app = run(store, "allocation", item="MUG")
    assert "every line gets the same" in texts(app)
    assert "No open line waits for a purchase or production order" in texts(app)
    assert not [box for box in app.selectbox if box.key in ("rule", "supply")]


def test_filters_that_match_nothing_say_so(store: Path, run: Run) -> None:
    app = run(store, "allocation", item="no such item")
    assert "No open order line matches" in "".join(info.value for info in app.info)


def test_nothing_open_is_good_news(stores: Stores, run: Run) -> None:
    assert "is shipped" in run(stores(lines=SHIPPED), "allocation").success[0].value


def test_the_change_since_the_snapshot_before(
    stores: Stores, store: Path, tmp_path: Path, run: Run
) -> None:
    before = stores(lines=LINES[:1], as_of=AS_OF.replace(day=24))
    for number, each in enumerate([before, store]):
        publish_changed(newest(each), tmp_path, f"2026040{number}T060000")
    shown = figures(run(tmp_path, "allocation"))
    assert shown["Filled from stock now"] == ("€90", "+€40 (80.0%)")


def test_evidence_and_downloads_hold_the_rows(store: Path, run: Run, view: View) -> None:
    made = queries.file_of_rule_lines(view, "smallest_first", "csv")
    rows = pl.read_csv(io.BytesIO(made))
    assert sorted(rows["order_id"]) == ["SO1", "SO2"]
    assert rows["gained_qty"].sum() == 0
    made = queries.file_of_hit_lines(view, "PO PO1 / 1", "csv")
    assert pl.read_csv(io.BytesIO(made))["pegged_qty"].sum() == 10
    app = run(store, "allocation", rule="Smallest quantity first")
    keys = {str(button.key) for button in app.get("download_button")}
    assert len(keys) == 6


def test_a_filter_keeps_the_figures_of_the_rules(view: View) -> None:
    """What is filled, summed over items, is what is filled in all, under every rule."""
    whole = queries.rules(view)
    parts = [
        queries.rules(View(view.snapshot, Filters(item=(item,))))
        for item in ("CANDLE", "HEATER", "MUG")
    ]
    summed = pl.concat(parts).group_by("allocation_rule", maintain_order=True)
    for column in ("lines", "filled_lines", "filled_qty", "won_qty", "promise_kept_lines"):
        found = dict(summed.agg(pl.col(column).sum()).iter_rows())
        assert found == dict(whole.select("allocation_rule", column).iter_rows())


def test_arrivals_come_in_the_order_asked_for_with_what_nothing_fills(view: View) -> None:
    frame = queries.arrivals(view, [("SO8", "1"), ("SO1", "1")])
    assert frame["order_id"].to_list() == ["SO8", "SO1", "SO1"]
    assert frame["supply_kind"].to_list() == [None, "on_hand", "purchase_order"]
    spec = charts.arrivals(frame, AS_OF).to_dict()
    rows = [row for part in spec["datasets"].values() for row in part]
    edges = [row["title"] for row in rows if "edge" in row]
    assert edges == ["SO8 / 1 · Bert"]
    picked = {row["key"] for row in rows if row.get("supply_kind") == "on_hand"}
    assert picked == {None}, "stock on hand is no order to look at"


def test_words_of_a_supply_hold_no_figures() -> None:
    row = {
        "supply_kind": "production_order",
        "supply_id": "MO 17",
        "supplier_name": None,
        "supplier_id": "(own production)",
        "item_name": "Mug",
        "item_id": "M",
        "pegged_value": 9,
    }
    assert formats.supply(row) == "Production order 17 · (own production) · Mug"


def test_the_sums_of_the_page_are_those_of_the_lines(view: View) -> None:
    with duckdb.connect(str(view.snapshot.path), read_only=True) as con:
        row = con.execute(
            "select sum(allocated_qty), sum(held_qty), sum(open_qty) from backlog.lines"
        ).fetchone()
    now = queries.rule_in_force(view)
    assert row == (now["filled_qty"], now["held_qty"], now["open_qty"])
