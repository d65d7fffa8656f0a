"""Who orders what and when, and what the planner expects: both known before the first day.

Order lines are numbered with every injected one among them and only then thinned by
`leave_out`, so an order keeps its number and its habits whichever injections are removed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from etl.simulate import catalogue
from etl.simulate.config import Config
from etl.simulate.injections import Effects
from etl.simulate.streams import Flags, Floats, Ints, stream, uniform
from etl.simulate.world import CASE_PACK, DROP_SHIP, MAKE_TO_ORDER, PREORDER, World

NEVER = 30_000
FORECAST_MONTHS = 6
WEEKDAY = np.array([1.25, 1.2, 1.15, 1.15, 1.1, 0.65, 0.5])


@dataclass(frozen=True)
class Lines:
    """Order lines, sorted by order number and line; days count from the first simulated day."""

    pool: Ints
    day: Ints
    qty: Ints
    order: Ints
    line_no: Ints
    customer: Ints
    is_b2b: Flags
    requested: Ints  # NEVER: the customer named no day
    ready: Ints  # first day it may ship
    need_by: Ints  # NEVER: not tied to an event
    hold_start: Ints
    hold_end: Ints
    is_complete_only: Flags
    patience: Floats  # cancels when its accumulated hazard passes this
    injection: Ints  # index of the injection that made it, -1 for none

    def __len__(self) -> int:
        return len(self.pool)


def expected_units(config: Config, world: World, days: int) -> Floats:
    """Expected units ordered, pools x days: season, weekday, growth, promotions, Christmas.

    What planners can know; injected spikes come on top and are not in here.
    """
    pools, items = world.pools, world.items
    first = config.start
    dates = [first + timedelta(days=d) for d in range(days)]
    day_of_year = np.array([d.timetuple().tm_yday for d in dates])
    weekday = WEEKDAY[[d.weekday() for d in dates]]
    growth = 1 + 0.10 * (np.arange(days) / 365 - 0.75)
    shapes = np.ones((len(catalogue.CATEGORIES) + 1, days))
    for c, kind in enumerate(catalogue.CATEGORIES):
        wave = 1 + kind.amplitude * np.cos(2 * np.pi * (day_of_year - kind.peak) / 365.25)
        gifts = kind.christmas * ((day_of_year >= 318) & (day_of_year <= 352))
        shapes[c] = np.maximum(wave, 0.12) + gifts
    for month, start, end, _name, category, lift in catalogue.PROMOTIONS:
        days_on = np.array([d.month == month and start <= d.day <= end for d in dates])
        for c, kind in enumerate(catalogue.CATEGORIES):
            if category in (None, kind.name):
                shapes[c, days_on] *= lift
    in_run = shapes[:, : config.days].mean(axis=1, keepdims=True)
    shapes = shapes / in_run * weekday * growth
    shape_of_pool = np.where(items.is_product, items.category, -1)[pools.item]
    return np.asarray(pools.units_per_day[:, None] * shapes[shape_of_pool], dtype=np.float64)


@dataclass(frozen=True)
class Forecasts:
    """Monthly forecasts by version: `units[v, p, k]` for month v + k, made on month v's first."""

    units: Floats
    month_starts: list[date]
    version_days: Ints

    def daily(self, version: int, horizon: int) -> Floats:
        """Cumulative forecast (pools x horizon + 1) from the version's first day."""
        starts = self.month_starts[version : version + FORECAST_MONTHS + 1]
        lengths = np.array([(b - a).days for a, b in pairwise(starts)])
        per_day = np.repeat(self.units[version] / lengths, lengths, axis=1)[:, :horizon]
        return np.concatenate([np.zeros((len(per_day), 1)), np.cumsum(per_day, axis=1)], axis=1)


