"""What holds of suppliers whatever their orders: rates, sums, and nothing known later."""

import os
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import World, shared_world

AS_OF = date(2026, 3, 31)
Rows = dict[str, list[dict[str, Any]]]

few = settings(
    max_examples=int(os.environ.get("BACKORDERS_EXAMPLES", "6")),
    deadline=None,
    derandomize="BACKORDERS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

MODELS = (
    "suppliers.lines",
    "suppliers.performance",
    "suppliers.by_supplier",
    "suppliers.by_item",
    "suppliers.by_month",
    "suppliers.late_supply",
    "suppliers.single_source",
    "suppliers.shortages",
    "suppliers.totals",
)

# The others also name suppliers that only later orders mention.
DATED = tuple(name for name in MODELS if name not in ("suppliers.by_supplier", "suppliers.totals"))

days = st.integers(-70, 20).map(lambda day: AS_OF + timedelta(day))
some_day = st.none() | days
items = st.sampled_from(["I1", "I2", "I3"])


def numbered(name: str, row: st.SearchStrategy[dict[str, Any]], most: int) -> Any:
    """Lists of rows, each with its own number in the key column."""
    return st.lists(row, max_size=most).map(
        lambda rows: [{name: f"{name}{number}", **row} for number, row in enumerate(rows)]
    )


receipt = {
    "item_id": st.just("I1"),
    "received_date": days,
    "received_qty": st.integers(-2, 8),
    "rejected_qty": st.none() | st.integers(0, 2),
}
worlds = st.fixed_dictionaries(
    {
        "uom_conversions": st.just([{"item_id": "I1", "from_uom": "box", "to_base_factor": 6}]),
        "items": st.just(
            [
                {"item_id": "I1", "base_uom": "pcs", "unit_cost": 2, "lead_time_days": 5},
                {"item_id": "I2", "base_uom": "pcs"},
                {"item_id": "I3", "base_uom": "pcs", "replenishment": "make"},
            ]
        ),
        "supplier_items": st.lists(
            st.fixed_dictionaries(
                {
                    "supplier_id": st.sampled_from(["S", "T"]),
                    "item_id": items,
                    "valid_from": some_day,
                    "valid_to": some_day,
                    "lead_time_days": st.integers(0, 20),
                }
            ),
            max_size=4,
            unique_by=lambda row: (row["supplier_id"], row["item_id"], row["valid_from"]),
        ),
        "sales_order_lines": numbered(
            "order_id",
            st.fixed_dictionaries(
                {
                    "item_id": items,
                    "order_date": days,
                    "ordered_qty": st.integers(0, 9),
                    "shipped_qty": st.just(0),
                    "unit_price": st.none() | st.integers(1, 9),
                }
            ),
            4,
        ),
        "purchase_order_lines": numbered(
            "po_id",
            st.fixed_dictionaries(
                {
                    "supplier_id": st.sampled_from(["S", "S", "T"]),
                    "item_id": items,
                    "order_date": days,
                    "ordered_qty": st.integers(0, 12),
                    "received_qty": st.none() | st.none() | st.integers(0, 12),
                    "rejected_qty": st.none() | st.none() | st.integers(0, 3),
                    "cancelled_qty": st.none() | st.integers(0, 3),
                    "first_promised_date": st.none() | days,
                    "promised_date": some_day,
                    "unit_price": st.none() | st.integers(1, 9),
                    "uom": st.sampled_from([None, None, None, "pcs", "BOX", "PALLET"]),
                    "status": st.sampled_from([None, None, "open", "received", "cancelled"]),
                }
            ),
            9,
        ),
        "production_orders": numbered(
            "production_order_id",
            st.fixed_dictionaries(
                {
                    "item_id": items,
                    "ordered_qty": st.integers(0, 9),
                    "completed_qty": st.none() | st.integers(0, 9),
                    "completed_date": some_day,
                    "due_date": days,
                    "planned_start_date": days,
                }
            ),
            3,
        ),
        "receipts": numbered(
            "receipt_id",
            st.fixed_dictionaries(
                {"po_id": st.integers(0, 8).map(lambda number: f"po_id{number}"), **receipt}
            ),
            14,
        ),
    }
)


def fitting(rows: Rows) -> Rows:
    """Receipts are of the item that was ordered."""
    ordered = {row["po_id"]: row["item_id"] for row in rows["purchase_order_lines"]}
    return rows | {
        "receipts": [
            row | {"item_id": ordered[row["po_id"]]}
            for row in rows["receipts"]
            if row["po_id"] in ordered
        ]
    }


def shown(world: World, name: str) -> list[dict[str, Any]]:
    """The rows of a model by column."""
    relation = world.con.sql(f"select * from {name}")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


ADDED = (
    "lines",
    "unpromised_lines",
    "lines_due",
    "undated_lines",
    "on_time_lines",
    "in_full_lines",
    "otif_lines",
    "due_qty",
    "filled_qty",
    "received_lines",
    "slip_lines",
    "late_lines",
    "promise_moves",
    "open_lines",
    "open_qty",
    "overdue_lines",
    "overdue_qty",
    "overdue_pegged_qty",
    "cost_missing_lines",
    "line_days_late",
    "unit_days_late",
    "inspected_qty",
    "rejected_qty",
    "open_value",
    "overdue_value",
    "pegged_value",
    "overdue_pegged_value",
    "spend_value",
)


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums; unknown where all parts are."""
    return {
        name: sum(known) if (known := [row[name] for row in rows if row[name] is not None]) else 0
        for name in ADDED
    }


@few
@given(worlds.map(fitting))
def test_rates_are_shares_and_parts_sum_to_wholes(rows: Rows) -> None:
    world = shared_world()
    world.fill(rows, AS_OF, reading=MODELS)
    performance = shown(world, "suppliers.performance")
    for row in performance:
        rates = [row[name] for name in row if name.endswith("_rate")]
        assert all(rate is None or 0 <= rate <= 1 for rate in rates), row
        assert row["otif_lines"] <= min(row["on_time_lines"], row["in_full_lines"])
        assert max(row["on_time_lines"], row["in_full_lines"]) <= row["lines_due"]
        assert row["lines_due"] + row["undated_lines"] + row["unpromised_lines"] <= row["lines"]
        for kind in ("lead", "slip"):
            quantiles = [row[f"p{share}_{kind}_days"] for share in (50, 80, 95)]
            assert quantiles == [None] * 3 or quantiles == sorted(quantiles)
        assert row["unit_days_late"] is None or row["unit_days_late"] >= 0
        assert row["safety_days"] is None or row["safety_days"] >= 0
    of = {
        name: [row for row in performance if row["dimension"] == name]
        for name in ("total", "supplier", "supplier_item", "month", "supplier_month")
    }
    whole = summed(of["total"])
    assert all(summed(parts) == whole for parts in of.values())
    assert whole["lines"] == len(shown(world, "suppliers.lines"))
    for row in shown(world, "suppliers.by_supplier"):
        assert (row["lines"] is None) == (row["supplier_id"] not in {
            part["supplier_id"] for part in of["supplier"]
        })  # fmt: skip
    for share in ("spend_share_rate", "open_share_rate"):
        shares = [row[share] for row in shown(world, "suppliers.by_supplier") if row[share]]
        assert not shares or abs(sum(shares) - 1) < 1e-9


@few
@given(worlds.map(fitting))
def test_late_supply_reckoned_to_today_is_what_is_overdue(rows: Rows) -> None:
    world = shared_world()
    world.fill(rows, AS_OF, reading=MODELS)
    this_month = AS_OF.replace(day=1)
    reckoned = {
        row["supplier_id"]: row["overdue_qty"]
        for row in shown(world, "suppliers.late_supply")
        if row["month_start"] == this_month
    }
    overdue = {
        row["supplier_id"]: row["overdue_qty"]
        for row in shown(world, "suppliers.performance")
        if row["dimension"] in ("supplier", "total")
    }
    for supplier, quantity in overdue.items():
        assert (quantity or Decimal(0)) == reckoned.get(supplier, Decimal(0))
    assert all(row["overdue_qty"] >= 0 for row in shown(world, "suppliers.late_supply"))


@few
@given(worlds.map(fitting))
def test_suppliers_cause_what_the_causes_of_lines_say(rows: Rows) -> None:
    """With a stock that is known, so that shortages have causes."""
    stock = [{"as_of": AS_OF, "item_id": item, "on_hand_qty": 0} for item in ("I1", "I2", "I3")]
    sold = [row | {"shipped_qty": 0} for row in rows["sales_order_lines"]]
    world = shared_world()
    world.fill(rows | {"inventory_balances": stock, "sales_order_lines": sold}, AS_OF, reading=(
        *MODELS, "causes.lines"))  # fmt: skip
    theirs = "('supplier','transport','supplier_or_transport','receipt_quality','own_production')"
    by_line = world.rows(
        "select basis, cause, round(cast(sum(cause_qty) as double), 4) from causes.lines"
        f" where cause in {theirs} group by all order by all"
    )
    by_order = world.rows(
        "select basis, cause, round(sum(caused_qty), 4) from suppliers.shortages"
        " group by all order by all"
    )
    assert by_line == by_order
    for row in shown(world, "suppliers.by_supplier"):
        assert row["caused_share_rate"] is None or 0 <= row["caused_share_rate"] <= 1 + 1e-9


@few
@given(worlds.map(fitting))
def test_nothing_a_supplier_did_later_is_used(rows: Rows) -> None:
    """Taking away orders and receipts after the as-of date changes no figure."""
    # A total that counts later receipts is taken off them only where it counts them.
    lines = [row | {"received_qty": None, "rejected_qty": None, "status": None}
             for row in rows["purchase_order_lines"]]  # fmt: skip
    made = [
        row | {"completed_qty": None}
        if row["completed_date"] is None or row["completed_date"] <= AS_OF
        else row | {"completed_qty": None, "completed_date": None}
        for row in rows["production_orders"]
    ]
    later = rows | {"purchase_order_lines": lines, "production_orders": made}
    today = later | {
        "purchase_order_lines": [row for row in lines if row["order_date"] <= AS_OF],
        "sales_order_lines": [r for r in rows["sales_order_lines"] if r["order_date"] <= AS_OF],
        "receipts": [row for row in rows["receipts"] if row["received_date"] <= AS_OF],
    }
    world = shared_world()
    found = []
    for given_rows in (later, today):
        world.fill(given_rows, AS_OF, reading=MODELS)
        found.append({name: world.rows(f"select * from {name} order by all") for name in DATED})
    assert found[0] == found[1]


def reference(row: dict[str, Any], receipts: list[dict[str, Any]]) -> tuple[bool, bool, bool]:
    """On time, in full, both of a due line whose every receipt is dated, unit by unit."""
    due = row["ordered_qty"] - (row["cancelled_qty"] or 0)
    promise = row["first_promised_date"] or row["promised_date"]
    arrivals = sorted(
        (one["received_date"], one["received_qty"] - (one["rejected_qty"] or 0))
        for one in receipts
        if one["po_id"] == row["po_id"] and one["received_date"] <= AS_OF
    )
    units = [day for day, quantity in arrivals for _ in range(quantity)][:due]
    came = sum(one["received_qty"] for one in receipts
               if one["po_id"] == row["po_id"] and one["received_date"] <= AS_OF)  # fmt: skip
    is_open = came < due
    is_on_time = bool(units) and units[0] <= promise and units[-1] <= promise and not is_open
    is_in_full = len(units) == due
    return is_on_time, is_in_full, is_in_full and units[-1] <= promise


@few
@given(worlds.map(fitting))
def test_lines_are_judged_as_a_clerk_would(rows: Rows) -> None:
    plain = [
        row | {"received_qty": None, "rejected_qty": None, "status": None, "uom": None}
        for row in rows["purchase_order_lines"]
    ]
    receipts = [
        row for row in rows["receipts"] if row["received_qty"] >= (row["rejected_qty"] or 0)
    ]
    world = shared_world()
    world.fill(rows | {"purchase_order_lines": plain, "receipts": receipts}, AS_OF, reading=MODELS)
    judged = {
        row["document_id"]: (row["is_on_time"], row["is_in_full"], row["is_otif"])
        for row in shown(world, "suppliers.lines")
        if row["is_judged"] and row["supply_kind"] == "purchase_order"
    }
    expected = {
        row["po_id"]: reference(row, receipts)
        for row in plain
        if row["order_date"] <= AS_OF
        and row["ordered_qty"] > (row["cancelled_qty"] or 0)
        and (row["first_promised_date"] or row["promised_date"] or date.max) <= AS_OF
    }
    assert judged == expected
