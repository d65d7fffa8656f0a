"""Which injected cause made how many units short: Shapley values from closed-loop re-simulation.

The business is lived through again for the subsets of a pool's injections (all draws stay as they
are), and each date's short units are shared among them by their Shapley values. What is not about
the pool stays on. Far apart injections need no subsets of their own: they are coloured so that
those which can touch one pool at one time differ, and whole colours are switched on and off. Pools
of bought items do not feel each other, so they share their runs; pools of made items compete for
components, so each has its own.

What is short without any of the pool's injections is `residual`: ordinary variability and lateness,
and what other pools took. What a colour does before its injections begin is `elsewhere`.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
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
MOST_COLOURS = 7
WRITERS = ("exports.py", "layouts.py")  # sample files only: no run depends on them
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

    def within(self, pools: frozenset[int]) -> "Reach":
        """The part of it in these pools."""
        return replace(self, pools=self.pools & pools)

    def meets(self, other: "Reach") -> bool:
        """Both can touch one pool at one time."""
        return not self.pools.isdisjoint(other.pools) and any(
            a <= d and c <= b for a, b in self.spans for c, d in other.spans
        )


@cache
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


def conflicts(found: Sequence[Reach], alike: Collection[int] = ()) -> list[set[int]]:
    """Of each injection those that may not share its colour; those `alike` may."""
    graph: list[set[int]] = [set() for _ in found]
    for a, one in enumerate(found):
        for b in range(a):
            if one.meets(found[b]) and not (a in alike and b in alike):
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


@dataclass(frozen=True)
class Game:
    """Pools judged from the same runs, and the colour of each injection in them; -1 for none."""

    pools: frozenset[int]
    colour: tuple[int, ...]

    @property
    def players(self) -> int:
        return max(self.colour) + 1

    def left_out(self, mask: int) -> frozenset[int]:
        """Injections switched off where only the colours in the bits of `mask` are on."""
        return frozenset(i for i, c in enumerate(self.colour) if c >= 0 and not mask >> c & 1)


def games(on: Stage, found: Sequence[Reach], pools: Iterable[int], most: int) -> list[Game]:
    """One game of all pools whose items need no components, and one of each other pool."""
    made = set(on.world.recipes.parent.tolist())
    alone = [pool for pool in pools if int(on.world.pools.item[pool]) in made]
    together = frozenset(pools) - set(alone)
    # what a hold keeps from one customer changes nothing for the others
    alike = [i for i, one in enumerate(on.injections) if one.kind.target == "customer"]
    result = []
    for group in (together, *(frozenset({pool}) for pool in alone)):
        reach = [one.within(group) for one in found]
        colour = colours(conflicts(reach, alike), most)
        result.append(
            Game(group, tuple(c if r.pools else -1 for c, r in zip(colour, reach, strict=True)))
        )
    return result


def _values_of(seed: int, lines: int, left_out: Collection[int], cells: Ints) -> Ints:
    on = stage(seed, lines)
    names = [on.injections[i].id for i in left_out]
    return short_units(on, *live(on, names)).ravel()[cells]


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
    cells = np.flatnonzero(short_units(on, everyone, outcome))
    pool_of = cells // (on.config.days + 1)
    played = games(on, found, np.unique(pool_of).tolist(), most)
    needed = {game.left_out(mask) for game in played for mask in range(2**game.players)}
    runs = {left_out: n for n, left_out in enumerate(sorted(needed, key=sorted))}
    tell(
        f"seed {seed}: {len(on.injections)} injections, {len(cells)} pool-dates in {len(played)}"
        f" games of up to {max(game.players for game in played)} colours, {len(runs)} runs"
    )
    run = partial(_values_of, seed, lines, cells=cells)
    if workers > 1 and len(runs) > 16:
        with ProcessPoolExecutor(workers, initializer=os.nice, initargs=(5,)) as pool:
            values = np.stack(list(pool.map(run, runs, chunksize=8)))
    else:
        values = np.stack([run(left_out) for left_out in runs])
    tables = []
    for game in played:
        here = np.flatnonzero(np.isin(pool_of, list(game.pools)))
        order = [runs[game.left_out(mask)] for mask in range(2**game.players)]
        part = values[order][:, here].astype(float)
        tables.append(_as_table(on, found, game, cells[here], part))
    return pl.concat(tables)


def _as_table(
    on: Stage, found: Sequence[Reach], game: Game, cells: Ints, values: Floats
) -> pl.DataFrame:
    short, colour = values[-1], game.colour
    units, residual = shares(values)
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
    """A short hash of the generator's code, but for how it writes files, and of files beside."""
    here = Path(__file__).parent
    generator = here.parents[2] / "etl" / "simulate"
    code = hashlib.sha256()
    lived = [file for file in sorted(generator.glob("*.py")) if file.name not in WRITERS]
    for file in (*lived, *(here / name for name in beside)):
        code.update(file.read_bytes())
    return code.hexdigest()[:8]
