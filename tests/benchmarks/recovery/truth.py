"""Which injected cause made how many units short: Shapley values from closed-loop re-simulation.

The business is lived through once for every subset of the injections (its draws stay as they are),
and each pool and date shares its short units among the injections by their Shapley values. Far
apart injections need no subset of their own: they are coloured so that those which can touch the
same pool at the same time differ, and whole colours are switched on and off.

What is short without any injection is `residual`: ordinary variability and lateness. What a colour
does to a pool none of its injections is about (a component another item used up) is `elsewhere`.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from math import factorial
from pathlib import Path

import numpy as np
import polars as pl

from etl.simulate import demand
from etl.simulate.config import Config
from etl.simulate.demand import NEVER, Lines
from etl.simulate.injections import AHEAD_DAYS, Injection, combine, plan_injections
from etl.simulate.loop import run_days
from etl.simulate.outcome import Outcome
from etl.simulate.streams import Floats, Ints
from etl.simulate.world import LOCATIONS, World, build_world

RESIDUAL, ELSEWHERE = "residual", "elsewhere"
FIRST_YEAR = "event_first_year"
AFTERMATH_DAYS = 45  # queues and reorder points are back to usual so long after the next delivery
MOST_COLOURS = 9
SCHEMA = {
    "basis": pl.String,
    "item_id": pl.String,
    "location_id": pl.String,
    "on_date": pl.Date,
    "short_qty": pl.Float64,
    "is_judged": pl.Boolean,
    "injection_id": pl.String,
    "kind": pl.String,
    "cause": pl.String,
    "units": pl.Float64,
}


@dataclass(frozen=True)
class Stage:
    """A business before its first day: what every run of it shares."""

    config: Config
    world: World
    expected: Floats
    injections: list[Injection]


@dataclass(frozen=True)
class Reach:
    """The pools an injection can touch, and when: spans of days, first and last."""

    pools: frozenset[int]
    spans: tuple[tuple[int, int], ...]

    def meets(self, other: "Reach") -> bool:
        """Both can touch one pool at one time."""
        return not self.pools.isdisjoint(other.pools) and any(
            a <= d and c <= b for a, b in self.spans for c, d in other.spans
        )


def stage(seed: int, lines: int) -> Stage:
    """The business of a seed and a number of order lines."""
    config = Config(seed=seed, lines=lines)
    world = build_world(config)
    expected = demand.expected_units(config, world, config.days + AHEAD_DAYS)
    return Stage(config, world, expected, plan_injections(config, world, expected))


def live(on: Stage, leave_out: Iterable[str] = ()) -> tuple[Lines, Outcome]:
    """One run without the injections named: as `etl.simulate.run`, from what is already made."""
    config = replace(on.config, leave_out=frozenset(leave_out))
    effects = combine(config, on.world, on.injections)
    plan = demand.forecasts(config, on.world, on.expected, effects)
    lines = demand.order_lines(config, on.world, on.expected, effects)
    return lines, run_days(config, on.world, effects, plan, lines)


def short_units(on: Stage, lines: Lines, outcome: Outcome) -> Ints:
    """Units short: pools x (days + 1). Of the lines due on a day, what had not shipped by then;
    in the last column what is backordered on the as-of date.

    Due is the day requested, else promised, as the product has it; what was cancelled, whenever
    that was, is no shortage.
    """
    days = on.config.days
    due = np.where(lines.requested == NEVER, outcome.promise, lines.requested)
    sent = outcome.shipments
    in_time = sent["day"] <= due[sent["line"]]
    by_due = np.bincount(sent["line"][in_time], sent["qty"][in_time], minlength=len(lines))
    wanted = lines.qty - outcome.cancelled
    short = np.maximum(wanted - by_due.astype(np.int64), 0)
    backordered = np.maximum(wanted - outcome.shipped - outcome.reserved, 0)
    is_due = due < days
    found = np.zeros((len(on.world.pools.item), days + 1), dtype=np.int64)
    np.add.at(found, (lines.pool[is_due], due[is_due]), short[is_due])
    np.add.at(found[:, days], lines.pool[is_due], backordered[is_due])
    return found


# What an injection can touch --------------------------------------------------------------------


def reaches(on: Stage, lines: Lines) -> list[Reach]:
    """Of each injection the pools: its own, those of items made of its items through both levels
    of the recipes, and of a customer's those where the customer orders meanwhile."""
    items, pools, recipes = on.world.items, on.world.pools, on.world.recipes
    parents: dict[int, set[int]] = {}
    for parent, component in zip(recipes.parent.tolist(), recipes.component.tolist(), strict=True):
        parents.setdefault(component, set()).add(parent)
    last = on.config.days - 1
    made_days = int(items.lead_days[items.is_made].max(initial=0))
    found = []
    for one in on.injections:
        if one.kind.target == "policy":
            found.append(Reach(frozenset(one.pools.tolist()), ((0, last),)))
            continue
        if one.kind.target == "customer":
            asked = (lines.customer == one.customer) & (lines.day <= one.end)
            asked &= np.minimum(lines.requested, lines.day + 2) >= one.start - 30
            touched = frozenset(lines.pool[asked].tolist())
            found.append(Reach(touched, ((one.start, min(one.end + 7, last)),)))
            continue
        own = set(pools.item[one.pools].tolist())
        above = set[int]()
        below = own
        for _ in range(2):
            below = {parent for item in below for parent in parents.get(item, ())}
            above |= below
        touched = frozenset(one.pools.tolist()) | frozenset(
            np.flatnonzero(np.isin(pools.item, list(above))).tolist()
        )
        wait = int(items.lead_days[list(own)].max()) + (made_days if above else 0)
        end = min(one.end, last) + wait + AFTERMATH_DAYS
        # months forecast too low begin up to half a month before their middle
        start = one.start - (20 if one.kind.name == "forecast_bias" else 0)
        spans = [(start, end)]
        if one.kind.name == "event_missed" and one.start >= 365:
            spans.insert(0, (start - 365, end - 365))
        found.append(Reach(touched, tuple(spans)))
    return found


