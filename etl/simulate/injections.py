"""The causes a run injects: what, where, when and how much, decided before the first day.

Each injection draws from a stream of its own, named by its id, so leaving one out changes
nothing about the others. `Effects` is what the day loop reads: dense arrays by pool and day.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from etl.errors import InputError
from etl.simulate import catalogue
from etl.simulate.config import Config
from etl.simulate.streams import Flags, Floats, Ints, stream
from etl.simulate.world import (
    COVER_DAYS,
    MAKE_TO_ORDER,
    PREORDER,
    REVIEW_DAYS,
    SAFETY_FACTOR,
    STOCK,
    World,
    demand_spread,
    late_days,
)

Small = npt.NDArray[np.float32]
AHEAD_DAYS = 200


@dataclass(frozen=True)
class Kind:
    """A way a cause shows: how many in the sample, and what its magnitude means.

    It is felt at the shelf `lag` days after its start, plus the item's lead or transit days where
    `after` says so, plus the days its stock lasts unless it is felt `at once`: that is how an
    injection is placed where it hurts.
    """

    cause: str
    name: str
    count: int
    target: str
    lag: int
    unit: str
    note: str
    after: str = ""


KINDS: tuple[Kind, ...] = (
    Kind(
        "demand_spike",
        "spike_without_event",
        8,
        "product",
        3,
        "units",
        "a run on the item",
        "at once",
    ),
    Kind("demand_spike", "spike_on_event", 5, "product", 3, "units", "in the calendar", "at once"),
    Kind(
        "forecasting",
        "event_missed",
        4,
        "product",
        4,
        "units",
        "the event came last year too, the forecast ignored it",
    ),
    Kind(
        "forecasting",
        "forecast_bias",
        9,
        "product",
        25,
        "factor",
        "forecasts for these months were multiplied by this",
        "lead",
    ),
    Kind("supplier", "supplier_late", 9, "bought", 4, "days", "shipments due slip", "transit"),
    Kind("supplier", "factory_closed", 2, "supplier", 6, "days", "all it ships slips", "transit"),
    Kind("supplier", "component_late", 4, "component", 12, "days", "component slips", "transit"),
    Kind("transport", "transit_late", 7, "bought", 4, "days", "under way longer", "transit"),
    Kind("transport", "port_strike", 1, "supplier", 6, "days", "all its goods", "transit"),
    Kind(
        "receipt_quality",
        "short_shipped",
        8,
        "bought",
        2,
        "share",
        "this share came four weeks later",
    ),
    Kind("receipt_quality", "rejected", 8, "bought", 2, "share", "this share was refused"),
    Kind("own_production", "machine_down", 9, "made", 4, "days", "orders started in the span"),
    Kind("own_production", "component_not_made", 2, "made_component", 6, "days", "own component"),
    Kind(
        "stock_record", "count_loss", 10, "product", 1, "units", "not there when counted", "at once"
    ),
    Kind("planning_gap", "not_ordered", 8, "product", 8, "factor", "no orders in the span", "lead"),
    Kind("planning_gap", "ordered_too_little", 5, "product", 18, "factor", "orders cut", "lead"),
    Kind(
        "allocation_or_hold",
        "stock_reserved",
        8,
        "product",
        2,
        "units",
        "kept for a fair",
        "at once",
    ),
    Kind(
        "allocation_or_hold", "quality_hold", 6, "product", 2, "share", "new orders held", "at once"
    ),
    Kind(
        "allocation_or_hold",
        "credit_hold",
        8,
        "customer",
        2,
        "share",
        "nothing ships to them",
        "at once",
    ),
    Kind("planned", "make_to_order", 0, "policy", 0, "share", "made when ordered"),
    Kind("planned", "preorder", 0, "policy", 0, "share", "bought when ordered"),
    Kind("planned", "planned_backorder", 0, "policy", 0, "units", "accepted on purpose"),
)
CAUSES: tuple[str, ...] = tuple(dict.fromkeys(kind.cause for kind in KINDS))


@dataclass(frozen=True)
class Injection:
    """One cause at work. Indexes are into the world's arrays; -1 means not about one."""

    id: str
    kind: Kind
    pools: Ints
    item: int
    location: int
    supplier: int
    customer: int
    start: int
    end: int
    magnitude: float
    note: str


