"""The page *Suppliers* in each of its states: the answer, the ranking, one supplier's record."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import formats, queries, supply_charts
from dashboard.queries import Snapshot
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import Stores, publish_changed

# PO2 of COIL is late; PO1 of WAX came in time, one of ten refused.
LATE = (
    "update contract.purchase_order_lines set order_date = date '2026-02-11'",
    "update contract.purchase_order_lines set first_promised_date = date '2026-03-20',"
    " promised_date = date '2026-03-20' where supplier_id = 'COIL'",
    "update contract.purchase_order_lines set first_promised_date = date '2026-03-20'"
    " where supplier_id = 'WAX'",
    "insert into contract.receipts by name select 'R1' as receipt_id, '1' as line_id,"
    " 'PO1' as po_id, 'CANDLE' as item_id, date '2026-03-20' as received_date,"
    " 10 as received_qty, 1 as rejected_qty",
)


@pytest.fixture(scope="module")
def late(stores: Stores) -> Path:
    return stores(*LATE)


@pytest.fixture(scope="module")
def page(late: Path) -> Iterator[AppTest]:
    """The page as it is opened, for the tests that only look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKORDERS_DB", str(late))
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.switch_page("app_pages/suppliers.py").run()
        assert not app.exception, app.exception
        yield app


@pytest.fixture
def snap(late: Path, use: Callable[[Path], None]) -> Snapshot:
    use(late)
    found = queries.snapshot()
    assert found
    return found


def texts(app: AppTest) -> str:
    return " ".join(each.value for kind in ("markdown", "caption") for each in app.get(kind))


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_page_opens_with_what_is_late_and_who_is_worst(page: AppTest) -> None:
    # One heater of 12 is late, and the two orders it serves wait for it: the first of them for 1.
    assert page.title[0].value == "Who delivers late, and what waits for it?"
    assert figures(page)["Late supply"] == "€12"
    assert figures(page)["Backlog waiting"] == "€120"
    assert figures(page)["On time in full"] == "0%"
    assert figures(page)["Units refused"] == "10%"
    assert "The worst is **COIL Ltd**: €12 late, 0% of its lines on time in full" in texts(page)
    assert page.metric[0].delta == "+€12"


def test_every_figure_explains_itself(page: AppTest) -> None:
    assert len(page.metric) >= 9
    for metric in page.metric:
        assert metric.help, f"{metric.label} has no help text"


def test_units_are_shown_when_asked_for(late: Path, run: Run) -> None:
    shown = figures(run(late, "suppliers", unit="Units"))
    assert shown["Late supply"] == "1 unit"


def test_a_link_opens_one_suppliers_record(late: Path, run: Run) -> None:
    app = run(late, "suppliers", supplier="COIL")
    assert "COIL Ltd" in [each.value for each in app.subheader]
    assert "**€12 late** in 1 order line, the oldest promised for 20 Mar 2026" in texts(app)
    orders = [each.value for each in app.dataframe if "document_id" in each.value.columns]
    assert list(orders[0]["document_id"]) == ["PO2"]
    assert app.button(key="chip_supplier")


def test_every_part_of_a_record_is_shown(late: Path, run: Run) -> None:
    for supplier_id in ("COIL", "WAX"):
        app = run(late, "suppliers", supplier=supplier_id)
        for part in ("Slips", "Items", "Moved promises", "By month", "All orders"):
            app.session_state["record"] = part
            app.run()
            assert not app.exception, (supplier_id, part)


def test_every_ranking_is_drawn(late: Path, run: Run) -> None:
    for title in ("Late supply", "On time in full", "Rejects", "Spend"):
        app = run(late, "suppliers", rank=title)
        assert f"Suppliers by {title.lower()}" in [each.value for each in app.subheader]


def test_a_supplier_nobody_knows_is_said(late: Path, run: Run) -> None:
    app = run(late, "suppliers", supplier="NOBODY")
    assert "No supplier has the id NOBODY" in "".join(info.value for info in app.info)


def test_a_supplier_without_orders_has_no_figures(late: Path, run: Run) -> None:
    app = run(late, "suppliers", supplier="CLAY")
    assert "Nothing was ordered from it" in texts(app)


def test_only_the_filters_it_heeds_are_on(late: Path, run: Run) -> None:
    app = run(late, "suppliers", item="HEATER")
    assert app.multiselect(key="item").disabled
    assert not app.multiselect(key="supplier").disabled
    assert figures(app)["Late supply"] == "€12"


def test_without_any_order_it_says_what_to_load(store: Path, tmp_path: Path, run: Run) -> None:
    publish_changed(
        store / (store / "CURRENT").read_text().strip(),
        tmp_path,
        "20260401T060000",
        "delete from suppliers.performance",
    )
    app = run(tmp_path, "suppliers")
    assert "load an export of purchase order lines" in "".join(i.value for i in app.info)
    assert not app.metric


def test_without_receipts_on_time_is_unknown_and_not_nothing(stores: Stores, run: Run) -> None:
    folder = stores(
        "update contract.purchase_order_lines set first_promised_date = date '2026-03-20',"
        " received_qty = ordered_qty",
    )
    app = run(folder, "suppliers")
    assert figures(app)["On time in full"] == formats.UNKNOWN
    assert figures(app)["Units filled"] == "100%"
    assert "2 lines came on an unknown day" in texts(app)
    assert "No order came on a known day: load receipts" in texts(app)
    assert "**No supply is late**" in texts(app)


def test_files_hold_every_supplier(snap: Snapshot) -> None:
    frame = queries.suppliers(snap, "value")
    assert frame["supplier_id"].to_list() == ["COIL", "WAX"]
    text = queries.file_of(frame, "csv").decode("utf-8-sig")
    assert "COIL" in text
    assert queries.supplier_orders(snap, "WAX", is_late=False, limit=None).height == 1
    assert queries.supplier_orders(snap, "WAX", is_late=True).is_empty()


def test_a_histogram_tells_late_from_early(snap: Snapshot) -> None:
    frame = pl.DataFrame({"slip_days": [-2, 0, 3], "lines": [1, 4, 2]})
    spec = supply_charts.slips(frame).to_dict()
    rows = [row for rows in spec["datasets"].values() for row in rows]
    assert [row["part"] for row in rows] == ["On time or early", "On time or early", "Late"]
    assert queries.slips(snap, "WAX").rows() == [(0, 1)]


def test_unknown_money_is_no_bar(snap: Snapshot) -> None:
    frame = queries.suppliers(snap, "value").with_columns(
        overdue_value=pl.lit(None, dtype=pl.Float64)
    )
    spec = supply_charts.late(frame, "value", "EUR", ()).to_dict()
    rows = [row for rows in spec["datasets"].values() for row in rows]
    assert {row["part"] for row in rows} == {"Backlog that waits for it"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0%"), (0.0002, "<0.1%"), (0.041, "4.1%"), (0.999, "99%"), (1, "100%")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(value: float | None, text: str) -> None:
    assert formats.rate(value) == text
