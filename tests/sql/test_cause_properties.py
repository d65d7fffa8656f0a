"""What holds of causes whatever the books: they add up, and only what happened moves them.

A few examples run with the suite. BACKORDERS_EXAMPLES=300 tries that many, other ones each time.
"""

import os
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sql import models

from .conftest import World, shared_world

AS_OF = date(2026, 3, 31)
MODELS = tuple(name for name in models.load_models() if name.startswith("causes."))
Row = dict[str, Any]
Rows = dict[str, list[Row]]

EXAMPLES = int(os.environ.get("BACKORDERS_EXAMPLES", "0"))
many = settings(
    max_examples=EXAMPLES or 4,
    deadline=None,
    derandomize=not EXAMPLES,
    suppress_health_check=list(HealthCheck),
)
few = settings(many, max_examples=EXAMPLES or 2)

# A MUG is made of two lots of CLAY, CLAY of WATER. TOY is bought; all but WATER are sold.
BOM = [
    {"parent_item_id": "MUG", "component_item_id": "CLAY", "qty_per": 2},
    {"parent_item_id": "CLAY", "component_item_id": "WATER", "qty_per": 1, "scrap_rate": 0.25},
]
ORDERS = [f"O{number}" for number in range(12)]
BOUGHT = [f"P{number}" for number in range(8)]
# Load 2 is a full extract: it closes what load 1 told.
LOADS = [
    {"load_id": 1, "tables": "sales_order_lines", "exported_at": date(2026, 3, 1)},
    {
        "load_id": 2,
        "tables": "sales_order_lines",
        "exported_at": date(2026, 3, 20),
        "is_full": True,
    },
]
# Records of what moved reach back to December.
OLD = {"item_id": "Z", "location_id": None}
OLD_SHIPMENT = OLD | {"shipment_id": "OLD", "order_id": "OLD", "shipped_qty": 1}
OLD_SHIPMENT |= {"shipped_date": date(2025, 12, 1)}
OLD_RECEIPT = OLD | {"receipt_id": "OLD", "po_id": "OLD", "received_qty": 1}
OLD_RECEIPT |= {"received_date": date(2025, 12, 1)}

goods = st.sampled_from(["TOY", "TOY", "MUG", "MUG", "CLAY"])
places = st.sampled_from([None, None, "L1"])
quantities = st.integers(0, 12)


def on(first: int, last: int) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda day: AS_OF + timedelta(day))


def maybe(values: Any) -> Any:
    return st.none() | values


def rows_of(name: str | None, most: int, least: int = 0, **columns: Any) -> Any:
    """Lists of rows, each with its own number in the key column, where there is one."""
    rows = st.lists(st.fixed_dictionaries(columns), min_size=least, max_size=most)
    return rows.map(
        lambda found: [
            ({name: f"{name[0].upper()}{number}"} if name else {}) | row
            for number, row in enumerate(found)
        ]
    )


def unique(rows: Any, *key: str) -> Any:
    return rows.map(
        lambda found: list(
            {tuple(row.get(column) for column in key): row for row in found}.values()
        )
    )


sales = rows_of(
    None,
    14,
    2,
    order_id=st.sampled_from(ORDERS),
    item_id=goods,
    location_id=places,
    order_date=on(-70, 0),
    requested_date=maybe(on(-60, 10)),
    ordered_qty=quantities,
    shipped_qty=maybe(st.integers(0, 6)),
    shipped_date=maybe(on(-60, 0)),
    cancelled_qty=st.sampled_from([None, None, 2]),
    unit_price=maybe(st.integers(1, 9)),
    order_type=st.sampled_from([None] * 6 + ["make_to_order", "drop_ship"]),
    line_status=st.sampled_from([None] * 6 + ["on_hold", "cancelled"]),
    load_id=st.sampled_from([None] * 6 + [1]),
    backorder_reason_code=st.sampled_from([None, "late"]),
).map(lambda rows: [{"line_id": str(number), **row} for number, row in enumerate(rows)])