@dataclass
class Effects:
    """What injections change, for the generators and the day loop; neutral where nothing is."""

    bias: Small
    ship_slip: Small
    transit_slip: Small
    short_share: Small
    reject_share: Small
    make_slip: Small
    order_factor: Small
    blocked: Ints
    loss: Ints
    hold_start: Ints
    hold_end: Ints
    credit_start: Ints
    credit_end: Ints
    is_stocked: Flags
    planned_backorder: Ints
    is_left_out: Flags
    spike_pool: Ints
    spike_day: Ints
    spike_qty: Ints
    spike_is_b2b: Flags
    spike_injection: Ints
    events: list[tuple[int, str, str, int]] = field(default_factory=list)


def plan_injections(config: Config, world: World, expected: Floats) -> list[Injection]:
    """Every injection of this seed, left out or not."""
    times = max(1.0, float(len(world.items.ids)) / 80)
    taken_late: set[int] = set()
    found: list[Injection] = []
    for kind in KINDS:
        for n in range(round(kind.count * times)):
            name = f"{kind.name}-{n + 1:02d}"
            found.append(_place(config, world, expected, kind, name, n, taken_late))
    policy_kinds = {k.name: k for k in KINDS if k.target == "policy"}
    items = world.items
    for item in range(len(items.ids)):
        for name, applies in (
            ("make_to_order", items.policy[item] == MAKE_TO_ORDER),
            ("preorder", items.policy[item] == PREORDER),
            ("planned_backorder", items.has_planned_backorder[item]),
        ):
            if not applies:
                continue
            pools = np.flatnonzero(world.pools.item == item)
            magnitude = 1.0
            if name == "planned_backorder":
                magnitude = float(np.ceil(world.pools.units_per_day[pools].sum() * 9))
            found.append(
                Injection(
                    id=f"{name}-{items.ids[item]}",
                    kind=policy_kinds[name],
                    pools=pools,
                    item=item,
                    location=-1,
                    supplier=-1,
                    customer=-1,
                    start=0,
                    end=config.days - 1,
                    magnitude=magnitude,
                    note=policy_kinds[name].note,
                )
            )
    unknown = config.leave_out - {i.id for i in found}
    if unknown:
        raise InputError(
            f"no injection is called {sorted(unknown)[0]}",
            remedy="Take ids from truth.csv of the same seed and number of lines.",
        )
    return found


def _place(
    config: Config,
    world: World,
    expected: Floats,
    kind: Kind,
    name: str,
    n: int,
    taken_late: set[int],
) -> Injection:
    """Choose where and when: every second one so late that it is felt on the as-of date."""
    rng = stream(config.seed, f"injection {name}")
    pools, items = world.pools, world.items
    is_late = n % 2 == 0
    felt = config.days - 2 - min(int(rng.exponential(18.0)), 50)
    early = int(rng.integers(75, config.days - 45))
    if not is_late:
        felt = early
    span = {"days": 42, "share": 42, "factor": 35, "units": 3}[kind.unit]
    span = {"forecast_bias": 75, "stock_reserved": 30, "ordered_too_little": 50}.get(
        kind.name, span
    )
    note, start = kind.note, -1
    if kind.name == "event_missed":
        month, day, span, event = catalogue.YEARLY_EVENTS[n % len(catalogue.YEARLY_EVENTS)]
        start = config.day_of(config.as_of.replace(month=month, day=day))
        if start >= config.days:
            start = config.day_of(config.as_of.replace(config.as_of.year - 1, month, day))
        felt, note = start + span, f"{event}: {kind.note}"
    elif kind.name == "spike_on_event":
        span, note = 4, f"{catalogue.WEATHER[n % len(catalogue.WEATHER)]}: {kind.note}"

    rate = expected[:, max(felt - 15, 0) : felt + 15].mean(axis=1)
    item = location = supplier = customer = -1
    wait = np.zeros(len(items.ids), dtype=np.int64)
    if kind.after in ("lead", "transit"):
        wait = items.lead_days if kind.after == "lead" else items.transit_days
    lasts = np.where(kind.after == "at once", 0, _stock_lasts(world, rate))
    chosen, delay = np.zeros(0, dtype=np.int64), 0
    if kind.target == "customer":
        big = world.customers.weight**2 * (world.customers.segment > 0)
        customer = int(rng.choice(len(big), p=big / big.sum()))
    elif kind.target == "supplier":
        by_supplier = np.bincount(
            items.supplier[pools.item] + 1, rate, minlength=len(world.suppliers.names) + 1
        )[1:]
        supplier = int(rng.choice(len(by_supplier), p=by_supplier / by_supplier.sum()))
        chosen = np.flatnonzero(items.supplier[pools.item] == supplier)
        delay = int((wait[pools.item] + lasts)[chosen].mean())
    else:
        stocked = items.policy[pools.item] == STOCK
        product, made = items.is_product[pools.item], items.is_made[pools.item]
        fits = {
            "product": product & stocked,
            "bought": product & stocked & ~made,
            "made": product & stocked & made,
            "component": ~product & ~made,
            "made_component": ~product & made,
        }[kind.target]
        weight = np.where(fits, rate / np.maximum(pools.units_per_line, 1e-9), 0.0)
        if not weight.any():
            weight = fits.astype(float)
        # late ones on different pools: many items short on the as-of date, for different reasons
        untaken = weight * ~np.isin(np.arange(len(weight)), list(taken_late))
        if is_late and untaken.any():
            weight = untaken
        pool = int(rng.choice(len(weight), p=weight / weight.sum()))
        if is_late:
            taken_late.add(pool)
        chosen = np.array([pool])
        item, location = int(pools.item[pool]), int(pools.location[pool])
        supplier = int(items.supplier[item])
        delay = int(wait[item] + lasts[pool])
    if start < 0:
        start = max(felt - kind.lag - delay, 20)
    end = start + span - 1
    # some are still going on: an account is blocked, an item is forgotten on the as-of date
    if is_late and kind.name in ("credit_hold", "not_ordered"):
        end = config.days + AHEAD_DAYS - 1

    typical = _stock_lasts(world, rate)[chosen].mean() if len(chosen) else 0.0
    magnitude = _magnitude(world, kind, rng, chosen, float(rate[chosen].sum()), float(typical))
    return Injection(
        id=name,
        kind=kind,
        pools=chosen,
        item=item,
        location=location,
        supplier=supplier,
        customer=customer,
        start=start,
        end=end,
        magnitude=magnitude,
        note=note,
    )


