"""What holds of slips, expected dates and promises, whatever was ordered and received."""

import os
from datetime import date, timedelta
from itertools import accumulate, groupby, pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import World, shared_world

AS_OF = date(2026, 3, 31)
Rows = dict[str, list[dict[str, Any]]]

few = settings(
    max_examples=int(os.environ.get("BACKORDERS_EXAMPLES", "5")),
    deadline=None,
    derandomize="BACKORDERS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

suppliers = st.sampled_from(["S", "T", "U"])
items = st.sampled_from(["I1", "I2"])
past = st.integers(-40, 0).map(lambda day: AS_OF + timedelta(day))
soon = st.integers(-15, 20).map(lambda day: AS_OF + timedelta(day))

received_orders = st.lists(
    st.tuples(suppliers, st.integers(-40, -10), st.integers(-3, 25), st.booleans()), max_size=30
)
open_orders = st.lists(
    st.fixed_dictionaries(
        {
            "supplier_id": suppliers,
            "item_id": items,
            "ordered_qty": st.integers(1, 12),
            "first_promised_date": st.none() | soon,
            "promised_date": st.none() | soon,
            "planned_ship_date": st.none() | soon,
            "shipped_date": st.none() | soon,
        }
    ),
    max_size=8,
)
sales = st.lists(
    st.fixed_dictionaries(
        {
            "item_id": items,
            "order_date": past,
            "ordered_qty": st.integers(1, 9),
            "requested_date": st.none() | soon,
            "promised_date": st.none() | soon,
        }
    ),
    max_size=10,
)
stock = st.fixed_dictionaries({"I1": st.integers(0, 9), "I2": st.integers(0, 9)})


def business(received: Any, to_come: Any, sold: Any, on_hand: dict[str, int]) -> Rows:
    """The contract's rows of orders received whole on one day, open ones, sales and stock."""
    rows: Rows = {"purchase_order_lines": [], "receipts": []}
    ordered = {"order_date": AS_OF - timedelta(90), "received_qty": 0}
    for number, (supplier, promised, slip, tells) in enumerate(received):
        promise = AS_OF + timedelta(promised)
        arrived = promise + timedelta(slip)
        left = {"planned_ship_date": promise - timedelta(5)}
        left |= {"shipped_date": arrived - timedelta(5)} if tells else {}
        order = {"po_id": f"H{number}", "supplier_id": supplier, "item_id": "OLD", "ordered_qty": 4}
        order |= {"first_promised_date": promise, **left}
        rows["purchase_order_lines"].append(ordered | order)
        came = {"received_date": arrived, "received_qty": 4, "item_id": "OLD"}
        rows["receipts"].append({"receipt_id": f"R{number}", "po_id": f"H{number}", **came})
    for number, order in enumerate(to_come):
        rows["purchase_order_lines"].append(ordered | {"po_id": f"P{number}"} | order)
    rows["sales_order_lines"] = [
        {"order_id": f"A{number:02}", "shipped_qty": 0, **line} for number, line in enumerate(sold)
    ]
    rows["inventory_balances"] = [
        {"as_of": AS_OF, "item_id": item, "on_hand_qty": qty} for item, qty in on_hand.items()
    ]
    return rows


businesses = st.builds(business, received_orders, open_orders, sales, stock)

READ = (
    "core.supply_slips",
    "core.slip_distribution",
    "core.supply_orders",
    "backlog.promises",
    "backlog.available_to_promise",
    "backlog.supply_pegs",
)


def filled(rows: Rows, read: tuple[str, ...] = READ) -> World:
    world = shared_world()
    world.fill(rows, AS_OF, reading=read)
    return world


@few
@given(businesses)
def test_nothing_open_comes_before_tomorrow_nor_surer_days_before_less_sure(rows: Rows) -> None:
    world = filled(rows)
    orders = world.rows(
        "select first_promised_date is not null or promised_date is not null, expected_date,"
        " expected_p80_date, expected_p95_date from core.supply_orders where open_qty > 0"
    )
    lines = world.rows(
        "select fill_p50_date is not null, fill_p50_date, fill_p80_date, fill_p95_date"
        " from backlog.promises inner join core.allocations using (order_id, line_id)"
        " where short_qty > 0"
    )
    for has_date, *days in [*orders, *lines]:
        assert has_date == (days[0] is not None)
        known_days = [day for day in days if day is not None]
        assert days[: len(known_days)] == known_days
        assert all(day > AS_OF for day in known_days)
        assert known_days == sorted(known_days)


@few
@given(businesses)
def test_what_waits_grows_less_and_rates_are_shares(rows: Rows) -> None:
    world = filled(rows)
    found = world.rows(
        "select slip_basis, supplier_id, waiting_rate, arrival_rate, ended_orders, waiting_orders"
        " from core.slip_distribution order by slip_basis, supplier_id, slip_days"
    )
    for _, of_supplier in groupby(found, key=lambda row: row[:2]):
        ordered = list(of_supplier)
        waiting = [1.0] + [row[2] for row in ordered]
        assert all(0 <= after <= before for before, after in pairwise(waiting))
        assert all(0 <= row[3] <= 1 and row[4] <= row[5] + 1e-9 for row in ordered)
    kept = world.rows("select promise_kept_rate from backlog.promises")
    assert all(rate is None or 0 <= rate <= 1 for (rate,) in kept)


@few
@given(received_orders, st.lists(st.tuples(suppliers, st.integers(-20, 5)), max_size=6))
def test_rates_are_those_counted_by_hand(received: Any, waiting: Any) -> None:
    """Kaplan-Meier and its shrinking, reckoned one order after the other."""
    received = [(*order[:3], False) for order in received]
    to_come = [
        {"supplier_id": supplier, "item_id": "I1", "ordered_qty": 1,
         "first_promised_date": AS_OF + timedelta(promised)}
        for supplier, promised in waiting
    ]  # fmt: skip
    world = filled(business(received, to_come, [], {}), ("core.slip_distribution",))
    spells = [
        # what comes after the as-of date is still waited for
        (supplier, min(slip, -promised), promised + slip <= 0)
        for supplier, promised, slip, _ in received
    ] + [(supplier, -promised, False) for supplier, promised in waiting]
    days = sorted({slip for _, slip, came in spells if came})

    def count(supplier: str | None, day: int) -> tuple[int, int]:
        mine = [spell for spell in spells if supplier in (None, spell[0])]
        came = sum(came and slip == day for _, slip, came in mine)
        return came, sum(slip >= day for _, slip, _ in mine)

    wanted = {}
    for name in {supplier for supplier, _, _ in spells}:
        left = 1.0
        for day in days:
            came, of_all = count(None, day)
            own, at_risk = count(name, day)
            left *= 1 - (own + 10 * came / of_all) / (at_risk + 10)
            wanted[name, day] = round(left, 9)
    found = world.rows(
        "select supplier_id, slip_days, round(waiting_rate, 9) from core.slip_distribution"
        " where slip_basis = 'first promise' and supplier_id <> '(all suppliers)'"
    )
    assert {(name, day): rate for name, day, rate in found} == wanted


@few
@given(businesses, items, st.integers(1, 12), st.integers(0, 15))
def test_what_can_be_promised_is_what_no_later_day_needs(
    rows: Rows, item: str, qty: int, ahead: int
) -> None:
    world = filled(rows, (*READ, "backlog.promise"))
    atp = world.rows(
        "select pool_id, available_qty, available_p80_qty, available_p95_qty"
        " from backlog.available_to_promise order by pool_id, from_date"
    )
    for _, of_pool in groupby(atp, key=lambda row: row[0]):
        found = [row[1:] for row in of_pool]
        assert all(each >= 0 for row in found for each in row)
        assert all(p50 >= p80 >= p95 for p50, p80, p95 in found)
        assert all(
            a <= b for before, after in pairwise(found) for a, b in zip(before, after, strict=True)
        )
    start = AS_OF + timedelta(ahead)
    ask = f"backlog.promise('{item}', {qty}, wanted_from := date '{start}')"
    quoted = world.rows(f"select promise_p50_date from {ask}")
    moves = world.rows(
        f"select expected_date, supply_qty from core.supply where item_id = '{item}'"
        f" and expected_date is not null union all select greatest(due_date, date '{AS_OF}'),"
        f" -open_qty from core.open_demand where item_id = '{item}'"
    )
    horizon = [start + timedelta(day) for day in range(80)]
    least: list[Any] = list(
        accumulate([sum(q for day, q in moves if day <= each) for each in reversed(horizon)], min)
    )[::-1]
    good = [day for day, free in zip(horizon, least, strict=True) if free >= qty]
    assert [day for (day,) in quoted] in ([good[0] if good else None], [] if not moves else [None])


@few
@given(businesses)
def test_no_line_and_no_supply_is_lost_or_doubled(rows: Rows) -> None:
    world = filled(rows)
    for one, other in (
        ("backlog.promises", "backlog.lines"),
        ("backlog.supply_pegs", "core.supply"),
        ("core.supply_orders", "core.supply_progress"),
    ):
        assert world.rows(f"select count(*) from {one}") == world.rows(
            f"select count(*) from {other}"
        )
    sums = "sum(pegged_qty), sum(free_qty + pegged_qty - supply_qty)"
    pegged, rest = world.rows(f"select {sums} from backlog.supply_pegs")[0]
    assert pegged == world.rows("select sum(pegged_qty) from core.pegs")[0][0] or pegged == 0
    assert not rest


@few
@given(businesses)
def test_receipts_and_shipments_of_later_days_tell_nothing(rows: Rows) -> None:
    query = "select * from {} order by all"
    world = filled(rows)
    seen = {name: world.rows(query.format(name)) for name in READ}
    without = rows | {
        "receipts": [row for row in rows["receipts"] if row["received_date"] <= AS_OF],
        "purchase_order_lines": [
            row | {"shipped_date": None} if (row.get("shipped_date") or AS_OF) > AS_OF else row
            for row in rows["purchase_order_lines"]
        ],
    }
    world = filled(without)
    assert {name: world.rows(query.format(name)) for name in READ} == seen


@few
@given(businesses, st.integers(0, 7), st.integers(1, 9))
def test_a_promise_brought_forward_delays_no_line(rows: Rows, which: int, days: int) -> None:
    """Without a history, so that the day expected is the day promised."""
    plain = rows | {"receipts": []}
    dates = "select order_id, fill_p50_date from backlog.promises order by all"
    before = dict(filled(plain).rows(dates))
    earlier = [
        row | {
            name: row[name] - timedelta(days)
            for name in ("first_promised_date", "promised_date")
            if row.get(name) and row["po_id"] == f"P{which}"
        }
        for row in rows["purchase_order_lines"]
    ]  # fmt: skip
    after = dict(filled(plain | {"purchase_order_lines": earlier}).rows(dates))
    assert before.keys() == after.keys()
    assert all((after[key] or date.max) <= (before[key] or date.max) for key in before)
