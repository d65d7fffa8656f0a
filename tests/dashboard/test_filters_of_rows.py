"""Pages whose figures are of all that is loaded: filters leave rows of their lists, and say so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import cash, formats, materials, plans, queries, risk
from dashboard.queries import Filters, Snapshot
from tests.dashboard.conftest import Run

LISTS = [
    *(pair for each in (queries.RISK_ROWS, queries.CASH_ROWS) for pair in each.values()),
    *queries.MATERIAL_ROWS.values(),
    ("planned.ledger", ""),
    ("planned.policies", ""),
    ("actions.ranked", ""),
]
EACH = [
    Filters(item=("CANDLE",)),
    Filters(category=("(none)",)),
    Filters(customer=("ANNA",)),
    Filters(supplier=("WAX",)),
    Filters(item=("CANDLE", "MUG"), customer=("ANNA",), supplier=("WAX",), location=("MAIN",)),
]


@pytest.fixture
def snap(store: Path, use: Callable[[Path], None]) -> Snapshot:
    use(store)
    found = queries.snapshot()
    assert found
    return found


@pytest.mark.parametrize("rows", LISTS, ids=lambda rows: rows[0])
def test_filters_leave_some_of_the_same_rows(snap: Snapshot, rows: tuple[str, str]) -> None:
    name, tail = rows
    whole = queries._some(snap, name, tail, None, queries.EVERYTHING)
    for filters in EACH:
        left = queries._some(snap, name, tail, None, filters)
        assert left.columns == whole.columns
        assert left.join(whole, on=whole.columns, how="anti", nulls_equal=True).is_empty()
        if not queries.heeded(rows, filters):
            assert left.equals(whole)
        if queries.heeded(rows, filters) == filters.active() and "item_id" in left.columns:
            assert set(left["item_id"]) <= set(filters.item or left["item_id"])
        if "customer_id" in left.columns and filters.customer:
            assert set(left["customer_id"]) <= set(filters.customer)


def test_a_customer_and_a_supplier_are_looked_for_on_their_own_side(snap: Snapshot) -> None:
    both = Filters(customer=("ANNA",), supplier=("WAX",))
    ours, theirs = queries.CASH_ROWS["Owed to us"], queries.CASH_ROWS["Owed by us"]
    assert queries.heeded(ours, both) == ("customer",)
    assert queries.heeded(theirs, both) == ("supplier",)
    shown = queries.actions(snap, (), None, both)
    assert set(shown["party_id"]) == {"ANNA", "WAX"}
    assert queries.actions_count(snap, (), both) == shown.height

    lines = queries.risk_rows(snap, "Lines", None, Filters(customer=("ANNA",)))
    assert not lines.is_empty()
    assert lines["customer_id"].unique().to_list() == ["ANNA"]


def test_what_a_list_heeds_is_said() -> None:
    said = formats.heeding(("item", "age"), ("item",), {"item": "Item", "age": "Days past due"})
    assert said == "Filtered by item. Not filtered by days past due, which these rows do not know."
    assert formats.heeding((), (), {}) == ""


@pytest.mark.parametrize(
    ("page", "params", "says"),
    [
        ("risk", {"customer": "ANNA"}, "Filtered by customer."),
        ("risk", {"customer": "ANNA", "risk": "Next stock-outs"}, "Not filtered by customer"),
        ("cash_flow", {"supplier": "WAX", "cash_rows": "Owed by us"}, "Filtered by supplier."),
        ("materials", {"item": "HEATER"}, "Filtered by item."),
        ("planned", {"item": "HEATER"}, "Filtered by item."),
        ("actions", {"item": "HEATER"}, "Filtered by item."),
    ],
)
def test_a_link_restores_filters_and_the_figures_stay_those_of_all(
    store: Path, run: Run, page: str, params: dict[str, str], says: str
) -> None:
    app = run(store, page, **params)
    captions = " ".join(each.value for each in app.caption)
    assert says in captions
    assert "figures are of all that is loaded" in captions
    chips = {str(button.key) for button in app.button if str(button.key).startswith("chip_")}
    assert chips == {f"chip_{name}" for name in params if name in queries.DIMENSIONS}
    whole = {metric.label: metric.value for metric in run(store, page).metric}
    assert {metric.label: metric.value for metric in app.metric} == whole


def test_a_bar_leads_to_a_list_there_is() -> None:
    assert set(risk.LISTS.values()) <= set(risk.ROW_COLUMNS)
    assert {"Owed to us", "Owed by us"} <= set(cash.ROW_COLUMNS)
    assert materials.COLUMNS.keys() == queries.MATERIAL_ROWS.keys()
    assert plans.LEDGER_COLUMNS
