"""The day loop: receive, count, promise, ship, cancel, make, order. Vectorised over a day.

Closed loop: a shortage is never sprinkled in, it follows from stock, which follows from what
planners ordered, suppliers delivered, production made and customers took. Allocation is first
come first served per pool by order number, so what is reserved at the end of the last day is
what the rule `order_date` gives.
"""

from dataclasses import dataclass

import numpy as np

from etl.simulate.config import Config
from etl.simulate.demand import NEVER, Forecasts, Lines
from etl.simulate.injections import Effects
from etl.simulate.outcome import Outcome, Table
from etl.simulate.streams import Floats, Ints, uniform
from etl.simulate.world import (
    COVER_DAYS,
    DROP_SHIP,
    REVIEW_DAYS,
    SAFETY_FACTOR,
    World,
    demand_spread,
    late_days,
)

PROMISE_DAYS = 150
SHORT_REST_DAYS = 28


@dataclass(frozen=True)
class Planning:
    """Constants of the reorder rule, one entry a pool."""

    lead: Ints
    offset: Ints
    late_days: Floats
    spread: Floats
    cover: Ints
    day_rate: Ints


def _planning(config: Config, world: World) -> Planning:
    items, pools = world.items, world.pools
    item = pools.item
    product = items.is_product[item]
    offset = np.where(items.supplier[item] >= 0, items.supplier[item] % 5, item % 5)
    # own capacity: what the pool sells in a day, twice over
    mean_rate = _dependent(world, pools.units_per_day)
    pack = items.pack[item]
    day_rate = np.maximum(np.ceil(mean_rate * 2.2), np.ceil(pack / 3)).astype(np.int64)
    return Planning(
        lead=items.lead_days[item],
        offset=offset,
        late_days=late_days(world),
        spread=demand_spread(world),
        cover=np.where(product, COVER_DAYS, 21),
        day_rate=day_rate,
    )


def _dependent(world: World, units: Floats) -> Floats:
    """Customers' units plus what they take of components, through both levels (pools first)."""
    recipes, pools = world.recipes, world.pools
    by_item = np.zeros((len(world.items.ids), *units.shape[1:]))
    np.add.at(by_item, pools.item, units)
    total = by_item.copy()
    for _ in range(2):  # products to made components, made components to bought ones
        need = np.zeros_like(by_item)
        factor = (recipes.units / recipes.per).reshape(-1, *([1] * (units.ndim - 1)))
        np.add.at(need, recipes.component, total[recipes.parent] * factor)
        total = by_item + need
    is_product = world.items.is_product[pools.item].reshape(-1, *([1] * (units.ndim - 1)))
    return np.where(is_product, units, total[pools.item])


def run_days(
    config: Config, world: World, effects: Effects, forecasts: Forecasts, lines: Lines
) -> Outcome:
    """Live through every day and return what happened."""
    return _Days(config, world, effects, forecasts, lines).run()