def steady(days_between: int | None) -> list[Row]:
    """A toy sold and shipped every few days: what is usual, and what a mean is made of."""
    days = [AS_OF - timedelta(day) for day in range(3, 70, days_between)] if days_between else []
    return [
        {
            "order_id": f"D{day}",
            "item_id": "TOY",
            "order_date": day,
            "ordered_qty": 1,
            "shipped_qty": 1,
            "shipped_date": day,
        }
        for day in days
    ]


books = st.fixed_dictionaries(
    {
        "items": st.tuples(
            *(
                st.fixed_dictionaries(
                    {
                        "item_id": st.just(item),
                        "lead_time_days": maybe(st.integers(0, 12)),
                        "review_days": maybe(st.integers(0, 5)),
                        "stocking_policy": st.sampled_from([None, None, "stock", "make_to_order"]),
                        "max_planned_backorder_qty": st.sampled_from([None, None, 3]),
                        "category": st.sampled_from([None, "A"]),
                    }
                )
                for item in ("TOY", "MUG", "CLAY", "WATER")
            )
        ).map(list),
        "quality.loads": st.just(LOADS),
        "sales_order_lines": st.builds(
            lambda rows, step: [*rows, *steady(step)], sales, st.sampled_from([None, 3, 5])
        ),
        "shipments": rows_of(
            "shipment_id",
            8,
            order_id=st.sampled_from(ORDERS),
            order_line_id=st.integers(0, 13).map(str),
            item_id=goods,
            shipped_date=on(-60, 0),
            shipped_qty=st.integers(-1, 6),
        ).map(lambda rows: [*rows, OLD_SHIPMENT]),
        "inventory_balances": unique(
            rows_of(
                None,
                9,
                as_of=st.sampled_from([AS_OF - timedelta(day) for day in (0, 0, 9, 30)]),
                item_id=st.sampled_from(["TOY", "MUG", "CLAY", "WATER"]),
                location_id=places,
                on_hand_qty=st.integers(-2, 9),
                unavailable_qty=st.sampled_from([None, None, 4]),
            ),
            "as_of",
            "item_id",
            "location_id",
        ),
        "purchase_order_lines": rows_of(
            "po_id",
            8,
            2,
            supplier_id=st.sampled_from(["S1", "S2"]),
            item_id=st.sampled_from(["TOY", "CLAY", "WATER"]),
            location_id=places,
            order_date=on(-90, -5),
            ordered_qty=quantities,
            received_qty=st.sampled_from([None, None, 5]),
            promised_date=maybe(on(-60, 10)),
            first_promised_date=maybe(on(-50, -10)),
            planned_ship_date=maybe(on(-70, 0)),
            shipped_date=maybe(on(-70, 0)),
            sales_order_id=st.sampled_from([None] * 5 + ORDERS[:3]),
        ),
        "receipts": rows_of(
            "receipt_id",
            8,
            po_id=st.sampled_from(BOUGHT),
            item_id=st.sampled_from(["TOY", "CLAY", "WATER"]),
            received_date=on(-60, 0),
            received_qty=st.integers(0, 12),
            rejected_qty=st.sampled_from([None, None, None, 2]),
        ).map(lambda rows: [*rows, OLD_RECEIPT]),
        "production_orders": rows_of(
            "production_order_id",
            5,
            2,
            item_id=st.sampled_from(["MUG", "MUG", "CLAY"]),
            ordered_qty=quantities,
            planned_start_date=st.one_of(st.none(), on(-50, -5), on(-30, -10)),
            start_date=st.one_of(st.none(), st.none(), on(-40, 0)),
            due_date=on(-30, 0),
            completed_date=st.one_of(st.none(), st.none(), on(-40, 0)),
        ),
        "bom_lines": st.just(BOM),
        "stock_adjustments": rows_of(
            "adjustment_id",
            5,
            item_id=st.sampled_from(["TOY", "MUG", "CLAY", "WATER"]),
            adjusted_on=on(-60, 0),
            adjusted_qty=st.integers(-8, 4),
            reason=st.sampled_from([None, "count", "consumption"]),
        ),
        "demand_forecasts": unique(
            rows_of(
                None,
                6,
                item_id=goods,
                location_id=places,
                made_on=maybe(on(-80, 0)),
                period_start=st.sampled_from([AS_OF - timedelta(30), AS_OF - timedelta(60)]),
                forecast_qty=st.integers(0, 30),
            ).map(
                lambda rows: [
                    row | {"period_end": row["period_start"] + timedelta(29)} for row in rows
                ]
            ),
            "item_id",
            "location_id",
            "made_on",
            "period_start",
        ),
        "calendar_events": unique(
            rows_of(
                None,
                4,
                event_date=on(-60, 0) | on(-420, -360),
                event_name=st.sampled_from(["fair", "frost"]),
                category=st.sampled_from([None, "A"]),
            ),
            "event_date",
            "event_name",
            "category",
        ),
    }
)

