"""A scenario: no lever is the baseline, each lever moves what it must and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.batch import LoadOptions
from etl.refresh import refresh, sample_files
from etl.snapshot import Store
from sql import models
from sql.models import ModelError
from sql.scenario import (
    Change,
    Overlay,
    Scenario,
    cause_figures,
    figures,
    moved_counts,
    moved_lines,
    scenario,
)

BACKLOG = ("backlog.lines", "backlog.pegs", "backlog.promises", "backlog.totals")

# Kind of a column -> how far two sums of the same doubles may be apart.
SLACK = {"DOUBLE": "1e-6 * (1 + abs(ours.{}))", "DECIMAL(18,2)": "0.01"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("what-if") / "store")
    with store.lock():
        return refresh(store, sample_files(), LoadOptions())[1].snapshot.path


@pytest.fixture(scope="module")
def con(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(snapshot), read_only=True) as con:
        yield con


def differing(overlay: Overlay, names: list[str]) -> list[str]:
    """The models of other rows than the snapshot's.

    Sums of doubles depend on their order: they may differ in the last digit, which may round an
    amount of money to the next cent.
    """
    cursor = overlay.cursor(names)
    found = []
    for name in names:
        grain = models.load_models()[name].grain
        keys = [] if grain == (models.ONE_ROW,) else grain
        same = [f"ours.{key} is not distinct from theirs.{key}" for key in keys]
        same += [
            f"(ours.{column} is not distinct from theirs.{column}"
            + (
                f" or abs(ours.{column} - theirs.{column}) <= {SLACK[kind].format(column)}"
                if kind in SLACK
                else ""
            )
            + ")"
            for column, kind, *_ in cursor.execute(f"describe {name}").fetchall()
            if column not in keys
        ]
        counted = cursor.execute(
            f"select (select count(*) from {name}), (select count(*) from snapshot.{name}),"
            f" count(*) from {name} as ours inner join snapshot.{name} as theirs"
            f" on {' and '.join(same)}"
        ).fetchall()
        if len(set(counted[0])) > 1:
            found.append(name)
    return found


def test_with_no_lever_every_model_is_the_baseline(snapshot: Path) -> None:
    every = [
        name
        for name, model in models.load_models().items()
        if not model.recorded and model.store != "macro"
    ]
    overlay = Overlay(snapshot, Scenario(), changed=every)
    assert set(overlay.ready(every)) == set(every)
    assert differing(overlay, every) == []
    overlay.close()


def test_nothing_is_built_anew_without_need(snapshot: Path) -> None:
    overlay = Overlay(snapshot, Scenario())
    assert overlay.ready(["backlog.totals", "causes.totals"]) == ()
    overlay.close()


# Lever -> what it must move, and the schemas or models it must leave.
LEVERS = {
    "a late supplier": (
        ["supplier_days:{supplier}=30"],
        ["backlog.promises", "backlog.supply_pegs"],
        ["core.open_demand", "core.allocations", "causes.claims", "causes.lines"],
    ),
    "one order expedited": (
        ["supply_days:{supply}=-20"],
        ["backlog.pegs"],
        ["core.open_demand", "core.allocations", "causes.claims", "core.slip_distribution"],
    ),
    "a lost supplier": (
        ["supplier_lost:{supplier}"],
        ["backlog.totals", "backlog.promises"],
        ["core.order_lines", "core.allocations", "core.supply_slips"],
    ),
    "extra supply": (
        ["extra_supply:{item}=1000@3"],
        ["backlog.promises"],
        ["core.ledger", "core.allocations", "backlog.daily"],
    ),
    "faster production": (
        ["capacity_rate=2"],
        ["backlog.supply_pegs"],
        ["core.open_demand", "core.order_lines", "causes.claims"],
    ),
    "another rule": (
        ["allocation_rule=smallest_first"],
        ["backlog.lines"],
        ["core.supply", "core.ledger", "core.order_lines"],
    ),
    "more demand": (
        ["demand_percent=50"],
        ["backlog.lines", "backlog.promises", "risk.stock_outs"],
        ["core.slip_distribution", "core.expected_supply", "core.order_lines", "core.settlements"],
    ),
    "less demand for an item": (
        ["item_demand_percent:{stocked}=-100"],
        ["risk.stock_outs"],
        ["core.slip_distribution", "core.expected_supply", "core.order_lines"],
    ),
    "more demand for a product group": (
        ["category_demand_percent:{category}=80"],
        ["backlog.lines", "risk.stock_outs"],
        ["core.slip_distribution", "core.expected_supply", "core.order_lines"],
    ),
    "more demand of a customer segment": (
        ["segment_demand_percent:{segment}=80"],
        ["backlog.lines", "risk.stock_outs"],
        ["core.slip_distribution", "core.expected_supply", "core.order_lines"],
    ),
    "a spike": (
        ["demand_spike:{stocked}=500@3"],
        ["backlog.lines", "risk.stock_positions", "risk.stock_outs"],
        [
            "core.slip_distribution",
            "core.expected_supply",
            "core.pools",
            "causes.claims",
            "cash_flow.totals",
        ],
    ),
    "no selling without supply": (
        ["stop_selling"],
        ["core.refusals", "backlog.totals"],
        ["core.expected_supply", "core.order_lines", "core.slip_distribution"],
    ),
    "an item made to order": (
        ["make_to_order:{stocked}"],
        ["backlog.lines", "risk.stock_outs", "planned.holdings"],
        ["core.expected_supply", "core.order_lines", "core.supply", "causes.claims", "core.pegs"],
    ),
    "an item kept in stock": (
        ["make_to_stock:{made}"],
        ["backlog.lines", "planned.holdings"],
        ["core.expected_supply", "core.order_lines", "core.supply", "causes.claims", "core.pegs"],
    ),
    "deposits": (
        ["deposit_rate_added=0.3"],
        ["cash_flow.lines", "cash_flow.totals"],
        ["backlog.lines", "backlog.promises", "core.pegs", "causes.claims"],
    ),
    "one customer pays later": (
        ["customer_days:{customer}=45"],
        ["cash_flow.lines", "cash_flow.totals"],
        ["backlog.lines", "backlog.promises", "core.pegs", "cash_flow.coming"],
    ),
    "one customer pays a deposit": (
        ["customer_deposit:{customer}=0.5"],
        ["cash_flow.lines", "cash_flow.totals"],
        ["backlog.lines", "backlog.promises", "core.pegs", "cash_flow.coming"],
    ),
    "one supplier is paid later": (
        ["supplier_terms_days:{supplier}=45"],
        ["cash_flow.coming", "cash_flow.totals"],
        ["backlog.lines", "backlog.promises", "core.pegs", "cash_flow.pegged"],
    ),
    "forecasts mended": (
        ["cause_mended:forecasting"],
        ["what_if.causes", "what_if.mended_pools"],
        ["core.slip_distribution", "core.supply", "backlog.lines", "causes.claims"],
    ),
    "a cause mended": (
        ["cause_mended:{cause}"],
        ["what_if.causes", "what_if.cause_figures"],
        ["core.slip_distribution", "core.supply", "backlog.lines", "causes.claims"],
    ),
}


@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_moves_what_it_must_and_nothing_else(
    lever: str, snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    texts, moved, left = LEVERS[lever]
    what = scenario(con, [text.format(**subjects(con)) for text in texts])
    overlay = Overlay(snapshot, what)
    assert differing(overlay, moved) == moved
    assert differing(overlay, left) == []
    overlay.close()


def subjects(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The supply that most waits for, its supplier and item."""
    row = con.execute(
        "select document_id, supplier_id, item_id from backlog.supply_pegs"
        " where supply_kind = 'purchase_order' and pegged_qty > 0 and expected_date > promised_date"
        " order by pegged_value desc nulls last, supply_id limit 1"
    ).fetchone()
    assert row
    found = dict(zip(("supply", "supplier", "item"), row, strict=True))
    row = con.execute(
        "select customer_id, category, segment from backlog.lines"
        " where due_date > (select as_of from core.as_of) and segment is not null"
        " order by open_value desc nulls last, order_id, line_id limit 1"
    ).fetchone()
    assert row
    found |= dict(zip(("customer", "category", "segment"), row, strict=True))
    row = con.execute(
        "select (select item_id from risk.stock_outs order by after_short_value desc limit 1),"
        " (select item_id from core.waiting_lines where order_type = 'make_to_order'"
        " order by all limit 1),"
        " (select cause from what_if.causes where cause not in ('planned', 'unknown')"
        " order by cause_qty desc, cause limit 1)"
    ).fetchone()
    assert row
    return found | dict(zip(("stocked", "made", "cause"), row, strict=True))


