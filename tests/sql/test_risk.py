"""What holds of risk whatever the orders: chances, sums, rising with delay, nothing known later."""

import math
import os
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql import models

from .conftest import World, shared_world

AS_OF = date(2026, 3, 31)
Rows = dict[str, list[dict[str, Any]]]

few = settings(
    max_examples=int(os.environ.get("BACKORDERS_EXAMPLES", "4")),
    deadline=None,
    derandomize="BACKORDERS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
fewer = settings(few, max_examples=max(few.max_examples // 2, 2))

MODELS = tuple(
    sorted(name for name, model in models.load_models().items() if model.schema == "risk")
)

days = st.integers(-70, 25).map(lambda day: AS_OF + timedelta(day))
some_day = st.none() | days
items = st.sampled_from(["I1", "I2", "I3"])
parties = st.sampled_from([None, "X", "Y", "Z"])


def numbered(name: str, row: st.SearchStrategy[dict[str, Any]], most: int) -> Any:
    """Lists of rows, each with its own number in the key column."""
    return st.lists(row, max_size=most).map(
        lambda rows: [{name: f"{name}{number}", **row} for number, row in enumerate(rows)]
    )


worlds = st.fixed_dictionaries(
    {
        "uom_conversions": st.just([{"item_id": "I1", "from_uom": "box", "to_base_factor": 6}]),
        "items": st.just(
            [
                {"item_id": "I1", "base_uom": "pcs", "unit_cost": 2, "lead_time_days": 5},
                {"item_id": "I2", "base_uom": "pcs", "capacity_per_week_qty": 3},
                {
                    "item_id": "I3",
                    "base_uom": "pcs",
                    "replenishment": "make",
                    "capacity_per_week_qty": 2,
                },
            ]
        ),
        "bom_lines": st.just([{"parent_item_id": "I3", "component_item_id": "I2", "qty_per": 2}]),
        "sales_order_lines": st.lists(
            st.fixed_dictionaries(
                {
                    "order_id": st.sampled_from(["A", "B", "C", "D", "E", "F", "G"]),
                    "item_id": items,
                    "customer_id": parties,
                    "order_date": days,
                    "ordered_qty": st.integers(0, 9),
                    "shipped_qty": st.none() | st.integers(0, 9),
                    "cancelled_qty": st.none() | st.integers(0, 3),
                    "requested_date": some_day,
                    "promised_date": some_day,
                    "first_promised_date": some_day,
                    "need_by_date": st.none() | days,
                    "shipped_date": some_day,
                    "unit_price": st.none() | st.integers(1, 9),
                    "currency": st.just("EUR"),
                    "uom": st.sampled_from([None, None, "pcs", "BOX", "PALLET"]),
                    "line_status": st.sampled_from([None, None, "open", "shipped", "cancelled"]),
                }
            ),
            max_size=14,
        ).map(lambda rows: [{"line_id": str(number), **row} for number, row in enumerate(rows)]),
        "purchase_order_lines": numbered(
            "po_id",
            st.fixed_dictionaries(
                {
                    "supplier_id": st.sampled_from(["S", "S", "T"]),
                    "item_id": items,
                    "order_date": days,
                    "ordered_qty": st.integers(0, 12),
                    "promised_date": some_day,
                }
            ),
            6,
        ),
        "receipts": numbered(
            "receipt_id",
            st.fixed_dictionaries(
                {
                    "po_id": st.sampled_from(["po_id0", "po_id1", "po_id2"]),
                    "item_id": items,
                    "received_date": days,
                    "received_qty": st.integers(1, 8),
                }
            ),
            4,
        ),
        "inventory_balances": st.lists(
            st.fixed_dictionaries(
                {"as_of": st.just(AS_OF), "item_id": items, "on_hand_qty": st.integers(-2, 9)}
            ),
            max_size=3,
            unique_by=lambda row: row["item_id"],
        ),
        "demand_forecasts": st.lists(
            st.fixed_dictionaries(
                {
                    "item_id": items,
                    "period_start": st.just(AS_OF + timedelta(1)),
                    "period_end": st.just(AS_OF + timedelta(30)),
                    "made_on": some_day,
                    "forecast_qty": st.integers(0, 60),
                }
            ),
            max_size=3,
            unique_by=lambda row: (row["item_id"], row["made_on"]),
        ),
        "payments": numbered(
            "payment_id",
            st.fixed_dictionaries(
                {
                    "direction": st.just("in"),
                    "order_id": st.sampled_from(["A", "B", "C", "D"]),
                    "paid_on": days,
                    "amount": st.integers(-20, 20).filter(bool),
                    "currency": st.sampled_from(["EUR", "EUR", "XXX"]),
                }
            ),
            5,
        ),
    }
)


def asked(rows: Rows) -> World:
    world = shared_world()
    world.fill(rows, AS_OF, "EUR", reading=(*MODELS, "backlog.lines"))
    return world


@few
@given(worlds)
def test_rates_are_shares_and_lines_are_those_that_wait(rows: Rows) -> None:
    world = asked(rows)
    for name in MODELS:
        models.tested_rows(world.con, models.load_models()[name])
        for column in models.load_models()[name].columns:
            if column.endswith("_rate"):
                odd = world.rows(
                    f"select {column} from {name} where {column} < -1e-9 or {column} > 1 + 1e-9"
                    f" or isnan({column})"
                )
                assert not odd, (name, column, odd)
    assert world.rows("select order_id, line_id, short_qty from risk.lines order by all") == (
        world.rows(
            "select order_id, line_id, cast(backordered_qty + future_short_qty as decimal(18, 4))"
            " from backlog.lines where backordered_qty + future_short_qty > 0 order by all"
        )
    )
    assert world.rows("select order_id, line_id from risk.events order by all") == world.rows(
        "select order_id, line_id from backlog.lines where need_by_date is not null order by all"
    )


@few
@given(worlds)
def test_parts_sum_to_wholes(rows: Rows) -> None:
    world = asked(rows)
    # Every cancelled line is in one cell of the hazards, or they have one for all.
    ((cancelled, in_cells, is_own),) = world.rows(
        "select (select count(*) from risk.cancelled_lines), sum(cancelled_lines),"
        " bool_and(is_own_cell) from risk.cancel_hazards"
    )
    if is_own:
        assert math.isclose(cancelled, in_cells, abs_tol=1e-9)
    # Customers' lines are the lines; what they lose is the total.
    assert world.rows(
        "select coalesce(sum(lines), 0), coalesce(sum(short_value), 0),"
        " coalesce(sum(expected_refund_value), 0) from risk.customers"
    ) == world.rows(
        "select count(*), coalesce(sum(short_value), 0), coalesce(sum(expected_refund_value), 0)"
        " from risk.lines where customer_id is not null"
    )
    for risk, table in (
        ("cancellations", "risk.lines"),
        ("events", "risk.events"),
        ("customers", "risk.customers"),
    ):
        column = {"events": "expected_miss_value", "customers": "expected_loss_value"}.get(
            risk, "expected_cancel_value"
        )
        assert world.rows(
            f"select expected_value from risk.totals where risk = '{risk}'"
        ) == world.rows(f"select sum({column}) from {table}")
    # The points of the brand are those of its parts, each weighed.
    odd = world.rows(
        "select month_start from risk.brand_months cross join core.levers where"
        " abs(brand_points - 100 * (coalesce(broken_rate, 0) * brand_weight_broken"
        " + coalesce(repromised_rate, 0) * brand_weight_repromised"
        " + coalesce(first_broken_orders / nullif(judged_orders, 0), 0) * brand_weight_first_order"
        " + coalesce(long_delayed_rate, 0) * brand_weight_long_delay"
        " + coalesce(refunded_rate, 0) * brand_weight_refund)) > 1e-6"
    )
    assert not odd


@few
@given(worlds)
def test_a_chance_is_what_a_walk_day_by_day_gives(rows: Rows) -> None:
    world = asked(rows)
    cells = world.rows(
        "select wait_from_days, wait_to_days, late_from_days, late_to_days, hazard_per_week"
        " from risk.cancel_hazards"
    )

    def survival(wait: int, until: int, promise: int) -> float:
        whole = 0.0
        for day in range(wait + 1, until + 1):
            (hazard,) = [
                hazard
                for low, high, late_low, late_high, hazard in cells
                if low <= day <= high and late_low <= day - promise <= late_high
            ]
            whole += hazard / 7
        return math.exp(-whole)

    lines = world.rows(
        "select risk_lines.wait_days, greatest(date_diff('day', lines.order_date,"
        " coalesce(lines.first_promised_date, lines.due_date)), 0),"
        " risk_lines.fill_p50_date, risk_lines.fill_p80_date, risk_lines.fill_p95_date,"
        " risk_lines.cancel_rate"
        " from risk.lines as risk_lines inner join backlog.lines as lines"
        " on risk_lines.order_id = lines.order_id and risk_lines.line_id = lines.line_id"
    )
    for wait, promise, p50, p80, p95, rate in lines:
        chance = 1.0
        for weight, day in ((0.65, p50), (0.225, p80 or p50), (0.125, p95 or p80 or p50)):
            until = wait + max((day - AS_OF).days, 1)
            chance -= weight * survival(wait, until, promise)
        assert math.isclose(rate, chance, abs_tol=1e-9)


@few
@given(worlds, st.integers(1, 40))
def test_survival_falls_and_the_chance_to_cancel_rises_with_delay(rows: Rows, more: int) -> None:
    world = asked(rows)
    # Survival never rises: no hazard is below zero.
    assert not world.rows("select 1 from risk.cancel_hazards where hazard_per_week < 0")
    before = world.rows("select order_id, line_id, cancel_rate from risk.lines order by all")
    world.change(
        "backlog.promises",
        "update backlog.promises set fill_p50_date = fill_p50_date + $more,"
        " fill_p80_date = fill_p80_date + $more, fill_p95_date = fill_p95_date + $more",
        {"more": more},
    )
    model = models.load_models()["risk.lines"]
    world.change("risk.lines", f"create or replace table risk.lines as {model.sql}")
    after = world.rows("select order_id, line_id, cancel_rate from risk.lines order by all")
    for (*key, rate), (*same, delayed) in zip(before, after, strict=True):
        assert key == same
        assert delayed >= rate - 1e-12


@few
@given(worlds)
def test_supply_on_order_never_makes_a_stock_out_likelier(rows: Rows) -> None:
    world = asked(rows)
    odd = world.rows(
        "select * from risk.stock_outs where after_short_rate > before_short_rate + 1e-6"
        " or after_short_qty > before_short_qty + 1e-6 or before_short_qty > demand_qty + 1e-9"
    )
    assert not odd
    assert not world.rows(
        "select * from risk.run_outs cross join core.as_of"
        " where before_run_out_date < as_of or after_run_out_date < before_run_out_date"
    )
    for rate, stock, mean, deviation in world.rows(
        "select before_short_rate, usable_qty - owed_qty, demand_qty, demand_sd_qty"
        " from risk.stock_outs where demand_sd_qty > 0 and before_short_rate is not null"
    ):
        exact = math.erfc((stock + 0.5 - mean) / deviation / math.sqrt(2)) / 2
        assert math.isclose(rate, exact, abs_tol=1e-6)


@few
@given(worlds)
def test_more_demand_is_never_easier(rows: Rows) -> None:
    world = asked(rows)
    by_item: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for item, *figures in world.rows(
        "select item_id, utilisation, order_wait_days, is_broken from risk.scaling"
        " where utilisation is not null order by demand_factor"
    ):
        by_item[item].append(tuple(figures))
    for steps in by_item.values():
        assert steps == sorted(steps)
    lost = world.rows(
        "select load_kind, list(lost_week_value order by demand_factor) from risk.scaling_totals"
        " where lost_week_value is not null group by all"
    )
    for _, values in lost:
        assert values == sorted(values)


def results(world: World, rows: Rows) -> dict[str, list[tuple[Any, ...]]]:
    world.fill(rows, AS_OF, "EUR", reading=MODELS)
    return {name: world.rows(f"select * from {name} order by all") for name in MODELS}


def same(one: Any, other: Any) -> bool:
    """Equal but for the last digits of sums of doubles."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@fewer
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_repetition_change_nothing(rows: Rows, random: Any) -> None:
    world = shared_world()
    once = results(world, rows)
    mixed = {name: random.sample(found, len(found)) for name, found in rows.items()}
    again = results(world, mixed)
    for name in MODELS:
        assert same(once[name], again[name]), name


def is_later(row: dict[str, Any]) -> bool:
    dated = ("order_date", "received_date", "paid_on", "made_on")
    return any(row.get(name) is not None and row[name] > AS_OF for name in dated)


@fewer
@given(worlds)
def test_nothing_known_later_is_used(rows: Rows) -> None:
    world = shared_world()
    known = {name: [row for row in found if not is_later(row)] for name, found in rows.items()}
    with_later, without = results(world, rows), results(world, known)
    for name in MODELS:
        assert same(with_later[name], without[name]), name