def conflicts(found: Sequence[Reach]) -> list[set[int]]:
    """Of each injection those that may not share its colour."""
    graph: list[set[int]] = [set() for _ in found]
    for a, one in enumerate(found):
        for b in range(a):
            if one.meets(found[b]):
                graph[a].add(b)
                graph[b].add(a)
    return graph


def colours(graph: Sequence[set[int]], most: int = MOST_COLOURS) -> list[int]:
    """A colour for each injection, none like a neighbour's; -1 for those that `most` do not do.

    The next one coloured is the one whose neighbours have most colours already (DSATUR).
    """
    colour = [-1] * len(graph)
    left = set(range(len(graph)))
    while left:
        taken = {one: {colour[n] for n in graph[one]} - {-1} for one in left}
        one = max(left, key=lambda n: (len(taken[n]), len(graph[n]), -n))
        left.remove(one)
        free = [c for c in range(most) if c not in taken[one]]
        colour[one] = free[0] if free else -1
    return colour


# Shares ------------------------------------------------------------------------------------------


def shapley(values: Floats) -> Floats:
    """Shapley values, players x cells, of a game: `values[mask]` is what the players in the bits of
    `mask` bring about. They add up to the value of all less that of none."""
    players = values.shape[0].bit_length() - 1
    masks = np.arange(values.shape[0])
    sizes = np.array([int(mask).bit_count() for mask in masks])
    weight = np.array(
        [
            factorial(size) * factorial(max(players - size - 1, 0)) / factorial(players)
            for size in range(players + 1)
        ]
    )
    result = np.zeros((players, *values.shape[1:]))
    for player in range(players):
        without = masks[masks & (1 << player) == 0]
        gain = values[without | (1 << player)] - values[without]
        result[player] = np.tensordot(weight[sizes[without]], gain, axes=1)
    return result


def shares(values: Floats) -> tuple[Floats, Floats]:
    """Units of each player (players x cells) and the residual: none negative, they add up to the
    value of all. What helps counts nothing; the others share what injections made short."""
    everything = values[-1]
    residual = np.minimum(values[0], everything)
    positive = np.maximum(shapley(values), 0)
    total = positive.sum(axis=0)
    scale = np.divide(everything - residual, total, out=np.zeros_like(total), where=total > 0)
    return positive * scale, residual