def test_rules_that_keep_nobody_waiting_for_nothing_fill_the_same_units(
    snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    overlay = Overlay(snapshot, scenario(con, ["allocation_rule=smallest_first"]))
    filled = "select item_id, sum(short_qty) from {}core.allocations group by all order by all"
    cursor = overlay.cursor(["core.allocations"])
    ours = cursor.execute(filled.format("")).fetchall()
    assert ours == cursor.execute(filled.format("snapshot.")).fetchall()
    overlay.close()


def test_the_order_of_levers_does_not_matter_and_their_text_reads_back(
    con: duckdb.DuckDBPyConnection,
) -> None:
    one = ["supplier_days=5", "allocation_rule=due_date"]
    what = scenario(con, [*one, "capacity_rate=1.5"])
    assert what == scenario(con, ["capacity_rate=1.5", *reversed(one)])
    assert what == scenario(con, what.settings())
    assert what.changes == (
        Change("capacity_rate", amount=1.5),
        Change("supplier_days", amount=5),
    )


# Of each kind of change one that is taken for sure, and one that changes nothing.
SETTINGS = {
    "allocation_rule": "allocation_rule=due_date",
    "deposit_rate_added": "deposit_rate_added=0.3",
    "supplier_days": "supplier_days=5",
    "capacity_rate": "capacity_rate=1.5",
    "extra_supply": "extra_supply:{item}=10@3",
    "demand_percent": "demand_percent=20",
    "segment_demand_percent": "segment_demand_percent:{segment}=20",
    "demand_spike": "demand_spike:{stocked}=5@3",
    "stop_selling": "stop_selling",
    "make_to_order": "make_to_order:{stocked}",
    "customer_days": "customer_days:{customer}=10",
    "cause_mended": "cause_mended:{cause}",
}
NOTHING = (
    "supplier_days=0",
    "capacity_rate=1",
    "extra_supply:{item}=0@3",
    "demand_percent=0",
    "item_demand_percent:{stocked}=0",
    "demand_spike:{stocked}=0@3",
    "customer_days:{customer}=0",
    "customer_deposit:{customer}=0",
    "supplier_terms_days:{supplier}=0",
    "supplier_net_days_added=0",
)


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.sampled_from(sorted(SETTINGS)), unique=True), data=st.data())
def test_levers_in_any_order_are_one_scenario(
    names: list[str], data: st.DataObject, con: duckdb.DuckDBPyConnection
) -> None:
    known = subjects(con)
    texts = [SETTINGS[name].format(**known) for name in names]
    what = scenario(con, texts)
    assert scenario(con, data.draw(st.permutations(texts))) == what
    assert scenario(con, what.settings()) == what


