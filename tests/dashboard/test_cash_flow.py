"""The pages *Cash flow* and *Planned backorders* in each of their states."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import formats, queries
from dashboard.queries import Snapshot
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import Stores

TERMS = (
    "insert into contract.payment_terms by name select 'NET30' as payment_terms_id,"
    " 30 as net_days, 'ship' as basis, 0.5 as deposit_rate",
    "update contract.sales_order_lines set payment_terms_id = 'NET30'",
    "update contract.purchase_order_lines set payment_terms_id = 'NET30', unit_price = 5,"
    " currency = 'EUR'",
)
PAID = (
    *TERMS,
    # ANNA paid 60 of the 120 for SO1 at order; PO2 was not paid at all.
    "insert into contract.payments by name select '1' as payment_id, 'in' as direction,"
    " 'SO1' as order_id, date '2026-02-19' as paid_on, 60 as amount, 'EUR' as currency,"
    " 'deposit' as kind",
    "insert into contract.payments by name select '2' as payment_id, 'out' as direction,"
    " 'PO1' as po_id, date '2026-01-02' as paid_on, 25 as amount, 'EUR' as currency,"
    " 'deposit' as kind",
)


@pytest.fixture(scope="module")
def paid(stores: Stores) -> Path:
    return stores(*PAID)


@pytest.fixture(scope="module")
def pages(paid: Path) -> Iterator[dict[str, AppTest]]:
    """Both pages as they are opened, for the tests that only look at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKORDERS_DB", str(paid))
        found = {}
        for name in ("cash_flow", "planned"):
            app = AppTest.from_file(str(APP), default_timeout=60)
            found[name] = app.switch_page(f"app_pages/{name}.py").run()
            assert not app.exception, app.exception
        yield found


@pytest.fixture
def snap(paid: Path, use: Callable[[Path], None]) -> Snapshot:
    use(paid)
    found = queries.snapshot()
    assert found
    return found


def texts(app: AppTest) -> str:
    return " ".join(each.value for kind in ("markdown", "caption") for each in app.get(kind))


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_cash_opens_with_the_money_to_be_found(pages: dict[str, AppTest]) -> None:
    # The deposit of 2.50 for PO2 goes out tomorrow, but more comes in: nothing is to be found.
    page = pages["cash_flow"]
    assert page.title[0].value == "How much money is needed, and when?"
    assert figures(page)["Money to be found"] == "€0"
    assert "The balance never falls below the €0 of today" in texts(page)
    assert "follows from" in texts(page) or "follow from" in texts(page)


@pytest.mark.parametrize("name", ["cash_flow", "planned"])
def test_every_figure_explains_itself(pages: dict[str, AppTest], name: str) -> None:
    assert len(pages[name].metric) >= 9
    for metric in pages[name].metric:
        assert metric.help, f"{metric.label} has no help text"


def test_every_part_of_cash_is_shown(paid: Path, run: Run) -> None:
    app = run(paid, "cash_flow")
    for by in ("Suppliers", "Currencies"):
        app.session_state["cash_by"] = by
        app.run()
        assert not app.exception, by
    for title in queries.CASH_ROWS:
        app.session_state["cash_rows"] = title
        app.run()
        assert not app.exception, title


@pytest.mark.parametrize(("name", "key"), [("cash_flow", "cash"), ("planned", "plans")])
def test_the_assumptions_are_one_click_away(paid: Path, run: Run, name: str, key: str) -> None:
    app = run(paid, name)
    app.session_state[f"assumed_{key}"] = True
    app.run()
    shown = [each.value for each in app.dataframe if "source" in each.value.columns]
    assert len(shown) == 1
    assert "Cost of capital in a year" in list(shown[0]["label"])


def test_without_payments_and_terms_cash_says_what_is_unknown(store: Path, run: Run) -> None:
    app = run(store, "cash_flow")
    assert figures(app)["Held for undelivered"] == formats.UNKNOWN
    assert figures(app)["Owed to us"] == formats.UNKNOWN
    said = texts(app)
    assert "No payments of customers are loaded" in said
    assert "No payments of suppliers are loaded" in said
    assert "without payment terms: dated by the assumed days" in said
    assert "is unknown for" in said


def test_a_currency_without_a_rate_is_told(stores: Stores, run: Run) -> None:
    folder = stores(
        *PAID, "update contract.sales_order_lines set currency = 'XXX'"
        " where order_id = 'SO4'",
    )  # fmt: skip
    assert "1 line for want of an exchange rate" in texts(run(folder, "cash_flow"))


def test_an_empty_book_says_what_to_load(stores: Stores, run: Run) -> None:
    folder = stores("delete from contract.purchase_order_lines", lines=[])
    app = run(folder, "cash_flow")
    assert "load exports of sales order lines" in "".join(each.value for each in app.info)
    assert not app.metric
    app = run(folder, "planned")
    assert "made to order, sold ahead, or short" in "".join(each.value for each in app.info)
    assert not app.metric


def test_planned_opens_with_what_waiting_earned(pages: dict[str, AppTest]) -> None:
    # Three heaters made to order at 120, which cost 12 each, late by five days.
    page = pages["planned"]
    assert page.title[0].value == "Does waiting on purpose pay?"
    assert "1 line** of 1 item" in texts(page) or "1 line of 1 item" in texts(page)
    assert figures(page)["Backordered on purpose"] == "€360"
    assert "told apart" in [each.delta for each in page.metric]


def test_both_ledgers_are_shown_apart(paid: Path, run: Run) -> None:
    app = run(paid, "planned")
    app.session_state["plan_items"] = "Against the plan"
    app.run()
    assert not app.exception
    assert "The premium for custom work is unknown" in texts(app)


def test_files_hold_all_rows(snap: Snapshot) -> None:
    for title in queries.CASH_ROWS:
        whole = queries.cash_rows(snap, title, None)
        assert whole.equals(queries.cash_rows(snap, title))
        assert queries.file_of(whole, "csv")
    assert queries.plan_items(snap, is_planned=True, limit=None)["item_id"].to_list() == ["HEATER"]
    assert queries.plan_policies(snap, None).height == 3