def forecasts(config: Config, world: World, expected: Floats, effects: Effects) -> Forecasts:
    """What planners expected each month: the truth with a little noise, and injected bias.

    A version is made on the first of each month for that month and the five after it.
    """
    first = config.start.replace(day=1)
    starts = [first]
    while starts[-1] <= config.as_of:
        starts.append((starts[-1] + timedelta(days=32)).replace(day=1))
    versions = len(starts) - 1
    while len(starts) < versions + FORECAST_MONTHS + 1:
        starts.append((starts[-1] + timedelta(days=32)).replace(day=1))
    edges = np.clip([config.day_of(s) for s in starts], 0, expected.shape[1])
    totals = np.concatenate([np.zeros((len(expected), 1)), np.cumsum(expected, axis=1)], axis=1)
    monthly = np.diff(totals[:, edges], axis=1)
    n_pools = len(monthly)
    pool_index = np.arange(n_pools)[:, None]
    lag = np.arange(FORECAST_MONTHS)[None, :]
    units = np.zeros((versions, n_pools, FORECAST_MONTHS))
    for v in range(versions):
        u = uniform(config.seed, "forecast noise", pool_index, v * 100 + lag)
        noise = 1 + (0.10 + 0.02 * lag) * (u - 0.5) * 1.7
        middle = np.clip((edges[v : v + 6] + edges[v + 1 : v + 7]) // 2, 0, config.days - 1)
        bias = effects.bias[:, middle]
        units[v] = np.round(monthly[:, v : v + FORECAST_MONTHS] * noise * bias)
    days = np.array([max(config.day_of(s), 0) for s in starts[:versions]])
    return Forecasts(units, starts, days)


def order_lines(config: Config, world: World, expected: Floats, effects: Effects) -> Lines:
    """Every order line customers place, injected spikes included (and thinned at the end)."""
    pool, day, qty, is_b2b = _base_lines(config, world, expected)
    order = _group_into_orders(config, world, pool, day, is_b2b)
    injection = np.full(len(pool), -1)
    if len(effects.spike_pool):
        base_orders = int(order.max()) + 1
        pool = np.concatenate([pool, effects.spike_pool])
        day = np.concatenate([day, effects.spike_day])
        qty = np.concatenate([qty, effects.spike_qty])
        is_b2b = np.concatenate([is_b2b, effects.spike_is_b2b])
        order = np.concatenate([order, base_orders + np.arange(len(effects.spike_pool))])
        injection = np.concatenate([injection, effects.spike_injection])
    n_orders = int(order.max()) + 1
    order_day = np.zeros(n_orders)
    order_day[order] = day
    rank = np.empty(n_orders, dtype=np.int64)
    moment = order_day + stream(config.seed, "order moments").random(n_orders)
    rank[np.argsort(moment, kind="stable")] = np.arange(n_orders)
    order = rank[order]
    sequence = np.argsort(order, kind="stable")
    pool, day, qty = pool[sequence], day[sequence], qty[sequence]
    is_b2b, order, injection = is_b2b[sequence], order[sequence], injection[sequence]
    is_first = np.concatenate([[True], order[1:] != order[:-1]])
    line_no = np.arange(len(order)) - np.flatnonzero(is_first)[np.cumsum(is_first) - 1] + 1
    lines = _habits(config, world, pool, day, qty, order, line_no, is_b2b, injection, effects)
    kept = ~effects.is_left_out[injection] if len(effects.is_left_out) else injection == -1
    kept |= injection == -1
    return Lines(**{name: values[kept] for name, values in vars(lines).items()})


def _base_lines(config: Config, world: World, expected: Floats) -> tuple[Ints, Ints, Ints, Flags]:
    rng = stream(config.seed, "demand")
    pools = world.pools
    rate = expected[:, : config.days] / pools.units_per_line[:, None]
    counts = rng.poisson(rate)
    cells = np.repeat(np.arange(counts.size, dtype=np.int64), counts.ravel())
    pool, day = np.divmod(cells, config.days)
    is_b2b = rng.random(len(pool)) < pools.b2b_share[pool]
    mean = np.where(is_b2b, pools.b2b_mean[pool], pools.b2c_mean[pool])
    qty = rng.geometric(1 / mean) * np.where(is_b2b, pools.b2b_pack[pool], 1)
    return pool, day, qty, is_b2b


def _group_into_orders(config: Config, world: World, pool: Ints, day: Ints, is_b2b: Flags) -> Ints:
    """Order numbers: lines of one day, location and kind of customer, shuffled and cut."""
    rng = stream(config.seed, "orders")
    group = day * 4 + world.pools.location[pool] * 2 + is_b2b
    shuffled = np.argsort(group + rng.random(len(group)))
    sorted_group, b2b = group[shuffled], is_b2b[shuffled]
    new = rng.random(len(group)) < np.where(b2b, 0.42, 0.68)
    new[0] = True
    new[1:] |= sorted_group[1:] != sorted_group[:-1]
    order = np.empty(len(group), dtype=np.int64)
    order[shuffled] = np.cumsum(new) - 1
    return order


def _draw_customers(config: Config, world: World, order: Ints, is_b2b: Flags, loc: Ints) -> Ints:
    """One customer an order: private or trade, near the order's warehouse."""
    n_orders = int(order.max()) + 1
    kind, place = np.zeros(n_orders, np.int64), np.zeros(n_orders, np.int64)
    kind[order], place[order] = is_b2b, loc
    u = stream(config.seed, "order customers").random(n_orders)
    chosen = np.zeros(n_orders, dtype=np.int64)
    customers = world.customers
    for trade in (0, 1):
        for north in (0, 1):
            fits = (customers.segment > 0) == bool(trade)
            if north:
                fits &= customers.region == 0
            candidates = np.flatnonzero(fits)
            bounds = np.cumsum(customers.weight[candidates])
            here = (kind == trade) & (place == north)
            picks = np.searchsorted(bounds, u[here] * bounds[-1], side="right")
            chosen[here] = candidates[np.minimum(picks, len(candidates) - 1)]
    return chosen[order]


def _habits(
    config: Config,
    world: World,
    pool: Ints,
    day: Ints,
    qty: Ints,
    order: Ints,
    line_no: Ints,
    is_b2b: Flags,
    injection: Ints,
    effects: Effects,
) -> Lines:
    n = len(pool)
    item = world.pools.item[pool]
    policy = world.items.policy[item]
    customer = _draw_customers(config, world, order, is_b2b, world.pools.location[pool])
    n_orders = int(order.max()) + 1
    rng = stream(config.seed, "line habits")
    of_order = rng.random((3, n_orders))[:, order]
    u, spread = rng.random(n), rng.exponential(5.0, n)
    wish = np.where(is_b2b, 3 + np.minimum(spread, 14), 2).astype(np.int64)
    ahead = is_b2b & (of_order[0] < 0.06)
    wish = np.where(ahead, 15 + (of_order[1] * 25).astype(np.int64), wish)
    wish = np.where(policy == MAKE_TO_ORDER, 4 + (u * 9).astype(np.int64), wish)
    lead = world.items.lead_days[item]
    wish = np.where(policy == DROP_SHIP, lead + 2 + (u * 8).astype(np.int64), wish)
    wish = np.where(policy == PREORDER, lead - 8 + (u * 20).astype(np.int64), wish)
    unsaid = ~is_b2b & (of_order[0] < 0.3) & (policy == 0)
    requested = np.where(unsaid, NEVER, day + wish)
    ready = np.where(unsaid, day + (u < 0.5), np.maximum(day + (u < 0.5), requested - 3))
    for_event = rng.random(n) < np.where(is_b2b, 0.02, 0.05)
    need_by = np.where(for_event, day + wish + 4 + (spread * 2).astype(np.int64), NEVER)
    is_held = of_order[2] < 0.012
    hold_days = 2 + (u * 7).astype(np.int64)
    hold_start = np.where(is_held, day, NEVER)
    hold_end = np.where(is_held, day + hold_days, -1)
    is_injected_hold = (
        (effects.hold_start[pool] <= day) & (day <= effects.hold_end[pool]) & (rng.random(n) < 0.8)
    )
    hold_start = np.where(is_injected_hold, day, hold_start)
    hold_end = np.where(is_injected_hold, effects.hold_end[pool], hold_end)
    return Lines(
        pool=pool,
        day=day,
        qty=qty,
        order=order,
        line_no=line_no,
        customer=customer,
        is_b2b=is_b2b,
        requested=requested,
        ready=ready,
        need_by=need_by,
        hold_start=hold_start,
        hold_end=hold_end,
        is_complete_only=is_b2b & (of_order[1] < 0.07) & (policy == 0),
        patience=rng.exponential(1.0, n),
        injection=injection,
    )


def is_sold_by_case(world: World, lines: Lines) -> Flags:
    """True for trade lines of items sold by the case of `CASE_PACK`."""
    is_cased: Flags = world.pools.b2b_pack == CASE_PACK
    return lines.is_b2b & is_cased[lines.pool]