def test_a_lever_taken_back_was_never_pulled(
    snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Another value of a lever takes the place of the first; so its default undoes it."""
    known = subjects(con)
    for name, undone in (("supplier_days", 0), ("capacity_rate", 1), ("demand_percent", 0)):
        assert scenario(con, [f"{name}=3", f"{name}={undone}"]) == scenario(
            con, [f"{name}={undone}"]
        )
    twice = [f"demand_spike:{known['stocked']}={amount}@3" for amount in (50, 0)]
    overlay = Overlay(snapshot, scenario(con, twice))
    assert figures(overlay)["outcome"].unique().to_list() == ["same"]
    overlay.close()


def test_levers_that_are_at_nothing_leave_every_figure(
    snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    overlay = Overlay(snapshot, scenario(con, [text.format(**subjects(con)) for text in NOTHING]))
    for rows in (figures(overlay), cause_figures(overlay)):
        assert rows.filter(pl.col("difference").abs() > 0.01).is_empty()
        assert rows.height > 5
    assert moved_lines(overlay).is_empty()
    overlay.close()


def test_levers_of_supply_and_of_terms_each_do_what_they_do_alone(
    snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Dates are the supplier's alone; what suppliers are paid, and when, the terms' and dates'."""
    known = subjects(con)
    supply, terms = f"supplier_days:{known['supplier']}=14", "deposit_rate_added=0.3"
    found = {}
    for texts in ((supply,), (terms,), (terms, supply)):
        overlay = Overlay(snapshot, scenario(con, texts))
        found[texts] = dict(figures(overlay).select("figure", "scenario").iter_rows())
        overlay.close()
    both, alone = found[terms, supply], found[supply,]
    for figure in ("mean_wait_days", "late_lines", "broken_lines", "backordered_qty", "cash_out"):
        assert both[figure] == pytest.approx(alone[figure])


def test_the_notebook_of_the_readme_runs(
    root: Path, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").symlink_to(snapshot.parent)
    monkeypatch.chdir(tmp_path)
    readme = (root / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```$", readme, re.M | re.S)
    names: dict[str, object] = {}
    exec(found[0], names)
    changed, would_be = names["changed"], names["would_be"]
    assert isinstance(changed, pl.DataFrame)
    assert isinstance(would_be, pl.DataFrame)
    assert "worse" in changed["outcome"].to_list()
    assert would_be.height == 1


def test_a_rebuilt_model_that_is_as_it_was_stops_the_rebuilding(
    snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    overlay = Overlay(snapshot, scenario(con, ["supplier_days=1"]))
    built = overlay.ready(BACKLOG)
    assert "core.hard_supply" in built
    assert "core.open_lines" not in built
    overlay.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "supplier_dayz:A=1",
            "no assumption or change supplier_dayz; the nearest is supplier_days",
        ),
        ("supplier_days:NOBODY=1", "no supplier 'NOBODY'"),
        ("supply_days:PO-X=1", "no open purchase or production order 'PO-X'"),
        ("extra_supply:NOTHING=5", "no item 'NOTHING'"),
        ("extra_supply:NOTHING", "extra_supply needs a quantity"),
        ("supplier_days=soon", "must be a number, not 'soon'"),
        ("capacity_rate=0", "must be 0.1 to 10 times, not 0"),
        ("capacity_rate:X=2", "capacity_rate is about all of it"),
        ("allocation_rule=by_luck", "allocation_rule must be one of"),
        ("allocation_rule:X=value", "an assumption is set as allocation_rule=VALUE"),
        ("allocation_rule", "an assumption is set as allocation_rule=VALUE"),
        ("=3", "is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_changed_is_said(
    text: str, message: str, con: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(ModelError, match=re.escape(message)):
        scenario(con, [text])


def test_a_wide_table_is_written_out_when_it_is_asked_for(
    snapshot: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Until then it is a view that others read a few columns of; they say the same either way."""
    late = [name for name, model in models.load_models().items() if model.scenario_store]
    assert "backlog.lines" in late
    what = scenario(con, ["supplier_days=7", "demand_percent=20", "deposit_rate_added=0.2"])
    kind = "select count(*) from duckdb_tables() where schema_name || '.' || table_name = ?"
    kind += " and database_name = 'memory'"
    read = "select sum(uncovered_value) from backlog.lines"
    overlay, whole = Overlay(snapshot, what), Overlay(snapshot, what)
    whole.ready([*models.load_models()])
    seen = figures(overlay)
    with overlay.cursor(["backlog.totals"]) as cursor:
        assert [cursor.execute(kind, [name]).fetchone() for name in late] == [(0,)] * len(late)
        before = cursor.execute(read).fetchone()
        assert set(overlay.ready(late)) == set(late)
        assert [cursor.execute(kind, [name]).fetchone() for name in late] == [(1,)] * len(late)
        assert before == cursor.execute(read).fetchone()
    assert overlay.ready(late) == ()
    for column in ("scenario", "baseline"):
        assert seen[column].to_list() == pytest.approx(
            figures(whole)[column].to_list(), nan_ok=True
        )
    overlay.close()
    whole.close()


def test_what_moves_is_counted(snapshot: Path, con: duckdb.DuckDBPyConnection) -> None:
    overlay = Overlay(snapshot, scenario(con, ["demand_percent=50", "supplier_days=-10"]))
    outcomes = moved_lines(overlay)["outcome"]
    earlier, later = moved_counts(overlay)
    assert (earlier, later) == (outcomes.eq("better").sum(), outcomes.eq("worse").sum())
    assert earlier + later == outcomes.len() > 0
    overlay.close()
