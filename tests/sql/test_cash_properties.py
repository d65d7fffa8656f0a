"""What holds of cash whatever the books: balances, liabilities, terms that move dates only."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from .conftest import World, shared_world
from .test_properties import AS_OF, Rows, days, few, fewer, numbered

ITEMS = ["I1", "I2"]
BASES = ["order", "ship", "receipt", "invoice", "end_of_month"]
TERMS = ["T0", "T1", "T2", None]
READ = (
    "cash_flow.events",
    "cash_flow.daily",
    "cash_flow.by_dimension",
    "cash_flow.totals",
    "cash_flow.lines",
    "core.line_cash",
    "planned.totals",
)

terms = st.lists(
    st.fixed_dictionaries(
        {
            "net_days": st.integers(0, 60),
            "basis": st.sampled_from(BASES),
            "deposit_rate": st.sampled_from([None, 0, 0.3, 1]),
        }
    ),
    min_size=3,
    max_size=3,
).map(lambda rows: [{"payment_terms_id": f"T{number}", **row} for number, row in enumerate(rows)])

sales = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["A", "B", "C", "D"]),
            "item_id": st.sampled_from(ITEMS),
            "customer_id": st.sampled_from(["C1", "C2", None]),
            "order_date": days,
            "ordered_qty": st.integers(0, 12),
            "shipped_qty": st.none() | st.integers(0, 12),
            "cancelled_qty": st.none() | st.integers(0, 3),
            "shipped_date": st.none() | days,
            "promised_date": st.none() | days,
            "unit_price": st.sampled_from([None, 1, 3.33, 20]),
            "currency": st.sampled_from(["EUR", "EUR", "USD", "XXX"]),
            "line_status": st.sampled_from([None, "open", "shipped", "cancelled"]),
            "order_type": st.sampled_from([None, "preorder", "make_to_order"]),
            "payment_terms_id": st.sampled_from(TERMS),
            "deposit_rate": st.sampled_from([None, None, 0.5]),
        }
    ),
    max_size=10,
).map(lambda rows: [{"line_id": str(number), **row} for number, row in enumerate(rows)])

purchases = numbered(
    "po_id",
    st.fixed_dictionaries(
        {
            "supplier_id": st.sampled_from(["S1", "S2"]),
            "item_id": st.sampled_from(ITEMS),
            "order_date": days,
            "ordered_qty": st.integers(0, 12),
            "received_qty": st.none() | st.integers(0, 12),
            "promised_date": st.none() | days,
            "unit_price": st.sampled_from([None, 1, 2.5]),
            "currency": st.sampled_from(["EUR", "USD", "XXX"]),
            "status": st.sampled_from([None, "open", "received", "cancelled"]),
            "payment_terms_id": st.sampled_from(TERMS),
        }
    ),
    5,
)

payments = numbered(
    "payment_id",
    st.fixed_dictionaries(
        {
            "direction": st.sampled_from(["in", "in", "out"]),
            "order_id": st.sampled_from(["A", "B", "C"]),
            "po_id": st.none(),
            "paid_on": days,
            "amount": st.integers(-30, 120),
            "currency": st.sampled_from(["EUR", "EUR", "USD", "XXX"]),
            "kind": st.sampled_from([None, "deposit", "payment", "refund"]),
        }
    ),
    6,
)
paid_out = st.lists(
    st.fixed_dictionaries(
        {
            "direction": st.just("out"),
            "po_id": st.sampled_from(["po_id0", "po_id1"]),
            "paid_on": days,
            "amount": st.integers(-5, 40),
            "currency": st.sampled_from(["EUR", "XXX"]),
        }
    ),
    max_size=2,
).map(lambda rows: [{"payment_id": f"out{number}", **row} for number, row in enumerate(rows)])

books = st.fixed_dictionaries(
    {
        "payment_terms": terms,
        "exchange_rates": st.just(
            [{"currency": "USD", "rate_date": AS_OF - timedelta(90), "to_reporting_rate": 0.9}]
        ),
        "sales_order_lines": sales,
        "purchase_order_lines": purchases,
        "payments": st.tuples(payments, paid_out).map(lambda both: [*both[0], *both[1]]),
        "inventory_balances": st.just(
            [{"as_of": AS_OF, "item_id": "I1", "on_hand_qty": 5, "unit_cost": 1}]
        ),
        "receipts": numbered(
            "receipt_id",
            st.fixed_dictionaries(
                {
                    "po_id": st.sampled_from(["po_id0", "po_id1", "po_id2"]),
                    "item_id": st.sampled_from(ITEMS),
                    "received_date": days,
                    "received_qty": st.integers(0, 6),
                }
            ),
            3,
        ),
    }
)


def filled(rows: Rows, reading: tuple[str, ...] = READ, **assumptions: str) -> World:
    world = shared_world()
    world.fill(rows, AS_OF, "EUR", assumptions, reading=reading)
    return world


@few
@given(books, st.integers(-500, 500))
def test_in_less_out_is_the_change_of_the_balance(rows: Rows, opening: int) -> None:
    """Per day and in total; and every movement is in a day, without one, or beyond the horizon."""
    world = filled(rows, opening_balance=str(opening))
    for certainty in ("p50", "p80", "p95"):
        days_told = world.rows(
            "select day, in_value, out_value, balance_value from cash_flow.daily"
            f" where certainty = '{certainty}' and balance_value is not null order by day"
        )
        for before, after in pairwise(days_told):
            assert after[3] - before[3] == after[1] - after[2], after
        at_end = [row[3] for row in days_told if row[0] == AS_OF]
        assert at_end in ([], [Decimal(opening)])
        counted = world.rows(
            "select coalesce(sum(in_value - out_value), 0) from cash_flow.daily"
            f" where certainty = '{certainty}' and not is_past"
        )[0][0]
        left_out = world.rows(
            f"select coalesce(sum(event_value), 0) from cash_flow.expected, core.levers, core.as_of"
            f" where {certainty}_date is null"
            f" or {certainty}_date > as_of.as_of + levers.cash_horizon_days"
        )[0][0]
        total = world.rows("select coalesce(sum(event_value), 0) from cash_flow.expected")[0][0]
        assert counted + left_out == total
    worse = world.rows(
        "select day from cash_flow.daily group by day having"
        " max(balance_value) filter (certainty = 'p80')"
        " > max(balance_value) filter (certainty = 'p50')"
        " or max(balance_value) filter (certainty = 'p95')"
        " > max(balance_value) filter (certainty = 'p80')"
    )
    assert worse == [], "a stress must not look better"
    sums = world.rows(
        "select to_come_value - to_pay_value from cash_flow.by_dimension where dimension = 'total'"
    )
    assert not sums or sums[0][0] == total
    assert world.rows("select * from cash_flow.expected where p50_date <= p80_date is false") == []
    assert world.rows("select * from cash_flow.expected where p80_date <= p95_date is false") == []


@few
@given(books)
def test_refunds_are_part_of_what_is_held_and_lines_part_of_the_order(rows: Rows) -> None:
    """0 <= refund <= contract liability <= collected; parts by dimension sum to the total."""
    world = filled(rows, ("quality.error_line_cash", *READ))
    assert world.rows("select * from quality.error_line_cash") == []
    measures = "held_value, refund_value, receivable_value, payable_value, unknown_lines"
    total = world.rows(f"select {measures} from cash_flow.by_dimension where dimension = 'total'")
    for dimension in ("currency", "side"):
        wanted = "('customer', 'supplier')" if dimension == "side" else "('currency')"
        parts = ", ".join(f"sum({measure})" for measure in measures.split(", "))
        sums = world.rows(f"select {parts} from cash_flow.by_dimension where dimension in {wanted}")
        assert sums == (total or [(None,) * 5])
    beyond = world.rows(
        "select order_id, sum(collected_value) from core.line_cash where not is_derived"
        " group by order_id having sum(collected_value) > 0.02 + ("
        "  select sum(greatest(paid_value, 0)) from core.payments"
        "  where payments.order_id = line_cash.order_id)"
    )
    assert beyond == []


MOVED: dict[str, Any] = {
    "customer_net_days_added": st.integers(-60, 90),
    "supplier_net_days_added": st.integers(-60, 90),
    "deposit_rate_added": st.sampled_from([0.0, 0.2, 1.0]),
    "customer_net_days": st.integers(0, 90),
    "supplier_net_days": st.integers(0, 90),
}


@few
@given(books, st.fixed_dictionaries(MOVED), terms)
def test_terms_move_dates_and_never_totals(
    rows: Rows, moved: Mapping[str, Any], other_terms: list[dict[str, Any]]
) -> None:
    """Levers, and other terms altogether where payments are recorded, leave what is to be paid."""
    by_line = (
        "select document_id, line_id, sum(event_value) from cash_flow.expected"
        " group by all order by all"
    )
    units = "select order_id, line_id, supply_id, pegged_qty, expected_date from core.pegs"
    levers = {name: str(value) for name, value in moved.items()}
    read = ("cash_flow.expected", "core.pegs")
    world = filled(rows, read)
    before = world.rows(by_line), world.rows(f"{units} order by all")
    world = filled(rows, read, **levers)
    assert (world.rows(by_line), world.rows(f"{units} order by all")) == before
    early = [
        {"payment_id": "x", "direction": "in", "order_id": "none", "po_id": None},
        {"payment_id": "y", "direction": "out", "order_id": None, "po_id": "none"},
    ]
    stamp = {"paid_on": AS_OF - timedelta(99), "amount": 1, "currency": "EUR"}
    recorded = rows | {"payments": [*rows["payments"], *(row | stamp for row in early)]}
    first = filled(recorded, read).rows(by_line)
    assert filled(recorded | {"payment_terms": other_terms}, read).rows(by_line) == first


@fewer
@given(books, st.integers(0, 60), st.integers(1, 60))
def test_float_is_longest_when_customers_pay_at_order(rows: Rows, net: int, more: int) -> None:
    """Upfront >= on shipment >= net N, line by line, in days and in money."""
    found = []
    for basis, days_net, deposit in (("order", 0, 1), ("ship", 0, 0), ("ship", net, 0),
                                     ("ship", net + more, 0)):  # fmt: skip
        lines = [
            row | {"payment_terms_id": "ours", "deposit_rate": None}
            for row in rows["sales_order_lines"]
        ]
        given_terms = [
            *rows["payment_terms"],
            {"payment_terms_id": "ours", "net_days": days_net, "basis": basis,
             "deposit_rate": deposit},
        ]  # fmt: skip
        no_payments = [row for row in rows["payments"] if row.get("po_id")]
        world = filled(
            rows
            | {"sales_order_lines": lines, "payment_terms": given_terms, "payments": no_payments},
            ("cash_flow.lines",),
        )
        found.append(
            world.rows(
                "select order_id, line_id, float_days, float_value"
                " from cash_flow.lines order by all"
            )
        )
    for sooner, later in pairwise(found):
        for first, second in zip(sooner, later, strict=True):
            assert first[:2] == second[:2]
            for now, then in zip(first[2:], second[2:], strict=True):
                assert now is None or then is None or now >= then - type(now)(1) / 10**6


@few
@given(books)
def test_everything_cancelled_leaves_no_backlog_and_refunds_all(rows: Rows) -> None:
    """Nothing shipped and all cancelled: refunds to pay are what was collected, to the cent."""
    cancelled = [
        row
        | {"line_status": "cancelled", "shipped_qty": 0, "unit_price": row["unit_price"] or 5}
        | {"shipped_date": None, "currency": "EUR", "ordered_qty": row["ordered_qty"] + 1}
        for row in rows["sales_order_lines"]
    ]
    paid = [
        row | {"currency": "EUR", "amount": abs(row["amount"]) + 1, "direction": "in"}
        | {"kind": "payment" if row["kind"] == "refund" else row["kind"]}
        for row in rows["payments"]
        if row.get("order_id")
    ]  # fmt: skip
    read = ("backlog.totals", "core.line_cash", "core.payments", "cash_flow.expected")
    world = filled(rows | {"sales_order_lines": cancelled, "payments": paid}, read)
    assert world.rows("select open_qty from backlog.totals") == [(0,)]
    owed = world.rows(
        "select order_id, sum(refund_value), sum(held_value), sum(collected_value)"
        " from core.line_cash group by order_id having sum(collected_value) > 0 order by order_id"
    )
    known = {row["order_id"] for row in cancelled if row["order_date"] <= AS_OF}
    collected = world.rows(
        "select order_id, sum(paid_value) from core.payments where order_id is not null"
        " group by order_id order by order_id"
    )
    assert owed == [(order, value, value, value) for order, value in collected if order in known]
    back = world.rows("select sum(event_value) from cash_flow.expected where kind = 'refund'")
    assert (back[0][0] or 0) == -sum(row[1] for row in owed)


@fewer
@given(books)
def test_what_waits_on_purpose_is_never_mixed_with_what_does_not(rows: Rows) -> None:
    """The two ledgers sum to all their lines, and each item's to its parts."""
    world = filled(rows, ("planned.totals", "planned.lines", "planned.ledger"))
    counted = world.rows("select is_planned, lines from planned.totals order by is_planned")
    lines = dict(world.rows("select is_planned, count(*) from planned.lines group by all"))
    assert dict(counted) == {False: lines.get(False, 0), True: lines.get(True, 0)}
    assert (
        world.rows(
            "select * from planned.ledger where abs(net_value - (benefit_value - burden_value)) > 0"
        )
        == []
    )
    mixed = world.rows(
        "select order_id, line_id from planned.lines inner join backlog.lines as backlog"
        " using (order_id, line_id) where lines.is_planned <> backlog.is_planned"
    )
    assert mixed == []
