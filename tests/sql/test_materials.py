"""What holds of materials whatever the bills: explosions end, netting is exact, nothing is taken
twice, proposals are whole lots."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sql import models

from .conftest import World, shared_world
from .test_properties import AS_OF, Rows, few

ITEMS = ["A", "B", "C", "D", "E", "F"]
READ = (
    "materials.exploded",
    "materials.bom_loops",
    "materials.netted",
    "materials.free_supply",
    "materials.requirements",
    "materials.clear_to_build",
    "materials.blocks",
    "materials.proposals",
    "materials.gating",
    "materials.totals",
)

days = st.integers(-20, 40).map(lambda day: AS_OF + timedelta(day))


def lines_of(earlier_only: bool) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Bills of materials; with `earlier_only` no item is a component of itself."""
    pairs = [
        (parent, component)
        for parent in ITEMS
        for component in ITEMS
        if (parent < component if earlier_only else parent != component)
    ]
    return st.lists(
        st.fixed_dictionaries(
            {
                "pair": st.sampled_from(pairs),
                "qty_per": st.sampled_from([1, 2, 3]),
                "scrap_rate": st.sampled_from([None, 0, 0.5]),
            }
        ),
        max_size=9,
        unique_by=lambda row: row["pair"],
    ).map(
        lambda rows: [
            {
                "parent_item_id": row["pair"][0],
                "component_item_id": row["pair"][1],
                "qty_per": row["qty_per"],
                "scrap_rate": row["scrap_rate"],
            }
            for row in rows
        ]
    )


def books(bills: st.SearchStrategy[list[dict[str, Any]]]) -> st.SearchStrategy[Rows]:
    """Orders of some items, stock, open orders and how they are got."""

    def numbered(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: f"{name}{number}", **row} for number, row in enumerate(rows)]

    item = st.sampled_from(ITEMS)
    return st.fixed_dictionaries(
        {
            "bom_lines": bills,
            "items": st.lists(
                st.fixed_dictionaries(
                    {
                        "item_id": item,
                        "lead_time_days": st.none() | st.integers(0, 20),
                        "min_order_qty": st.sampled_from([None, 0, 7, 2.5]),
                        "order_multiple": st.sampled_from([None, 1, 0.1, 4]),
                        "reorder_point_qty": st.sampled_from([None, 3]),
                        "safety_stock_qty": st.sampled_from([None, 5]),
                        "unit_cost": st.sampled_from([None, 2]),
                    }
                ),
                max_size=6,
                unique_by=lambda row: row["item_id"],
            ),
            "inventory_balances": st.lists(
                st.fixed_dictionaries(
                    {"item_id": item, "on_hand_qty": st.integers(0, 20), "as_of": st.just(AS_OF)}
                ),
                max_size=6,
                unique_by=lambda row: row["item_id"],
            ),
            "purchase_order_lines": st.lists(
                st.fixed_dictionaries(
                    {
                        "supplier_id": st.just("S"),
                        "item_id": item,
                        "order_date": st.just(AS_OF - timedelta(30)),
                        "ordered_qty": st.integers(0, 12),
                        "promised_date": st.none() | days,
                    }
                ),
                max_size=4,
            ).map(lambda rows: numbered("po_id", rows)),
            "production_orders": st.lists(
                st.fixed_dictionaries(
                    {
                        "item_id": item,
                        "ordered_qty": st.integers(0, 9),
                        "planned_start_date": st.none() | days,
                        "start_date": st.none() | days,
                        "due_date": days,
                    }
                ),
                max_size=3,
            ).map(lambda rows: numbered("production_order_id", rows)),
            "sales_order_lines": st.lists(
                st.fixed_dictionaries(
                    {
                        "item_id": item,
                        "order_date": st.just(AS_OF - timedelta(30)),
                        "requested_date": st.none() | days,
                        "ordered_qty": st.integers(1, 15),
                        "unit_price": st.sampled_from([None, 10]),
                    }
                ),
                max_size=6,
            ).map(lambda rows: numbered("order_id", rows)),
        }
    )