# A column, or a table, that a business does not have.
LACKS = [
    ("purchase_order_lines", "planned_ship_date"),
    ("purchase_order_lines", "promised_date"),
    ("purchase_order_lines", None),
    ("sales_order_lines", "shipped_date"),
    ("sales_order_lines", None),
    ("items", "lead_time_days"),
    ("items", None),
    ("shipments", None),
    ("receipts", None),
    ("inventory_balances", None),
    ("production_orders", None),
    ("bom_lines", None),
    ("stock_adjustments", "reason"),
    ("demand_forecasts", "made_on"),
    ("demand_forecasts", None),
    ("calendar_events", None),
]
lacking = st.lists(st.sampled_from(LACKS), max_size=3, unique=True)


def without(rows: Rows, lacks: Iterable[tuple[str, str | None]]) -> Rows:
    for table, column in lacks:
        kept = [] if column is None else [row | {column: None} for row in rows[table]]
        if table == "demand_forecasts" and column:  # one version each, then
            kept = list(
                {(r["item_id"], r["location_id"], r["period_start"]): r for r in kept}.values()
            )
        rows = rows | {table: kept}
    return rows


def mapped(rows: Rows, change: Callable[[str, Any], Any]) -> Rows:
    return {
        table: [
            {column: change(column, value) for column, value in row.items()} for row in of_table
        ]
        for table, of_table in rows.items()
    }


def results(world: World, rows: Rows, as_of: date = AS_OF) -> Any:
    """Claims and lines' causes, as they are, with days counted from the as-of date."""
    world.fill(rows, as_of, reading=("causes.lines",))
    days = f"on_date - date '{as_of}'"
    claims = world.rows(f"select * exclude (on_date), {days} from causes.claims order by all")
    lines = world.rows(f"select * exclude (on_date), {days} from causes.lines order by all")
    return claims, lines


def shares(world: World) -> dict[tuple[Any, ...], dict[str, tuple[float, ...]]]:
    """Of each short pool and day, by cause: its claim, share, sufficient and but-for units."""
    found: dict[tuple[Any, ...], dict[str, tuple[float, ...]]] = {}
    query = """
        select basis, pool_id, on_date, cause,
            claimed_qty, cause_share, sufficient_qty, but_for_qty from causes.claims
    """
    for basis, pool, day, cause, *figures in world.rows(query):
        found.setdefault((basis, pool, day), {})[cause] = tuple(map(float, figures))
    return found