def _values_of(seed: int, lines: int, left_out: Sequence[str], cells: Ints) -> Ints:
    on = stage(seed, lines)
    return short_units(on, *live(on, left_out)).ravel()[cells]


def truth(
    seed: int,
    lines: int,
    most: int = MOST_COLOURS,
    workers: int = 2,
    tell: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Units by pool, date and injection, residual and elsewhere included: see SCHEMA."""
    on = stage(seed, lines)
    everyone, outcome = live(on)
    found = reaches(on, everyone)
    colour = colours(conflicts(found), most)
    players = max(colour) + 1
    everything = short_units(on, everyone, outcome).ravel()
    cells = np.flatnonzero(everything)
    left_out = [
        [
            one.id
            for one, c in zip(on.injections, colour, strict=True)
            if c >= 0 and not mask >> c & 1
        ]
        for mask in range(2**players)
    ]
    tell(
        f"seed {seed}: {len(on.injections)} injections in {players} colours"
        f" ({colour.count(-1)} uncoloured), {2**players} runs, {len(cells)} pool-dates"
    )
    run = partial(_values_of, seed, lines, cells=cells)
    if workers > 1 and len(left_out) > 16:
        with ProcessPoolExecutor(workers, initializer=os.nice, initargs=(10,)) as pool:
            rows = list(pool.map(run, left_out, chunksize=8))
    else:
        rows = [run(names) for names in left_out]
    values = np.stack(rows).astype(float)
    units, residual = shares(values)
    return _as_table(on, found, colour, cells, everything[cells], units, residual)


def _as_table(
    on: Stage,
    found: Sequence[Reach],
    colour: Sequence[int],
    cells: Ints,
    short: Ints,
    units: Floats,
    residual: Floats,
) -> pl.DataFrame:
    days = on.config.days
    pools, items = on.world.pools, on.world.items
    rows: list[tuple[object, ...]] = []
    for n, (pool, column) in enumerate(zip(*np.divmod(cells, days + 1), strict=True)):
        day = min(int(column), days - 1)
        # of each colour the injection that began last; those without a colour spoil the cell
        culprits: dict[int, tuple[int, int]] = {}
        is_judged = True
        for i, reach in enumerate(found):
            if int(pool) not in reach.pools:
                continue
            for first, last in reach.spans:
                if colour[i] < 0:
                    is_judged &= not first <= day <= last
                elif first <= day:
                    culprits[colour[i]] = max(culprits.get(colour[i], (-1_000, 0)), (first, i))
        key = (
            "as_of" if column == days else "fell_due",
            items.ids[int(pools.item[pool])],
            LOCATIONS[int(pools.location[pool])][0],
            on.config.start + timedelta(days=day),
            float(short[n]),
            is_judged,
        )
        elsewhere = 0.0
        for c in np.flatnonzero(units[:, n]).tolist():
            if c not in culprits:
                elsewhere += units[c, n]
                continue
            first, i = culprits[c]
            one = on.injections[i]
            kind, cause = one.kind.name, one.kind.cause
            # the year before, nobody could have known the event
            if kind == "event_missed" and first < one.start:
                kind, cause = FIRST_YEAR, "demand_spike"
            rows.append((*key, one.id, kind, cause, units[c, n]))
        rows += [
            (*key, None, name, name, left)
            for name, left in ((RESIDUAL, residual[n]), (ELSEWHERE, elsewhere))
            if left
        ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def cached(
    folder: Path,
    seed: int,
    lines: int,
    most: int = MOST_COLOURS,
    tell: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """The truth of a seed, from its file when generator and judge are those that made it."""
    file = folder / f"truth-{lines}-{seed}-{most}-{code_of('truth.py')}.parquet"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        truth(seed, lines, most, tell=tell).write_parquet(unfinished)
        unfinished.rename(file)
    return pl.read_parquet(file)


def code_of(*beside: str) -> str:
    """A short hash of the generator's code, and of files beside this one."""
    here = Path(__file__).parent
    generator = here.parents[2] / "etl" / "simulate"
    code = hashlib.sha256()
    for file in (*sorted(generator.glob("*.py")), *(here / name for name in beside)):
        code.update(file.read_bytes())
    return code.hexdigest()[:8]