def _stock_lasts(world: World, rate: Floats) -> Floats:
    """Days the usual stock of each pool lasts: what an injection must use up to be felt."""
    window = world.items.lead_days[world.pools.item] + REVIEW_DAYS
    noise = SAFETY_FACTOR * np.sqrt(demand_spread(world) * window / np.maximum(rate, 0.05))
    return np.minimum(late_days(world) + noise + COVER_DAYS / 2, 40)


def _magnitude(
    world: World,
    kind: Kind,
    rng: np.random.Generator,
    pools: Ints,
    rate: float,
    lasts: float,
) -> float:
    """How much: enough to use up the usual stock (`lasts` days of `rate`) and more, by chance."""
    u = float(rng.random())
    if kind.name in ("spike_without_event", "spike_on_event", "event_missed"):
        lead = float(world.items.lead_days[world.pools.item[pools[0]]])
        return float(max(8, round(rate * (lasts + 0.4 * lead) * (0.9 + 0.8 * u))))
    if kind.name in ("count_loss", "stock_reserved"):
        return float(max(6, round(rate * lasts * (1.2 + u))))
    if kind.name == "forecast_bias":
        return round(0.35 + 0.25 * u, 2)
    if kind.name == "not_ordered":
        return 0.0
    if kind.name == "ordered_too_little":
        return round(0.2 + 0.2 * u, 2)
    if kind.unit == "days":
        return float(round(lasts + 6 + 30 * u))
    if kind.target == "customer":
        return 1.0
    return 0.8 if kind.name == "quality_hold" else round(0.6 + 0.4 * u, 2)


