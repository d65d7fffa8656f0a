"""The page *Risk* in each of its states: the answer, the rows behind each risk, what is unknown."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import formats, queries, risk, risk_words
from dashboard.queries import Snapshot
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import AS_OF, UNPRICED, Stores, newest, publish_changed

# SO4 is needed in two days, SO1 was paid; heaters are made of coils, wax can give 1 a week.
RISKY = (
    f"update contract.sales_order_lines set need_by_date = date '{AS_OF + timedelta(2)}'"
    " where order_id = 'SO4'",
    "insert into contract.payments by name select 'P1' as payment_id, 'in' as direction,"
    f" 'SO1' as order_id, date '{AS_OF - timedelta(30)}' as paid_on, 50 as amount,"
    " 'EUR' as currency, 'deposit' as kind",
    "insert into contract.supplier_items by name select 'WAX' as supplier_id,"
    " 'CANDLE' as item_id, 14 as lead_time_days, 1 as capacity_per_week_qty",
)


@pytest.fixture(scope="module")
def risky(stores: Stores) -> Path:
    return stores(*RISKY)


@pytest.fixture(scope="module")
def page(risky: Path) -> Iterator[AppTest]:
    """The page as it is opened, for the tests that only look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKORDERS_DB", str(risky))
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.switch_page("app_pages/risk.py").run()
        assert not app.exception, app.exception
        yield app


@pytest.fixture
def snap(risky: Path, use: Callable[[Path], None]) -> Snapshot:
    use(risky)
    found = queries.snapshot()
    assert found
    return found


def texts(app: AppTest) -> str:
    return " ".join(each.value for kind in ("markdown", "caption") for each in app.get(kind))


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_page_opens_with_the_largest_risk(page: AppTest, risky: Path) -> None:
    assert page.title[0].value == "What is at risk, and for whom?"
    shown = figures(page)
    first = page.metric[0]
    assert first.label == "Largest risk"
    # Two heaters for an event the day after tomorrow: all of their 240 is missed.
    assert shown["After the event"] == "€240"
    assert shown["Largest risk"] == max(
        (shown[name] for name in risk_words.NAMES.values()),
        key=lambda text: float(text.lstrip("€").replace(",", "")),
    )
    assert "The risks overlap and are not added up" in texts(page)
    assert "No earlier snapshot to compare with" in texts(page)


def test_every_figure_explains_itself(page: AppTest) -> None:
    assert len(page.metric) == 9
    for metric in page.metric:
        assert metric.help, f"{metric.label} has no help text"


def test_it_says_what_is_assumed_and_unknown(page: AppTest) -> None:
    text = texts(page)
    assert "count as ordered today" in text
    assert "No order was ever cancelled" in text
    assert "No forecast covers the days to come" in text
    assert "No bill of materials is loaded" in text
    assert "too few deliveries are known" in text


def test_each_kind_of_rows_is_shown_and_can_be_taken_away(
    risky: Path, run: Run, snap: Snapshot
) -> None:
    assert set(risk.ROW_COLUMNS) == set(queries.RISK_ROWS)
    for title, columns in risk.ROW_COLUMNS.items():
        app = run(risky, "risk", risk=title)
        assert risk.NOTES[title] in texts(app)
        frame = queries.risk_rows(snap, title)
        assert set(columns) <= set(frame.columns), title
        assert not frame.is_empty(), title
        assert queries.file_of(queries.risk_rows(snap, title, limit=None), "csv")
        for name in columns:
            assert formats.label(name)


def test_notices_are_a_list_to_work_off(snap: Snapshot) -> None:
    frame = queries.risk_rows(snap, "Notices of delay")
    assert frame["notice_date"].is_sorted()
    assert {"customer_id", "new_date", "is_consent_needed"} <= set(frame.columns)


def test_what_breaks_first_is_named(page: AppTest) -> None:
    assert "first **Beeswax candle** of WAX Ltd" in texts(page)


def test_the_change_is_that_of_the_same_risk(
    stores: Stores, risky: Path, tmp_path: Path, run: Run
) -> None:
    for number, store in enumerate([stores(as_of=AS_OF - timedelta(30)), risky]):
        publish_changed(newest(store), tmp_path, f"2026040{number}T060000")
    app = run(tmp_path, "risk")
    assert app.metric[0].delta
    assert "No earlier snapshot" not in texts(app)


def test_assumptions_and_their_source_are_one_click_away(risky: Path, run: Run) -> None:
    app = run(risky, "risk")
    app.session_state["assumed_risk"] = True
    app.run()
    assert not app.exception
    shown = [each.value for each in app.dataframe if "source" in each.value.columns]
    assert list(shown[0]["assumption"]) == list(risk.ASSUMPTIONS)


def test_without_orders_it_says_what_to_load(stores: Stores, run: Run) -> None:
    app = run(stores(lines=[]), "risk")
    assert "Load an export of sales order lines" in "".join(info.value for info in app.info)
    assert not app.metric


def test_without_prices_money_is_unknown_and_not_nothing(stores: Stores, run: Run) -> None:
    app = run(stores(lines=UNPRICED), "risk")
    assert figures(app)["Cancelled before filled"] == formats.UNKNOWN
    assert figures(app)["Largest risk"] == formats.UNKNOWN
    assert "without a price" in texts(app)
