"""The page *Materials* in each of its states: the answer, the lists, and a book without bills."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import formats, material_charts, materials, queries
from dashboard.queries import Snapshot, View
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import AS_OF, Stores

# A heater takes 2 coils, of which 5 are there, and a frame, of which there are plenty.
MADE = (
    "insert into contract.bom_lines by name from (values ('HEATER', 'COIL', 2),"
    " ('HEATER', 'FRAME', 1)) as t (parent_item_id, component_item_id, qty_per)",
    "insert into contract.inventory_balances by name select"
    f" date '{AS_OF}' as as_of, item_id, 'MAIN' as location_id, on_hand_qty"
    " from (values ('COIL', 5), ('FRAME', 100)) as t (item_id, on_hand_qty)",
)
LOOP = (
    *MADE,
    "insert into contract.bom_lines by name from (values ('COIL', 'WIRE', 1),"
    " ('WIRE', 'COIL', 1)) as t (parent_item_id, component_item_id, qty_per)",
)


@pytest.fixture(scope="module")
def made(stores: Stores) -> Path:
    return stores(*MADE)


@pytest.fixture(scope="module")
def page(made: Path) -> Iterator[AppTest]:
    """The page as it is opened, for the tests that only look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKORDERS_DB", str(made))
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.switch_page("app_pages/materials.py").run()
        assert not app.exception, app.exception
        yield app


@pytest.fixture
def snap(made: Path, use: Callable[[Path], None]) -> Snapshot:
    use(made)
    found = queries.snapshot()
    assert found
    return found


def texts(app: AppTest) -> str:
    return " ".join(each.value for kind in ("markdown", "caption") for each in app.get(kind))


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_page_opens_with_what_waits_for_materials(page: AppTest) -> None:
    # 9 heaters wait, 1 is on order. 4 of the 8 were due: of their 8 coils 5 are there, for 2.
    assert page.title[0].value == "What waits for materials?"
    assert figures(page)["Waits for materials"] == "€720"
    assert figures(page)["Able to make now"] == "€240"
    assert figures(page)["Gating components"] == "1"
    assert "**3 order lines** of made items wait for something to be started" in texts(page)
    assert "**1 component** keeps the rest, 3 lines of 1 item" in texts(page)


def test_every_figure_explains_itself(page: AppTest) -> None:
    assert len(page.metric) == 9
    for metric in page.metric:
        assert metric.help, f"{metric.label} has no help text"


def test_units_are_shown_when_asked_for(made: Path, run: Run) -> None:
    shown = figures(run(made, "materials", unit="Units"))
    assert shown["Waits for materials"] == "6 units"
    assert shown["Able to make now"] == "2 units"


def test_every_list_is_shown(made: Path, run: Run) -> None:
    app = run(made, "materials")
    for title in materials.COLUMNS:
        app.session_state["materials_list"] = title
        app.run()
        assert not app.exception, title
        assert title in [each.value for each in app.subheader]


def test_every_list_has_its_columns_and_says_what_it_is(snap: Snapshot) -> None:
    assert list(materials.COLUMNS) == list(queries.MATERIAL_ROWS) == list(formats.MATERIAL_LISTS)
    for title, columns in materials.COLUMNS.items():
        assert set(columns) <= set(queries.material_rows(snap, title).columns), title


def test_an_item_is_taken_apart(made: Path, run: Run) -> None:
    app = run(made, "materials")
    app.session_state["made_item"] = "HEATER"
    app.run()
    bills = [each.value for each in app.dataframe if "place" in each.value.columns]
    assert list(bills[0]["place"]) == ["COIL", "FRAME"]
    assert list(bills[0]["free_qty"]) == [5, 100]


def test_the_assumptions_are_one_click_away(made: Path, run: Run) -> None:
    app = run(made, "materials")
    app.session_state["assumed_materials"] = True
    app.run()
    shown = [each.value for each in app.dataframe if "assumption" in each.value.columns]
    assert list(shown[0]["assumption"]) == list(materials.ASSUMPTIONS)


def test_without_bills_it_says_so_and_shows_what_is_to_buy(store: Path, run: Run) -> None:
    app = run(store, "materials")
    assert "load an export of bills of materials" in "".join(i.value for i in app.info)
    assert "Waits for materials" not in figures(app)
    assert figures(app)["To buy"] != formats.UNKNOWN
    assert "to buy for" in texts(app)


def test_a_loop_is_printed_and_what_it_hides_is_unknown(stores: Stores, run: Run) -> None:
    app = run(stores(*LOOP), "materials")
    assert "1 loop in bills of materials" in "".join(each.value for each in app.warning)
    loops = [each.value for each in app.dataframe if "loop_items" in each.value.columns]
    assert list(loops[0]["loop_items"]) == ["COIL > WIRE > COIL"]
    assert "2 lines of bills of materials refused" in texts(app)
    assert figures(app)["Able to make now"] == "€0"


def test_files_hold_every_row(snap: Snapshot) -> None:
    frame = queries.material_rows(snap, "Able to make", limit=None)
    text = queries.file_of(frame, "csv").decode()
    assert text.count("\n") == frame.height + 1


def test_charts_take_what_has_no_price(snap: Snapshot) -> None:
    frame = queries.able_to_make(View(snap), "qty", 5)
    assert material_charts.able(frame, "qty", None, ()).to_dict()
    gating = queries.gating(View(snap), 5)
    assert material_charts.has_money(gating)
    assert material_charts.gating(gating, "EUR", ()).to_dict()