# Each finds the rows that break a promise.
PROMISES = {
    "causes of a line add up to its shortage": """
        select * from core.short_lines as short
        full join (
            select basis, order_id, line_id, sum(cause_qty) as cause_qty
            from causes.lines group by all
        ) as told using (basis, order_id, line_id)
        where short.short_qty is distinct from told.cause_qty
    """,
    "units are whole where the lines' are": """
        select * from causes.lines as lines
        where cause_qty <= 0 or cause_qty <> floor(cause_qty)
    """,
    "lines' units follow their pool's shares": """
        select * from (
            select basis, pool_id, on_date, cause, sum(cause_qty) as cause_qty
            from causes.lines group by all
        ) as told
        full join causes.claims using (basis, pool_id, on_date, cause)
        where cause_share is null
            or abs(coalesce(told.cause_qty, 0) - cause_share * short_qty) > 1 + 1e-6
    """,
    "shares of a pool's day add up": """
        select basis, pool_id, on_date, sum(cause_share) as shares from causes.claims
        group by all having abs(shares - 1) > 1e-9
    """,
    "one cause has all of it": """
        select basis, pool_id, on_date from causes.claims
        group by all having count(*) = 1 and abs(any_value(cause_share) - 1) > 1e-9
    """,
    "shares and claims are within bounds": """
        select * from causes.claims
        where not (
            cause_share >= 0 and cause_share <= 1 + 1e-9 and claimed_qty >= 0
            and sufficient_qty >= 0 and sufficient_qty <= but_for_qty + 1e-9
            and but_for_qty <= short_qty + 1e-9
        )
    """,
    "claims less buffer are the shortage": """
        select * from causes.balance
        inner join causes.pool_dates as points using (pool_id, on_date)
        where not is_component and abs(
            deviation_qty + planned_qty + planning_gap_qty
            - buffer_qty + points.net_inventory_qty
        ) > 1e-3
            or least(deviation_qty, variability_qty, planned_qty, planning_gap_qty) < -1e-9
            or buffer_qty < -1e-9
            or usual_late_share < -1e-9 or usual_late_share > 1 + 1e-9
    """,
    "parts are the claims of the day": """
        select * from (
            select pool_id, on_date, sum(claimed_qty) as claimed_qty, sum(claim_share) as share
            from causes.parts group by all
        ) as parts
        full join causes.balance using (pool_id, on_date)
        where abs(
            coalesce(claimed_qty, 0) - deviation_qty - planned_qty - planning_gap_qty
        ) > 1e-3 or abs(share - 1) > 1e-9
    """,
    "what is traced is all of it": """
        select pool_id, on_date, sum(claim_share) as share from causes.traced
        group by all having abs(share - 1) > 1e-9
    """,
    "nothing went wrong, nothing is short": """
        select balance.* from causes.balance as balance
        left join causes.demand_deviations as demand using (pool_id, on_date)
        where deviation_qty = 0 and coalesce(demand.variability_qty, 0) = 0
            and planned_qty = 0 and planned_balance_qty >= 0 and net_inventory_qty < -1e-9
    """,
    "evidence adds up to the cause": """
        select * from (
            select basis, pool_id, on_date, cause, sum(evidence_qty) as evidence_qty
            from causes.evidence group by all
        ) as evidence
        full join causes.claims using (basis, pool_id, on_date, cause)
        where evidence_qty is null or cause_share is null
            or abs(evidence_qty - cause_share * short_qty) > 1e-3
    """,
    "lines out are lines in": """
        select * from (
            select (select count(*) from core.short_lines) as short,
                (select count(*) from causes.line_stock) as stocked,
                (select count(*) from causes.line_tops) as topped
        ) as counts where short <> stocked or short <> topped
    """,
    "what no stock was there for is part of the shortage": """
        select * from causes.line_stock where no_stock_qty < 0 or no_stock_qty > short_qty
    """,
    "every dimension adds up to the total": """
        select * from (
            select basis, dimension, sum(cause_qty) as cause_qty
            from causes.by_dimension group by all
        ) as members
        full join (
            select basis, sum(short_qty) as short_qty from core.short_lines group by all
        ) as whole using (basis)
        where cause_qty is distinct from short_qty
    """,
    "evidence of a line adds up to its units": """
        select * from (
            select basis, order_id, line_id, cause, sum(evidence_qty) as evidence_qty
            from causes.line_evidence group by all
        ) as evidence
        full join causes.lines using (basis, order_id, line_id, cause)
        where evidence_qty is null or cause_qty is null
            or abs(evidence_qty - cause_qty::double) > 1e-6
    """,
    "causes add up to the totals": """
        select * from (
            select basis, sum(cause_qty) as cause_qty from causes.by_cause group by all
        ) as parts
        full join causes.totals using (basis)
        where cause_qty is distinct from short_qty
            or short_qty <> planned_qty + unplanned_qty or unknown_qty > unplanned_qty
    """,
    "changes of a month add up": """
        select month_start from causes.months group by all
        having abs(sum(change_qty) - (sum(cause_qty) - sum(earlier_qty))) > 1e-9
            or sum(cause_qty) <> any_value(short_qty)
    """,
    "typed reasons lose no unit": """
        select * from (
            select basis, sum(cause_qty) as cause_qty from causes.typed_reasons group by all
        ) as typed
        full join (
            select basis, sum(short_qty) as short_qty from core.short_lines group by all
        ) as whole using (basis)
        where cause_qty is distinct from short_qty
    """,
}


