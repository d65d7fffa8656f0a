"""The page *Causes* in each of its states: the answer, shares that add up, the drill, one line."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cause_charts, cause_words, formats, queries
from dashboard.queries import AS_OF, FELL_DUE, Filters, Snapshot, View
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import LATE, UNPRICED, Stores, publish_changed

DUE = "Went short when due"


@pytest.fixture(scope="module")
def late(stores: Stores) -> Path:
    return stores(*LATE)


def opened(folder: Path, **params: Any) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.switch_page("app_pages/causes.py").run()
    assert not app.exception, app.exception
    return app


@pytest.fixture(scope="module")
def page(late: Path) -> Iterator[AppTest]:
    """The page as it is opened, for the tests that only look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKORDERS_DB", str(late))
        yield opened(late)


@pytest.fixture
def snap(late: Path, use: Callable[[Path], None]) -> Snapshot:
    use(late)
    found = queries.snapshot()
    assert found
    return found


def view(snap: Snapshot, basis: str, **filters: Any) -> View:
    return View(snap, Filters(basis=basis, **filters))


def current(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text().strip()


def figures(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def texts(app: AppTest) -> str:
    return " ".join(each.value for kind in ("markdown", "caption") for each in app.get(kind))


def sums(snap: Snapshot, where: str) -> tuple[Any, ...]:
    """Sums over causes.lines, written here a second time on purpose."""
    with duckdb.connect(str(snap.path), read_only=True) as con:
        row = con.execute(
            "select sum(cause_qty), sum(cause_value), count(distinct order_id)"
            f" from causes.lines where {where}"
        ).fetchone()
    assert row is not None
    return row


def test_it_opens_with_what_is_short_today_and_the_top_cause(page: AppTest, snap: Snapshot) -> None:
    shown = figures(page)
    _, value, lines = sums(snap, "basis = 'as_of'")
    assert page.title[0].value == "Why are we short?"
    assert value == 2358
    assert shown["Short today"][0] == formats.money(value, "EUR")
    assert shown["Short lines"][0] == str(lines)
    _, planned, _ = sums(snap, "basis = 'as_of' and cause = 'planned'")
    assert shown["Planned"][0] == formats.money(planned, "EUR")
    assert shown["Unplanned"][0] == formats.money(value - planned, "EUR")
    assert "The largest cause: **" in texts(page)
    assert "on purpose" in texts(page)


def test_every_figure_explains_itself(page: AppTest) -> None:
    assert len(page.metric) == 5
    for metric in page.metric:
        assert metric.help, f"{metric.label} has no help text"


def test_units_are_shown_when_asked_for(late: Path, run: Run, snap: Snapshot) -> None:
    units, _, _ = sums(snap, "basis = 'as_of'")
    shown = figures(run(late, "causes", unit="Units"))
    assert shown["Short today"][0] == formats.quantity(units)


@pytest.mark.parametrize("basis", [AS_OF, FELL_DUE])
@pytest.mark.parametrize("unit", ["value", "qty"])
def test_the_bars_end_where_the_whole_does(snap: Snapshot, basis: str, unit: str) -> None:
    frame = queries.causes(view(snap, basis), unit)
    spec = cause_charts.waterfall(frame, unit, "EUR", None).to_dict()
    rows = [row for part in spec["datasets"].values() for row in part]
    totals = queries.short_totals(view(snap, basis))
    assert max(row["end"] for row in rows) == float(totals[f"short_{unit}"])
    whole = [row for row in rows if row["title"] == cause_charts.ALL]
    assert sum(row["amount"] for row in whole) == float(totals[f"short_{unit}"])


@pytest.mark.parametrize("name", list(queries.DIMENSIONS))
def test_the_parts_of_a_filter_sum_to_the_whole(snap: Snapshot, name: str) -> None:
    whole = queries.short_totals(view(snap, AS_OF))
    parts = [
        queries.short_totals(view(snap, AS_OF, **{name: (key,)}))
        for key, _ in queries.options(snap, name)
    ]
    for measure in ("lines", "short_qty", "short_value", "planned_qty", "unplanned_value"):
        assert sum(part.get(measure) or 0 for part in parts) == whole[measure]


def test_a_filter_does_not_change_why_a_line_is_short(snap: Snapshot) -> None:
    alone = queries.short_lines(view(snap, AS_OF, customer=("BERT",)), None)
    everyone = queries.short_lines(view(snap, AS_OF), None)
    assert alone.height > 0
    columns = ["order_id", "short_qty", "top_cause", "cause_share"]
    kept = everyone.filter(pl.col("order_id").is_in(alone["order_id"].to_list()))
    assert alone.select(columns).rows() == kept.select(columns).rows()


def test_planned_is_what_the_cause_is(late: Path, run: Run, snap: Snapshot) -> None:
    _, planned, _ = sums(snap, "basis = 'as_of' and cause = 'planned'")
    shown = figures(run(late, "causes", planned="Planned"))
    assert shown["Short today"][0] == shown["Planned"][0] == formats.money(planned, "EUR")


def test_the_age_is_that_of_lines_short_today(snap: Snapshot) -> None:
    aged = queries.short_lines(view(snap, AS_OF, age=("46+",)), None)
    assert set(aged["order_id"]) == {"SO4", "SO8"}
    past = queries.short_totals(view(snap, FELL_DUE, age=("46+",)))
    assert past == queries.short_totals(view(snap, FELL_DUE))


def test_a_link_shows_a_month_and_a_cause(late: Path, run: Run, snap: Snapshot) -> None:
    app = run(late, "causes", why=DUE, due="March 2026", of="Customer", cause="Planning gap")
    _, value, _ = sums(
        snap, "basis = 'fell_due' and date_trunc('month', on_date) = date '2026-03-01'"
    )
    assert figures(app)["Short when due in March 2026"][0] == formats.money(value, "EUR")
    assert app.session_state["of"] == "Customer"
    assert "What moved March 2026, against the month before" in texts(app)


def test_the_changes_of_the_causes_are_that_of_the_month(snap: Snapshot) -> None:
    months = queries.cause_months(view(snap, FELL_DUE)).group_by("month_start")
    totals = queries.cause_month_totals(view(snap, FELL_DUE))
    joined = totals.join(months.agg(pl.col("change_qty").sum().alias("parts")), on="month_start")
    known = joined.drop_nulls("change_qty")
    assert known.height > 0
    assert known["parts"].to_list() == known["change_qty"].to_list()


def test_the_change_is_explained_by_the_causes(late: Path, tmp_path: Path, run: Run) -> None:
    publish_changed(current(late), tmp_path, "20260401T060000")
    publish_changed(
        current(late),
        tmp_path,
        "20260408T060000",
        "update core.as_of set as_of = as_of + 7",
        "delete from causes.lines where cause = 'planned'",
    )
    app = run(tmp_path, "causes")
    before, after = figures(run(late, "causes"))["Planned"][0], figures(app)["Planned"][0]
    assert (before, after) == ("€120", "€0")
    assert figures(app)["Short today"][1].startswith("-€120 ")
    assert r"The change: Planned \-€120" in texts(app) or "The change: Planned -€120" in texts(app)


def test_one_line_leads_to_the_order_that_is_late(late: Path, run: Run) -> None:
    app = run(late, "causes", order="SO4", line="1")
    assert app.title[0].value == "Why is SO4 / 1 short?"
    said = texts(app)
    assert "Purchase order **PO2 / 1** to COIL Ltd: 10 units promised for **20 Mar 2026**" in said
    assert "**not in**, 11 days late so far" in said
    assert not app.metric
    app.button(key="close_line").click().run()
    assert not app.exception
    assert app.title[0].value == "Why are we short?"


def test_the_records_of_a_line_add_up_to_it(snap: Snapshot) -> None:
    for basis in (AS_OF, FELL_DUE):
        for row in queries.short_lines(view(snap, basis), None).iter_rows(named=True):
            key = (snap, basis, row["order_id"], row["line_id"])
            found = queries.line_evidence(*key)["evidence_qty"].sum()
            assert found == pytest.approx(float(row["short_qty"]))
            parts = queries.line_causes(*key)
            assert parts["cause_qty"].sum() == row["short_qty"]


def test_a_line_that_is_not_short_says_so(late: Path, run: Run) -> None:
    app = run(late, "causes", order="SO5", line="1")
    assert "is not short today" in app.success[0].value
    app = run(late, "causes", order="' or true --", line="1")
    assert "is loaded" in app.info[-1].value


def test_filters_that_leave_nothing_can_be_cleared(late: Path, run: Run) -> None:
    app = run(late, "causes", item="no such item")
    assert "No short order line matches" in "".join(info.value for info in app.info)
    app.button(key="clear_empty").click().run()
    assert figures(app)["Short today"][0] == "€2,358"


def test_nothing_short_is_good_news(late: Path, tmp_path: Path, run: Run) -> None:
    nothing = "delete from causes.lines where basis = 'as_of'"
    publish_changed(current(late), tmp_path, "20260401T060000", nothing)
    app = run(tmp_path, "causes")
    assert app.success[0].value == "Stock covers every order line that is due."
    assert not app.metric
    assert "Click a month to see its causes." in texts(app)


def test_without_history_it_says_why(late: Path, tmp_path: Path, run: Run) -> None:
    nothing = "delete from causes.lines where basis = 'fell_due'"
    publish_changed(current(late), tmp_path, "20260401T060000", nothing)
    assert "No history" in texts(run(tmp_path, "causes"))
    app = run(tmp_path, "causes", why=DUE)
    assert "No line that fell due lately" in "".join(info.value for info in app.info)


def test_without_orders_it_says_what_to_load(stores: Stores, run: Run) -> None:
    app = run(stores(lines=[]), "causes")
    assert app.info[0].value.startswith("Stock and purchase orders alone")


def test_without_prices_it_is_in_units(stores: Stores, run: Run) -> None:
    unpriced = stores(lines=UNPRICED)
    app = run(unpriced, "causes")
    assert figures(app)["Short today"] == ("220 units", "")
    app = run(unpriced, "causes", unit="Money")
    assert "show it in units" in texts(app)


def test_what_is_unknown_names_the_table(page: AppTest) -> None:
    assert "**Inventory balances** would tell the cause of €1,600, in 1 line" in texts(page)


def test_typed_reasons_stand_beside_the_computed_cause(page: AppTest) -> None:
    found = [each.value for each in page.dataframe if "reason_code" in each.value.columns]
    assert set(found[0]["reason_code"]) == {"SUPPLIER"}


def test_files_hold_every_line(snap: Snapshot) -> None:
    today = view(snap, AS_OF)
    text = queries.file_of_short_lines(today, None, "csv").decode("utf-8-sig")
    assert text.count("\n") == 1 + sums(snap, "basis = 'as_of'")[2]
    some = pl.read_csv(queries.file_of_short_lines(today, "planned", "csv"))
    assert some["cause_value"].sum() == 120


def test_the_backlog_names_the_top_cause(snap: Snapshot) -> None:
    frame = queries.lines(View(snap))
    causes = dict(frame.select("order_id", "top_cause_name").iter_rows())
    assert causes["SO8"] == "Unknown"
    assert causes["SO5"] is None


RECORD: dict[str, Any] = {
    "cause": "supplier",
    "evidence_id": "PO 7 / 1",
    "is_component": False,
    "evidence_date": date(2026, 3, 31),
    "on_date": date(2026, 3, 31),
    "item_name": "Wick",
    "item_id": "W",
    "supplier_id": "S",
    "supplier_name": "Wax [Ltd]",
    "planned_date": date(2026, 3, 1),
    "happened_date": None,
    "planned_qty": 12,
    "happened_qty": 0,
    "planned_start_date": date(2026, 2, 20),
    "start_date": None,
    "late_days": 30,
    "note": None,
}


@pytest.mark.parametrize(
    ("kind", "changed", "text"),
    [
        (
            "purchase_order",
            {},
            r"Purchase order **7 / 1** to Wax \[Ltd\]: 12 units promised for **1 Mar 2026** →"
            r" **not in**, 30 days late so far. Not shipped; planned 20 Feb 2026.",
        ),
        (
            "purchase_order",
            {
                "happened_date": date(2026, 3, 9),
                "start_date": date(2026, 2, 25),
                "late_days": 8,
                "supplier_name": None,
            },
            "Purchase order **7 / 1** to S: 12 units promised for **1 Mar 2026** → in on"
            " **9 Mar 2026**, 8 days late. Shipped 25 Feb 2026, planned 20 Feb 2026.",
        ),
        (
            "purchase_order",
            {"cause": "receipt_quality", "happened_qty": 9, "late_days": None},
            r"Purchase order **7 / 1** to Wax \[Ltd\]: 12 units promised for **1 Mar 2026** →"
            " **9 units** good and in.",
        ),
        (
            "production_order",
            {"evidence_id": "MO 8", "is_component": True, "evidence_date": date(2026, 3, 20)},
            "Wick, a component: Production order **8**: 12 units promised for **1 Mar 2026** →"
            " **not finished**, 30 days late so far. It was needed on 20 Mar 2026.",
        ),
        (
            "sales_day",
            {
                "happened_date": date(2026, 3, 8),
                "happened_qty": 70,
                "note": "Fair",
                "planned_qty": 3,
            },
            "**8 Mar 2026** (Fair): 3 units on a usual day → **70 units** ordered.",
        ),
        (
            "forecast",
            {"happened_qty": 20.25},
            "Forecast of **1 Mar 2026**: 12 units over the lead time → **20.2 units** ordered.",
        ),
        (
            "forecast",
            {"planned_date": None, "happened_qty": 20},
            "No forecast; the mean demand before: 12 units over the lead time → **20 units**"
            " ordered.",
        ),
        (
            "stock_adjustments",
            {"happened_qty": -4, "evidence_date": date(2026, 3, 2)},
            "Stock record: no correction planned → **−4 units** by counts and breakage since the"
            " plan. The shortage goes back to 2 Mar 2026.",
        ),
        (
            "plan",
            {"evidence_id": "plan of 2026-03-01", "happened_qty": -5},
            "Plan of **1 Mar 2026**: stock and orders placed were to last → by 31 Mar 2026 they"
            " left **−5 units**: too little was ordered, or too late.",
        ),
        (
            "missing_table",
            {"note": "purchase_order_lines"},
            "The records do not tell: **Purchase order lines** would.",
        ),
    ],
)
def test_a_record_reads_as_planned_and_happened(
    kind: str, changed: dict[str, Any], text: str
) -> None:
    assert cause_words.evidence({**RECORD, "evidence_kind": kind, **changed}) == text


def test_every_kind_of_record_has_words(snap: Snapshot) -> None:
    with duckdb.connect(str(snap.path), read_only=True) as con:
        kinds = con.execute("select distinct evidence_kind from causes.evidence").fetchall()
    assert {kind for (kind,) in kinds} <= set(cause_words.WRITERS)


def test_a_change_names_the_largest_movers_and_the_rest() -> None:
    gaps = [("A", 50), ("B", -40), ("C", 0), ("D", 30), ("E", 20), ("F", 5), ("G", -15)]
    said = cause_words.moved(gaps, "value", "EUR").replace("\\", "")
    assert said == "A +€50, B -€40, D +€30, E +€20, all others -€10"
    assert cause_words.moved([("A", 0)], "value", "EUR") == ""
    assert sorted(cause_words.gaps({"A": 1, "B": 2}, {"B": 5})) == [("A", -1), ("B", 3)]


def test_a_link_from_another_page_chooses_its_supplier(late: Path, run: Run) -> None:
    app = run(late, "causes", customer="CARL", order="SO4", line="1")
    app.query_params["supplier"] = "COIL"
    app.switch_page("app_pages/suppliers.py").run()
    assert not app.exception
    assert "COIL Ltd" in [each.value for each in app.subheader]
    assert app.session_state["customer"] == ["CARL"]