class _Days:
    """The state of the business as days go by."""

    def __init__(
        self, config: Config, world: World, effects: Effects, forecasts: Forecasts, lines: Lines
    ) -> None:
        self.config, self.world, self.effects = config, world, effects
        self.forecasts, self.lines = forecasts, lines
        self.rule = _planning(config, world)
        n, n_pools = len(lines), len(world.pools.item)
        self.n_pools = n_pools
        self.item = world.pools.item
        self.open = lines.qty.copy()
        self.due = np.where(lines.requested == NEVER, lines.day + 2, lines.requested)
        self.hazard = np.zeros(n)
        self.order_is_split = np.zeros(int(lines.order.max()) + 1, dtype=bool)
        self.is_waiting_policy = ~effects.is_stocked[lines.pool]
        self.last_day_line = np.searchsorted(lines.day, np.arange(config.days + 1))
        # drop-shipped lines never touch stock
        self.in_stock_line = world.items.policy[self.item[lines.pool]] != DROP_SHIP
        self.active: Ints = np.zeros(0, dtype=np.int64)
        self.on_order = np.zeros(n_pools, dtype=np.int64)
        self.free_from = np.zeros(n_pools, dtype=np.int64)
        self.waiting_need = np.zeros(n_pools, dtype=np.int64)
        self.open_po: Ints = np.zeros(0, dtype=np.int64)
        self.open_mo: Ints = np.zeros(0, dtype=np.int64)
        starts = np.searchsorted(world.recipes.parent, np.arange(len(world.items.ids) + 1))
        self.recipe_start, self.recipe_count = starts[:-1], np.diff(starts)
        self.version = -1
        self.cumulative: Floats = np.zeros((n_pools, 1))
        self._enter_month(0)
        target = self._safety(0) + self._expected(0, self.rule.lead + REVIEW_DAYS + self.rule.cover)
        self.on_hand = np.ceil(np.where(effects.is_stocked, target, 0)).astype(np.int64)
        pack = world.items.pack[self.item]
        is_component = ~world.items.is_product[self.item]
        self.on_hand[is_component] += 2 * pack[is_component]
        is_dropped = world.items.policy[self.item] == DROP_SHIP
        self.on_hand[is_dropped] = 0
        safety, need = self._safety(0), self._expected(0, self.rule.lead + REVIEW_DAYS)
        self.out = Outcome(
            shipped=np.zeros(n, dtype=np.int64),
            cancelled=np.zeros(n, dtype=np.int64),
            cancel_day=np.full(n, NEVER),
            ship_day=np.full(n, NEVER),
            first_promise=np.full(n, NEVER),
            promise=np.full(n, NEVER),
            reserved=np.zeros(n, dtype=np.int64),
            is_held=np.zeros(n, dtype=bool),
            shipments=Table("line", "day", "qty"),
            purchases=Table(
                "pool", "day", "qty", "promise", "planned_ship", "shipped", "arrives",
                "first_qty", "rejected", "rest_qty", "rest_arrives", "planned", "left", "line",
            ),
            productions=Table(
                "pool", "day", "qty", "planned_start", "due", "start", "finish", "good", "left",
                "planned",
            ),
            receipts=Table("source", "document", "day", "qty", "rejected"),
            consumption=Table("pool", "day", "qty", "production"),
            losses=Table("pool", "day", "qty", "kind"),
            opening=self.on_hand.copy(),
            snapshots={},
            safety_stock=np.ceil(safety).astype(np.int64),
            reorder_point=np.ceil(safety + need).astype(np.int64),
        )  # fmt: skip

    def run(self) -> Outcome:
        config = self.config
        month_ends = {config.day_of(s) - 1 for s in self.forecasts.month_starts}
        self._drop_ship()
        for day in range(config.days):
            version = int(np.searchsorted(self.forecasts.version_days, day, side="right")) - 1
            if version != self.version:
                self._enter_month(version)
            self._receive(day)
            self._lose(day)
            self._serve(day)
            self._start_production(day)
            self._plan(day)
            if day in month_ends or day == config.days - 1:
                self.out.snapshots[day] = self.on_hand.copy()
        return self.out

    # Planning ----------------------------------------------------------------------------

    def _enter_month(self, version: int) -> None:
        self.version = version
        daily = self.forecasts.daily(version, 180)
        self.cumulative = _dependent(self.world, daily)

    def _expected(self, day: int, ahead: Ints) -> Floats:
        """Forecast units from tomorrow over `ahead` days, in the version now in force."""
        since = day - int(self.forecasts.version_days[max(self.version, 0)])
        rows = np.arange(self.n_pools)
        last = self.cumulative.shape[1] - 1
        until = np.minimum(since + 1 + ahead, last)
        result = self.cumulative[rows, until] - self.cumulative[rows, since + 1]
        return np.asarray(result, dtype=np.float64)

    def _safety(self, day: int) -> Floats:
        window = self.rule.lead + REVIEW_DAYS
        expected = self._expected(day, window)
        noise = SAFETY_FACTOR * np.sqrt(expected * self.rule.spread)
        late = expected / window * self.rule.late_days
        is_component = ~self.world.items.is_product[self.item]
        return noise + late + np.where(is_component, self.world.items.pack[self.item], 0)

    def _plan(self, day: int) -> None:
        items, effects, rule = self.world.items, self.effects, self.rule
        factor = effects.order_factor[:, day]
        due = (day % REVIEW_DAYS == rule.offset) & (factor > 0)
        due &= items.policy[self.item] != DROP_SHIP
        backlog = np.bincount(
            self.lines.pool[self.active], self.open[self.active], minlength=self.n_pools
        ).astype(np.int64)
        position = self.on_hand + self.on_order - backlog - self.waiting_need
        stocked = effects.is_stocked
        expected = self._expected(day, rule.lead + REVIEW_DAYS)
        planned = effects.planned_backorder
        safety = np.where(planned > 0, 0.0, self._safety(day))
        point = np.where(stocked, expected + safety - planned, 0.0)
        cover = self._expected(day, rule.lead + REVIEW_DAYS + rule.cover) - expected
        target = np.where(stocked, point + cover, 0.0)
        due &= position < point
        pools = np.flatnonzero(due)
        if not len(pools):
            return
        item = self.item[pools]
        pack = np.where(stocked[pools], items.pack[item], 1)
        least = np.where(stocked[pools], items.min_order[item], 1)
        wanted = np.maximum(target[pools] - position[pools], 0) * factor[pools]
        qty = (np.ceil(np.maximum(wanted, least) / pack) * pack).astype(np.int64)
        is_made = items.is_made[item]
        self._buy(day, pools[~is_made], qty[~is_made])
        self._order_production(day, pools[is_made], qty[is_made])

    def _buy(self, day: int, pools: Ints, qty: Ints) -> None:
        if not len(pools):
            return
        rows = self._purchase(day, pools, qty, np.full(len(pools), -1))
        self.on_order += np.bincount(pools, qty, minlength=self.n_pools).astype(np.int64)
        self.open_po = np.concatenate([self.open_po, rows])

    def _purchase(self, day: Ints | int, pools: Ints, qty: Ints, line: Ints) -> Ints:
        """Place purchase lines; supplier's habits and injections decide what becomes of them."""
        world, effects, seed = self.world, self.effects, self.config.seed
        item = self.item[pools]
        supplier, suppliers = world.items.supplier[item], world.suppliers
        lead, transit = world.items.lead_days[item], world.items.transit_days[item]
        # a supplier's slip belongs to the item and the week of the order (or to the order line)
        key = np.where(line >= 0, 1_000_000 + line, day)
        u = [uniform(seed, f"purchase {k}", pools, key) for k in range(4)]
        is_late = u[0] < suppliers.late_share[supplier]
        slip = np.where(is_late, -np.log(u[1]) * suppliers.late_mean[supplier], 0)
        slip = np.floor(slip + 0.5) - (u[0] > 0.85)
        under_way = np.sqrt(-2 * np.log(u[2])) * np.cos(2 * np.pi * u[3])
        delay = np.round(np.maximum(under_way, -1) * suppliers.transit_sd[supplier])
        promise = day + lead
        planned_ship = promise - transit
        last = effects.ship_slip.shape[1] - 1
        slip += effects.ship_slip[pools, np.minimum(planned_ship, last)]
        shipped = np.maximum(planned_ship + slip.astype(np.int64), day + 1)
        delay += effects.transit_slip[pools, np.minimum(shipped, last)]
        arrives = shipped + np.maximum(transit + delay.astype(np.int64), 1)
        when = np.minimum(arrives, last)
        pack = np.maximum(np.where(line >= 0, 1, world.items.pack[item]), 1)
        pack = np.where(effects.is_stocked[pools], pack, 1)
        packs = qty // pack
        rest = np.round(packs * effects.short_share[pools, when]).astype(np.int64) * pack
        first = qty - rest
        refused = np.round(first // pack * effects.reject_share[pools, when]).astype(np.int64)
        return self.out.purchases.add(
            pool=pools,
            day=day,
            qty=qty,
            promise=promise,
            planned_ship=planned_ship,
            shipped=shipped,
            arrives=arrives,
            first_qty=first,
            rejected=refused * pack,
            rest_qty=rest,
            rest_arrives=np.where(rest > 0, arrives + SHORT_REST_DAYS, NEVER),
            planned=promise,
            left=qty,
            line=line,
        )

    def _order_production(self, day: int, pools: Ints, qty: Ints) -> None:
        if not len(pools):
            return
        start = np.maximum(day + 2, self.free_from[pools])
        duration = 1 + -(-qty // self.rule.day_rate[pools])
        due = start + duration
        self.free_from[pools] = due
        rows = self.out.productions.add(
            pool=pools,
            day=day,
            qty=qty,
            planned_start=start,
            due=due,
            start=NEVER,
            finish=NEVER,
            left=qty,
            planned=due,
        )
        self.on_order += np.bincount(pools, qty, minlength=self.n_pools).astype(np.int64)
        item = self.item[pools]
        component, need, _ = self._needs(item, qty)
        self.waiting_need += np.bincount(component, need, minlength=self.n_pools).astype(np.int64)
        self.open_mo = np.concatenate([self.open_mo, rows])

    def _needs(self, item: Ints, qty: Ints) -> tuple[Ints, Ints, Ints]:
        """Component pools and units for orders of `item`: rows (pool, units, order position)."""
        count = self.recipe_count[item]
        order = np.repeat(np.arange(len(item)), count)
        within = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        row = self.recipe_start[item][order] + within
        recipes = self.world.recipes
        units = -(-qty[order] * recipes.units[row] // recipes.per[row])
        return self.world.main_pool[recipes.component[row]], units, order

    # What comes in ------------------------------------------------------------------------

    def _receive(self, day: int) -> None:
        po, out = self.out.purchases, self.out
        if len(self.open_po):
            rows = self.open_po
            first = rows[po["arrives"][rows] == day]
            rest = rows[po["rest_arrives"][rows] == day]
            for these, qty, rejected in (
                (first, po["first_qty"][first], po["rejected"][first]),
                (rest, po["rest_qty"][rest], np.zeros(len(rest), dtype=np.int64)),
            ):
                if not len(these):
                    continue
                pools = po["pool"][these]
                self._book(pools, qty, rejected)
                po["left"][these] -= qty
                out.receipts.add(source=0, document=these, day=day, qty=qty, rejected=rejected)
            self.open_po = rows[po["left"][rows] > 0]
        mo = self.out.productions
        if len(self.open_mo):
            done = self.open_mo[mo["finish"][self.open_mo] == day]
            if len(done):
                pools, qty, good = mo["pool"][done], mo["qty"][done], mo["good"][done]
                self.on_hand += np.bincount(pools, good, minlength=self.n_pools).astype(np.int64)
                self.on_order -= np.bincount(pools, qty, minlength=self.n_pools).astype(np.int64)
                mo["left"][done] = 0
                out.receipts.add(source=1, document=done, day=day, qty=good, rejected=0)
                self.open_mo = self.open_mo[mo["left"][self.open_mo] > 0]

    def _book(self, pools: Ints, qty: Ints, rejected: Ints) -> None:
        self.on_hand += np.bincount(pools, qty - rejected, minlength=self.n_pools).astype(np.int64)
        self.on_order -= np.bincount(pools, qty, minlength=self.n_pools).astype(np.int64)

    def _lose(self, day: int) -> None:
        """Stock that turns out not to be there: injected losses, and a little every day."""
        injected = np.minimum(self.effects.loss[:, day], self.on_hand)
        pools = np.flatnonzero(injected)
        if len(pools):
            self.on_hand[pools] -= injected[pools]
            self.out.losses.add(pool=pools, day=day, qty=injected[pools], kind=0)
        everyday = np.arange(self.n_pools)
        u = uniform(self.config.seed, "breakage", everyday, day)
        broken = np.minimum((u < 0.004) * (1 + (u * 1000).astype(np.int64)), self.on_hand // 20)
        pools = np.flatnonzero(broken)
        if len(pools):
            self.on_hand[pools] -= broken[pools]
            self.out.losses.add(pool=pools, day=day, qty=broken[pools], kind=1)

    # What goes out ------------------------------------------------------------------------

    def _serve(self, day: int) -> None:
        lines, out = self.lines, self.out
        new = np.arange(self.last_day_line[day], self.last_day_line[day + 1])
        new = new[self.in_stock_line[new]]
        queue = np.concatenate([self.active, new])
        if not len(queue):
            return
        queue = queue[np.argsort(lines.pool[queue], kind="stable")]
        pool, left = lines.pool[queue], self.open[queue]
        through = np.cumsum(left)
        is_first = np.concatenate([[True], pool[1:] != pool[:-1]])
        before_pool = (through - left)[is_first][np.cumsum(is_first) - 1]
        until = through - before_pool
        usable = np.maximum(self.on_hand - self.effects.blocked[:, day], 0)
        given = np.clip(usable[pool] - (until - left), 0, left)
        self._promise(day, queue, pool, until, usable)

        customer = lines.customer[queue]
        held = (lines.hold_start[queue] <= day) & (day <= lines.hold_end[queue])
        held |= (self.effects.credit_start[customer] <= day) & (
            day <= self.effects.credit_end[customer]
        )
        goes = (lines.ready[queue] <= day) & ~held & (given > 0)
        complete = lines.is_complete_only[queue]
        if complete.any():
            order = lines.order[queue]
            split = order[complete & ((given < left) | (lines.ready[queue] > day) | held)]
            self.order_is_split[split] = True
            goes &= ~(complete & self.order_is_split[order])
            self.order_is_split[split] = False
        sent = np.where(goes, given, 0)
        gone = np.flatnonzero(sent)
        if len(gone):
            rows, qty = queue[gone], sent[gone]
            self.open[rows] -= qty
            out.shipped[rows] += qty
            out.ship_day[rows] = day
            self.on_hand -= np.bincount(pool[gone], qty, minlength=self.n_pools).astype(np.int64)
            out.shipments.add(line=rows, day=day, qty=qty)
        self._cancel(day, queue)
        self.active = queue[self.open[queue] > 0]
        if day == self.config.days - 1:
            still = self.open[queue] > 0
            out.reserved[queue] = np.where(still, given - sent, 0)
            out.is_held[queue] = held & still

    def _cancel(self, day: int, queue: Ints) -> None:
        """Patience runs out with every day past due, and at once when the event is over."""
        lines = self.lines
        past = np.maximum(day - self.due[queue], 0)
        hazard = np.where(past > 0, 0.003 + 0.0010 * np.minimum(past, 45), 0.0004)
        hazard *= np.where(lines.is_b2b[queue], 0.5, 1.0)
        hazard *= np.where(self.is_waiting_policy[queue], 0.3, 1.0)
        hazard += np.where(lines.need_by[queue] < day, 2.5, 0.0)
        self.hazard[queue] += hazard
        gives_up = (self.hazard[queue] > lines.patience[queue]) & (self.open[queue] > 0)
        rows = queue[gives_up]
        self.out.cancelled[rows] = self.open[rows]
        self.out.cancel_day[rows] = day
        self.open[rows] = 0

    def _promise(self, day: int, queue: Ints, pool: Ints, until: Ints, usable: Ints) -> None:
        """Promise new lines, and again those whose promise has passed, from planned supply."""
        lines, out = self.lines, self.out
        asked = (lines.day[queue] == day) | (out.promise[queue] == day - 3)
        position = np.flatnonzero(asked)
        if not len(position):
            return
        rows, pools = queue[position], pool[position]
        need = until[position] - usable[pools]
        wish = np.where(lines.requested[rows] == NEVER, day + 2, lines.requested[rows])
        wish = np.maximum(wish, np.maximum(lines.ready[rows], day + 1))
        short = np.flatnonzero(need > 0)
        if len(short):
            covered = self._covered_in(day, pools[short], need[short])
            wish[short] = np.maximum(wish[short], day + covered + 1)
        is_new = lines.day[rows] == day
        out.first_promise[rows[is_new]] = wish[is_new]
        out.promise[rows] = wish
        unsaid = is_new & (lines.requested[rows] == NEVER)
        self.due[rows[unsaid]] = wish[unsaid]

    def _covered_in(self, day: int, pools: Ints, need: Ints) -> Ints:
        """Days until planned supply covers `need`; overdue supply is expected in five days."""
        planned = np.zeros(self.n_pools * PROMISE_DAYS)
        for table, rows in (
            (self.out.purchases, self.open_po),
            (self.out.productions, self.open_mo),
        ):
            if not len(rows):
                continue
            when = table["planned"][rows] - day
            when = np.where(when < 0, 5, np.minimum(when, PROMISE_DAYS - 1))
            planned += np.bincount(
                table["pool"][rows] * PROMISE_DAYS + when,
                table["left"][rows],
                minlength=len(planned),
            )
        asked, where = np.unique(pools, return_inverse=True)
        supply = np.cumsum(planned.reshape(self.n_pools, PROMISE_DAYS)[asked], axis=1)
        days = (supply[where] < need[:, None]).sum(axis=1)
        beyond = self.rule.lead[pools] + REVIEW_DAYS + 2
        return np.where(days < PROMISE_DAYS, days, beyond)

    # Production ---------------------------------------------------------------------------

    def _start_production(self, day: int) -> None:
        mo = self.out.productions
        rows = self.open_mo
        rows = rows[(mo["start"][rows] == NEVER) & (mo["planned_start"][rows] <= day)]
        if not len(rows):
            return
        item = self.item[mo["pool"][rows]]
        component, need, order = self._needs(item, mo["qty"][rows])
        # first come first served per component: an order starts when all of its parts are there
        by_component = np.argsort(component, kind="stable")
        sorted_component, sorted_need = component[by_component], need[by_component]
        through = np.cumsum(sorted_need)
        is_first = np.concatenate([[True], sorted_component[1:] != sorted_component[:-1]])
        before = (through - sorted_need)[is_first][np.cumsum(is_first) - 1]
        lacks = np.zeros(len(rows), dtype=bool)
        lacks[order[by_component[through - before > self.on_hand[sorted_component]]]] = True
        starts = ~lacks
        if not starts.any():
            return
        begun = rows[starts]
        used = starts[order]
        taken = np.bincount(component[used], need[used], minlength=self.n_pools).astype(np.int64)
        self.on_hand -= taken
        self.waiting_need -= taken
        self.out.consumption.add(
            pool=component[used], day=day, qty=need[used], production=rows[order[used]]
        )
        pools, planned_start = mo["pool"][begun], mo["planned_start"][begun]
        u = uniform(self.config.seed, "making", pools, mo["day"][begun])
        slip = np.where(u < 0.15, np.ceil(u / 0.15 * 3), 0).astype(np.int64)
        last = self.effects.make_slip.shape[1] - 1
        slip += self.effects.make_slip[pools, np.minimum(planned_start, last)].astype(np.int64)
        duration = mo["due"][begun] - planned_start
        scrap = uniform(self.config.seed, "scrap", pools, mo["day"][begun])
        lost = np.floor(mo["qty"][begun] * np.where(scrap < 0.3, scrap * 0.08, 0)).astype(np.int64)
        mo["start"][begun] = day
        mo["finish"][begun] = day + duration + slip
        mo["good"][begun] = mo["qty"][begun] - lost

    # Drop shipping ------------------------------------------------------------------------

    def _drop_ship(self) -> None:
        """Each line has its own purchase line, which goes straight to the customer."""
        lines, out = self.lines, self.out
        rows = np.flatnonzero(~self.in_stock_line)
        if not len(rows):
            return
        pools, day = lines.pool[rows], lines.day[rows]
        made = self._purchase(day, pools, lines.qty[rows], rows)
        po = out.purchases
        out.first_promise[rows] = np.maximum(po["promise"][made] + 1, lines.requested[rows])
        out.promise[rows] = out.first_promise[rows]
        arrived = po["arrives"][made] < self.config.days
        done, doc = rows[arrived], made[arrived]
        when, qty = po["arrives"][doc], lines.qty[done]
        po["rest_qty"][made], po["rest_arrives"][made], po["rejected"][made] = 0, NEVER, 0
        po["first_qty"][made] = po["qty"][made]
        po["left"][doc] = 0
        out.receipts.add(source=0, document=doc, day=when, qty=qty, rejected=0)
        out.shipped[done], out.ship_day[done] = qty, when
        self.open[done] = 0
        out.shipments.add(line=done, day=when, qty=qty)