def broken_promises(world: World) -> dict[str, list[tuple[Any, ...]]]:
    broken = {name: world.rows(query) for name, query in PROMISES.items()}
    return {name: rows for name, rows in broken.items() if rows}


@many
@given(books, lacking)
@example({table: [] for table in ("sales_order_lines", "items", "bom_lines")}, [])
def test_causes_add_up_whatever_is_missing(rows: Rows, lacks: list[tuple[str, str | None]]) -> None:
    world = shared_world()
    world.fill(without(rows, lacks), AS_OF, reading=MODELS)
    assert broken_promises(world) == {}
    for name in MODELS:
        models.tested_rows(world.con, models.load_models()[name])


@few
@given(books, st.integers(2, 9))
def test_ten_times_the_quantities_have_the_same_shares(rows: Rows, times: int) -> None:
    world = shared_world()
    world.fill(rows, AS_OF, reading=("causes.claims",))
    before = shares(world)
    more = mapped(rows, lambda column, value: value * times
                  if column.endswith("_qty") and value is not None else value)  # fmt: skip
    world.fill(more, AS_OF, reading=("causes.claims",))
    after = shares(world)
    assert before.keys() == after.keys()
    for key, causes in before.items():
        for cause in causes.keys() | after[key].keys():
            claimed, share, alone, but_for = causes.get(cause, (0, 0, 0, 0))
            scaled = (claimed * times, share, alone * times, but_for * times)
            found = after[key].get(cause, (0, 0, 0, 0))
            assert found == pytest.approx(scaled, abs=0.01), (key, cause)


@few
@given(books, st.integers(-400, 400))
def test_the_same_days_later_have_the_same_causes(rows: Rows, shift: int) -> None:
    world = shared_world()
    by = timedelta(shift)
    moved = mapped(rows, lambda _, value: value + by if isinstance(value, date) else value)
    assert results(world, rows) == results(world, moved, AS_OF + by)