def combine(config: Config, world: World, injections: list[Injection]) -> Effects:
    """The effects of all injections that are not left out; spikes of all, marked."""
    n_pools, n_days = len(world.pools.item), config.days + AHEAD_DAYS

    def matrix(value: float) -> Small:
        return np.full((n_pools, n_days), value, dtype=np.float32)

    effects = Effects(
        bias=matrix(1),
        ship_slip=matrix(0),
        transit_slip=matrix(0),
        short_share=matrix(0),
        reject_share=matrix(0),
        make_slip=matrix(0),
        order_factor=matrix(1),
        blocked=np.zeros((n_pools, n_days), dtype=np.int64),
        loss=np.zeros((n_pools, n_days), dtype=np.int64),
        hold_start=np.full(n_pools, 30_000),
        hold_end=np.full(n_pools, -1),
        credit_start=np.full(len(world.customers.names), 30_000),
        credit_end=np.full(len(world.customers.names), -1),
        is_stocked=(world.items.policy == STOCK)[world.pools.item],
        planned_backorder=np.zeros(n_pools, dtype=np.int64),
        is_left_out=np.array([i.id in config.leave_out for i in injections], dtype=bool),
        spike_pool=np.zeros(0, np.int64),
        spike_day=np.zeros(0, np.int64),
        spike_qty=np.zeros(0, np.int64),
        spike_is_b2b=np.zeros(0, bool),
        spike_injection=np.zeros(0, np.int64),
    )
    spikes: list[tuple[Ints, Ints, Ints, Flags, Ints]] = []
    for number, one in enumerate(injections):
        if one.kind.name in ("spike_without_event", "spike_on_event", "event_missed"):
            spikes += _spike_lines(config, world, one, number, effects)
        elif not effects.is_left_out[number]:
            _apply(effects, one, world)
        elif one.kind.target == "policy":
            effects.is_stocked[one.pools] = True
    if spikes:
        pool, day, qty, b2b, source = (np.concatenate(part) for part in zip(*spikes, strict=True))
        effects.spike_pool, effects.spike_day, effects.spike_qty = pool, day, qty
        effects.spike_is_b2b, effects.spike_injection = b2b.astype(bool), source
    return effects


def _apply(effects: Effects, one: Injection, world: World) -> None:
    """Write one injection into the effects (spikes are order lines of their own)."""
    span = slice(one.start, one.end + 1)
    name, amount = one.kind.name, one.magnitude
    if name in ("supplier_late", "factory_closed", "component_late"):
        effects.ship_slip[one.pools, span] += amount
    elif name in ("transit_late", "port_strike"):
        effects.transit_slip[one.pools, span] += amount
    elif name == "short_shipped":
        effects.short_share[one.pools, span] = amount
    elif name == "rejected":
        effects.reject_share[one.pools, span] = amount
    elif name in ("machine_down", "component_not_made"):
        effects.make_slip[one.pools, span] += amount
    elif name in ("not_ordered", "ordered_too_little"):
        effects.order_factor[one.pools, span] *= amount
    elif name == "forecast_bias":
        effects.bias[one.pools, span] *= amount
    elif name == "count_loss":
        effects.loss[one.pools, one.start] += round(amount)
    elif name == "stock_reserved":
        effects.blocked[one.pools, span] += round(amount)
    elif name == "quality_hold":
        effects.hold_start[one.pools], effects.hold_end[one.pools] = one.start, one.end
    elif name == "credit_hold":
        effects.credit_start[one.customer] = one.start
        effects.credit_end[one.customer] = one.end
    elif name == "planned_backorder":
        share = world.pools.units_per_day[one.pools]
        units = np.round(amount * share / share.sum()).astype(np.int64)
        effects.planned_backorder[one.pools] = units


def _spike_lines(
    config: Config, world: World, one: Injection, number: int, effects: Effects
) -> list[tuple[Ints, Ints, Ints, Flags, Ints]]:
    """The extra order lines of a spike; a yearly event also came the year before."""
    rng = stream(config.seed, f"lines of {one.id}")
    pool = int(one.pools[0])
    mean = float(world.pools.units_per_line[pool])
    n = int(np.clip(round(one.magnitude / (1.6 * mean)), 2, 400))
    qty = rng.multinomial(int(one.magnitude), rng.dirichlet(np.full(n, 2.0)))
    day = rng.integers(one.start, one.end + 1, n)
    b2b = rng.random(n) < 0.6
    pack = int(world.pools.b2b_pack[pool])
    qty = np.where(b2b, np.maximum(np.round(qty / pack), 1) * pack, np.maximum(qty, 1))
    qty = qty.astype(np.int64)
    years = [0]
    if one.kind.name == "event_missed" and one.start >= 365:
        years.append(-365)
    made = []
    for shift in years:
        in_run = (day + shift >= 0) & (day + shift < config.days)
        size = int(in_run.sum())
        made.append(
            (
                np.full(size, pool),
                day[in_run] + shift,
                qty[in_run],
                b2b[in_run],
                np.full(size, number),
            )
        )
    if one.kind.name in ("spike_on_event", "event_missed"):
        kind = "weather" if one.kind.name == "spike_on_event" else "other"
        for shift in years:
            for d in range(one.start + shift, one.end + 1 + shift):
                if 0 <= d < config.days:
                    effects.events.append((d, one.note.split(":")[0], kind, one.item))
    return made