def filled(given_rows: Rows, assumptions: dict[str, str] | None = None) -> World:
    world = shared_world()
    world.fill(given_rows, AS_OF, assumptions=assumptions, reading=READ)
    return world


def per_unit(row: dict[str, Any]) -> float:
    return float(row["qty_per"] / (1 - (row["scrap_rate"] or 0)))


def without_loops(bills: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The bills without lines on a loop or between two, found by reachability."""
    direct = {(row["parent_item_id"], row["component_item_id"]) for row in bills}
    reach = set(direct)
    for middle in ITEMS:
        reach |= {(a, b) for a in ITEMS for b in ITEMS if {(a, middle), (middle, b)} <= reach}
    on_loop = {item for item in ITEMS if (item, item) in reach}
    refused = {
        item
        for item in ITEMS
        if any(item == one or (item, one) in reach for one in on_loop)
        and any(item == one or (one, item) in reach for one in on_loop)
    }
    kept: dict[str, dict[str, float]] = defaultdict(dict)
    for row in bills:
        parent, component = row["parent_item_id"], row["component_item_id"]
        if not (parent in refused and component in refused):
            kept[parent][component] = per_unit(row)
    return kept


@few
@given(books(lines_of(earlier_only=False)))
def test_explosions_end_and_are_those_counted_by_hand(given_rows: Rows) -> None:
    world = filled(given_rows)
    bills = without_loops(given_rows["bom_lines"])

    def exploded(item: str, times: float, into: dict[str, float]) -> dict[str, float]:
        for component, each in bills[item].items():
            into[component] += times * each
            exploded(component, times * each, into)
        return into

    found: dict[str, dict[str, float]] = defaultdict(dict)
    for item, component, quantity in world.rows(
        "select item_id, component_id, per_unit_qty from materials.exploded"
    ):
        found[item][component] = quantity
    for item, parts in found.items():
        wanted = exploded(item, 1.0, defaultdict(float))
        assert parts.keys() == wanted.keys()
        assert all(abs(parts[name] - wanted[name]) < 1e-6 * wanted[name] for name in wanted)
    short = {
        item for (item,) in world.rows("select item_id from core.allocations where short_qty > 0")
    }
    assert {item for item in short if bills[item]} <= found.keys()
    loops = [text for (text,) in world.rows("select loop_items from materials.bom_loops")]
    lines = {(row["parent_item_id"], row["component_item_id"]) for row in given_rows["bom_lines"]}
    for text in loops:
        steps = text.split(" > ")
        assert steps[0] == steps[-1]
        assert set(pairwise(steps)) <= lines
    refused = len(lines) - sum(len(parts) for parts in bills.values())
    assert bool(loops) == bool(refused)


@few
@given(books(lines_of(earlier_only=False)))
def test_what_is_made_or_bought_nets_exactly(given_rows: Rows) -> None:
    world = filled(given_rows)
    for name in READ:
        models.tested_rows(world.con, models.load_models()[name])
    odd = world.rows(
        "select * from materials.netted where needed_qty <> met_qty + missing_qty"
        " or met_qty < 0 or missing_qty < 0"
        " or not blocked_share between 0 and needed_share + 1e-9 or needed_share > 1 + 1e-9"
    )
    assert odd == []
    # All that is free is taken before anything is missing, and never more.
    taken = world.rows(
        "with needs as (select reckoning, item_id, sum(needed_qty) as needed_qty,"
        "  sum(met_qty) as met_qty from materials.netted where not is_demand group by all),"
        " free as (select item_id, sum(free_qty) as plan_qty,"
        "  coalesce(sum(free_qty) filter (supply_kind = 'on_hand'), 0) as stock_qty"
        "  from materials.free_supply group by all)"
        " select needs.*, free.* from needs left join free using (item_id) where met_qty <>"
        " least(needed_qty, coalesce(if(reckoning = 'plan', plan_qty, stock_qty), 0))"
    )
    assert taken == []
    requirements = world.rows(
        "select * from materials.requirements where needed_qty <> sold_qty + part_qty"
        " or needed_qty <> stock_qty + on_time_qty + late_qty + undated_qty + missing_qty"
    )
    assert requirements == []


@few
@given(books(lines_of(earlier_only=True)))
def test_able_to_make_never_takes_more_than_there_is(given_rows: Rows) -> None:
    world = filled(given_rows)
    bills = without_loops(given_rows["bom_lines"])
    share: dict[tuple[str, str], float] = {
        (demand, item): float(met)
        for demand, item, met in world.rows(
            "select demand_id, item_id, met_qty from materials.netted"
            " where reckoning = 'stock' and not is_demand"
        )
    }
    for demand, item, able, blocked, waiting in world.rows(
        "select demand_id, item_id, able_to_make_qty, blocked_qty, waiting_qty"
        " from materials.clear_to_build where unknown_reason is null"
    ):
        assert min(able, blocked) >= 0
        assert able + blocked == waiting
        needs = {part: float(able) * each for part, each in bills[item].items()}
        for part in sorted(ITEMS):  # an item comes after all that is made of it
            needed = needs.pop(part, 0.0)
            rest = max(needed - share.get((demand, part), 0.0), 0.0)
            if rest > 1e-3:
                assert bills[part], f"{demand}: {rest} of {part} are not there"
                for component, each in bills[part].items():
                    needs[component] = needs.get(component, 0.0) + rest * each


@few
@given(books(lines_of(earlier_only=False)), st.sampled_from(["up", "down"]))
def test_proposals_are_whole_lots_and_no_less_than_the_smallest(
    given_rows: Rows, rounding: str
) -> None:
    world = filled(given_rows, {"lot_rounding": rounding})
    for item, wanted, stock, lot, least, proposed in world.rows(
        "select item_id, wanted_qty, stock_qty, lot_qty, min_order_qty, proposed_qty"
        " from materials.proposals"
    ):
        assert proposed > 0
        assert proposed % lot == 0, item
        assert proposed >= (least or 0), item
        if rounding == "up":
            assert proposed >= wanted + stock
            assert proposed < wanted + stock + lot or proposed < (least or Decimal(0)) + lot
    missing = world.rows(
        "select item_id, sum(missing_qty) from materials.netted where reckoning = 'plan'"
        " and not (is_demand and demand_kind = 'production_order') and missing_qty > 0"
        " group by item_id order by item_id"
    )
    proposed = world.rows(
        "select item_id, wanted_qty from materials.proposals where wanted_qty > 0 order by item_id"
    )
    if rounding == "up":
        assert missing == proposed


@few
@given(books(lines_of(earlier_only=False)))
def test_what_waits_is_what_can_be_made_and_what_cannot(given_rows: Rows) -> None:
    world = filled(given_rows)
    (row,) = world.rows(
        "select bom_lines, waiting_value, coalesce(able_to_make_value, 0)"
        " + coalesce(blocked_value, 0) + coalesce(unknown_value, 0) from materials.totals"
    )
    # Parts of which no price is known have no value; of the others they add up.
    assert (row[1] or 0) == row[2]
    ((is_any_priced, waiting),) = world.rows(
        "select count(waiting_value) > 0, coalesce(sum(waiting_qty), 0)"
        " from materials.clear_to_build"
    )
    assert (row[1] is not None) == (row[0] > 0 and (is_any_priced or waiting == 0))
    odd = world.rows(
        "select * from materials.blocks where not blocked_share between 1e-12 and 1 + 1e-9"
        " or freed_share < 0 or freed_share > blocked_share"
    )
    assert odd == []
    assert world.rows("select * from materials.gating where freed_value > blocked_value") == []