@few
@given(books, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_repetition_change_nothing(rows: Rows, random: Any) -> None:
    world = shared_world()
    first = results(world, rows)
    shuffled = {table: random.sample(of_table, len(of_table)) for table, of_table in rows.items()}
    assert results(world, shuffled) == first


@few
@given(books)
def test_without_ship_dates_supplier_and_transport_are_one(rows: Rows) -> None:
    world = shared_world()
    found = []
    for lacks in ([], ["planned_ship_date"], ["shipped_date"]):
        unshipped = without(rows, [("purchase_order_lines", column) for column in lacks])
        world.fill(unshipped, AS_OF, reading=("causes.claims",))
        either = {"supplier", "transport", "supplier_or_transport"}
        found.append(
            {
                (*key, cause in either or cause): pytest.approx(
                    sum(
                        one[1]
                        for name, one in causes.items()
                        if name == cause or {name, cause} <= either
                    ),
                    abs=1e-9,
                )
                for key, causes in shares(world).items()
                for cause in causes
            }
        )
    assert found[1] == found[0]
    assert found[2] == found[0]


TOMORROW = AS_OF + timedelta(1)
LATER: Rows = {
    "sales_order_lines": [
        {"order_id": "new", "line_id": "1", "item_id": item, "order_date": TOMORROW,
         "ordered_qty": 90} for item in ("TOY", "MUG", "CLAY")
    ],
    "shipments": [
        {"shipment_id": "new", "order_id": "O1", "order_line_id": "99", "item_id": "TOY",
         "shipped_date": TOMORROW, "shipped_qty": 5}
    ],
    "purchase_order_lines": [
        {"po_id": "new", "supplier_id": "S1", "item_id": "TOY", "order_date": TOMORROW,
         "ordered_qty": 90, "promised_date": TOMORROW}
    ],
    "receipts": [
        {"receipt_id": f"new {po} {item}", "po_id": po, "item_id": item, "received_qty": 7,
         "rejected_qty": 3, "received_date": TOMORROW}
        for po in (*BOUGHT, "new") for item in ("TOY", "CLAY")
    ],
    "inventory_balances": [
        {"as_of": TOMORROW, "item_id": item, "on_hand_qty": 70} for item in ("TOY", "MUG", "CLAY")
    ],
    "stock_adjustments": [
        {"adjustment_id": "new", "item_id": "TOY", "adjusted_on": TOMORROW, "adjusted_qty": -9}
    ],
    "demand_forecasts": [
        {"item_id": "TOY", "made_on": TOMORROW, "period_start": AS_OF - timedelta(30),
         "period_end": AS_OF, "forecast_qty": 99}
    ],
    "calendar_events": [
        {"event_date": TOMORROW, "event_name": name} for name in ("fair", "new")
    ],
}  # fmt: skip


@few
@given(books)
def test_nothing_known_later_is_used(rows: Rows) -> None:
    """Stock was counted by then, and totals of orders are those of documents: no export's."""
    world = shared_world()
    undated = [row | {"received_qty": None} for row in rows["purchase_order_lines"]]
    counted = [
        {"as_of": AS_OF - timedelta(5), "item_id": item, "on_hand_qty": 1}
        for item in ("TOY", "MUG", "CLAY", "WATER")
    ]
    rows = rows | {"purchase_order_lines": undated, "inventory_balances": counted}
    first = results(world, rows)
    assert results(world, {table: [*rows[table], *LATER.get(table, [])] for table in rows}) == first


def one_thing_wrong(cause: str, wrong: int, spare: int) -> Rows:
    """14 forecast and ordered, `spare` more planned, and `wrong` units lost to one cause only."""
    ordered = 14 + (wrong if cause == "normal_variability" else 0)
    there = 14 + spare - (0 if cause == "normal_variability" else wrong)
    shipped = min(there, ordered)
    item = {"item_id": cause}
    to_come = item | {
        "po_id": cause, "supplier_id": "S", "order_date": date(2026, 3, 1),
        "ordered_qty": wrong, "promised_date": date(2026, 3, 21),
    }  # fmt: skip
    planned = {"planned_ship_date": date(2026, 3, 11)}
    rows: Rows = {
        "items": [item | {"lead_time_days": 10, "review_days": 4}],
        "demand_forecasts": [
            item | {"period_start": date(2026, 3, 18), "period_end": AS_OF, "forecast_qty": 14}
        ],
        "sales_order_lines": [
            item | {"order_id": cause, "order_date": date(2026, 3, 18), "requested_date": AS_OF,
                     "ordered_qty": ordered, "shipped_qty": shipped, "shipped_date": AS_OF}
        ],
        "inventory_balances": [item | {"as_of": AS_OF, "on_hand_qty": there - shipped}],
    }  # fmt: skip
    happened: dict[str, Rows] = {
        "supplier": {"purchase_order_lines": [to_come | planned]},
        "transport": {
            "purchase_order_lines": [to_come | planned | {"shipped_date": date(2026, 3, 11)}]
        },
        "supplier_or_transport": {"purchase_order_lines": [to_come]},
        "receipt_quality": {
            "purchase_order_lines": [to_come],
            "receipts": [
                item | {"receipt_id": "R", "po_id": cause, "received_date": date(2026, 3, 21),
                        "received_qty": wrong, "rejected_qty": wrong}
            ],
        },
        "own_production": {
            "production_orders": [
                item | {"production_order_id": "M", "ordered_qty": wrong,
                        "planned_start_date": date(2026, 3, 11),
                        "start_date": date(2026, 3, 11), "due_date": date(2026, 3, 21)}
            ]
        },
        "stock_record": {
            "stock_adjustments": [
                item | {"adjustment_id": "J", "adjusted_on": date(2026, 3, 25),
                        "adjusted_qty": -wrong}
            ]
        },
    }  # fmt: skip
    return rows | happened.get(cause, {})


ALONE = (
    "supplier",
    "transport",
    "supplier_or_transport",
    "receipt_quality",
    "own_production",
    "stock_record",
    "normal_variability",
    "planning_gap",
)


@many
@given(st.integers(0, 14), st.integers(0, 14), st.sampled_from([0, 2]))
@example(0, 0, 0)
@example(9, 4, 0)
@example(9, 4, 2)
def test_a_single_cause_has_all_of_it(wrong: int, spare: int, sigmas: int) -> None:
    """What the plan had to spare makes up for it first; nothing wrong, nothing short.

    Chance is the plan's where it was to keep stock against all of it and kept less.
    """
    rows: Rows = {}
    for cause in ALONE:
        alone = one_thing_wrong(cause, wrong, 0 if cause == "planning_gap" else spare)
        rows = {table: rows.get(table, []) + alone.get(table, []) for table in {*rows, *alone}}
    world = shared_world()
    world.fill(rows, AS_OF, None, {"safety_sigmas": str(sigmas)}, ("causes.lines",))
    short = {cause: wrong - (0 if cause == "planning_gap" else spare) for cause in ALONE}
    claims = world.rows(
        "select pool_id, cause, short_qty, cause_share from causes.claims where basis = 'as_of'"
    )
    lines = world.rows("select order_id, cause, cause_qty from causes.lines where basis = 'as_of'")
    told = {name: name for name in ALONE}
    if sigmas:
        told["normal_variability"] = "planning_gap"
    wanted = [(name, told[name], qty) for name, qty in short.items() if qty > 0]
    assert sorted(claims) == sorted((*line, 1) for line in wanted)
    assert sorted(lines) == sorted(wanted)


@pytest.mark.parametrize(
    ("check", "harm"),
    [
        ("error_cause_units", "update causes.lines set cause_qty = cause_qty + 1"),
        ("error_cause_units", "delete from causes.lines where order_id = 'supplier'"),
        ("error_cause_units", "insert into causes.lines by name select 'as_of' as basis,"
         " 'other' as order_id, '1' as line_id, 'supplier' as cause, 1 as cause_qty"),
        ("error_cause_claims", "update causes.claims set cause_share = 1.1"),
        ("error_cause_claims", "update causes.claims set claimed_qty = claimed_qty + 1"),
        ("error_cause_claims", "update causes.claims set but_for_qty = short_qty + 1"),
    ],
)  # fmt: skip
def test_causes_that_do_not_add_up_are_found(check: str, harm: str) -> None:
    world = shared_world()
    world.fill(one_thing_wrong("supplier", 9, 2), AS_OF, reading=(f"quality.{check}",))
    assert world.rows(f"select * from quality.{check}") == []
    world.change(re.findall(r"causes\.\w+", harm)[0], harm)
    assert world.rows(f"select * from quality.{check}") != []
