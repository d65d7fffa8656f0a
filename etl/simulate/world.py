"""The company before anything happens: items, pools, suppliers, customers, recipes.

A pool is an item at a location; every array called `pool_…` has one entry a pool, and pools of
one item lie side by side. Components live at the main warehouse only.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.simulate import catalogue
from etl.simulate.config import Config
from etl.simulate.streams import Flags, Floats, Ints, stream

POLICIES = ("stock", "make_to_order", "preorder", "drop_ship")
STOCK, MAKE_TO_ORDER, PREORDER, DROP_SHIP = range(4)
LOCATIONS = (
    ("WH1", "Hauptlager Kassel", "warehouse", True),
    ("WH2", "Lager Nord Hamburg", "warehouse", True),
    ("QUA", "Quarantine", "quarantine", False),
)
SEGMENTS = ("private", "retail", "wholesale", "key account")
REVIEW_DAYS = 7
COVER_DAYS = 14
SAFETY_FACTOR = 1.4
CASE_PACK = 10


@dataclass(frozen=True)
class Items:
    """One entry an item: products first, then made and bought components."""

    ids: list[str]
    names: list[str]
    categories: list[str]
    uoms: list[str]
    is_product: Flags
    is_made: Flags
    policy: Ints
    category: Ints  # index into CATEGORIES, -1 for components
    supplier: Ints  # -1 for made items
    lead_days: Ints
    transit_days: Ints
    pack: Ints
    min_order: Ints
    cost: Floats
    price: Floats
    volume: Floats
    has_planned_backorder: Flags
    weight: Floats


@dataclass(frozen=True)
class Pools:
    """One entry an item and location."""

    item: Ints
    location: Ints
    units_per_day: Floats  # yearly mean of customers' demand; 0 for components
    b2b_share: Floats
    b2c_mean: Floats
    b2b_mean: Floats
    b2b_pack: Ints

    @property
    def units_per_line(self) -> Floats:
        """Expected units of one order line."""
        return (1 - self.b2b_share) * self.b2c_mean + (
            self.b2b_share * self.b2b_mean * self.b2b_pack
        )

    @property
    def squares_per_line(self) -> Floats:
        """Expected square of an order line's units (of the two geometric laws)."""
        trade = self.b2b_pack**2 * (2 * self.b2b_mean**2 - self.b2b_mean)
        private = 2 * self.b2c_mean**2 - self.b2c_mean
        return (1 - self.b2b_share) * private + self.b2b_share * trade


@dataclass(frozen=True)
class Recipes:
    """Bill of materials as rows, sorted by parent; items by index. qty = units / per."""

    parent: Ints
    component: Ints
    units: Ints
    per: Ints


@dataclass(frozen=True)
class Suppliers:
    """One entry a supplier."""

    facts: list[catalogue.SupplierFacts]
    names: list[str]
    lead_days: Ints
    transit_days: Ints
    late_share: Floats
    late_mean: Floats
    transit_sd: Floats


@dataclass(frozen=True)
class Customers:
    """One entry a customer; private buyers and trade are drawn apart."""

    names: list[str]
    segment: Ints
    region: Ints
    weight: Floats
    terms: list[str]


@dataclass(frozen=True)
class World:
    """Everything that is there before the first day."""

    items: Items
    pools: Pools
    recipes: Recipes
    suppliers: Suppliers
    customers: Customers
    main_pool: Ints  # per item: its pool at the main warehouse


def late_days(world: World) -> Floats:
    """Days of demand a planner keeps per pool against late supply, beside the statistical part."""
    items, item = world.items, world.pools.item
    return np.where(items.is_product[item], np.where(items.is_made[item], 3.0, 4.0), 12.0)


def demand_spread(world: World) -> Floats:
    """Variance of demand per unit of its mean, per pool: lumpy lines make it large."""
    pools = world.pools
    spread = pools.squares_per_line / np.maximum(pools.units_per_line, 1e-9)
    return np.where(world.items.is_product[pools.item], np.maximum(spread, 1), 1)


def build_world(config: Config) -> World:
    """The company of a config's size: the sample's assortment, repeated for bigger ones."""
    copies = max(1, round(config.scale**0.62))
    suppliers = _suppliers(config)
    items = _items(config, copies, suppliers)
    pools = _pools(config, items)
    main = np.zeros(len(items.ids), dtype=np.int64)
    first = pools.location == 0
    main[pools.item[first]] = np.flatnonzero(first)
    return World(items, pools, _recipes(copies), suppliers, _customers(config), main)


def _suppliers(config: Config) -> Suppliers:
    copies = max(1, round(config.scale**0.5))
    facts = [f for _ in range(copies) for f in catalogue.SUPPLIERS]
    names = [
        f.name if copy == 0 else f"{f.name} ({copy + 1})"
        for copy in range(copies)
        for f in catalogue.SUPPLIERS
    ]
    rng = stream(config.seed, "suppliers")
    vary = rng.uniform(0.85, 1.15, (3, len(facts)))
    return Suppliers(
        facts=facts,
        names=names,
        lead_days=np.array([f.lead_days for f in facts]),
        transit_days=np.array([f.transit_days for f in facts]),
        late_share=np.array([f.late_share for f in facts]) * vary[0],
        late_mean=np.array([f.late_mean_days for f in facts]) * vary[1],
        transit_sd=np.array([f.transit_sd_days for f in facts]) * vary[2],
    )


def _items(config: Config, copies: int, suppliers: Suppliers) -> Items:
    rng = stream(config.seed, "items")
    by_name = {c.name: i for i, c in enumerate(catalogue.CATEGORIES)}
    supplier_copies = len(suppliers.facts) // len(catalogue.SUPPLIERS)
    rows: list[dict[str, str | int | float | bool]] = []
    counters = dict.fromkeys(by_name, 0)
    for copy in range(copies):
        for product in catalogue.PRODUCTS:
            counters[product.category] += 1
            kind = catalogue.CATEGORIES[by_name[product.category]]
            rows.append(
                {
                    "id": f"{kind.prefix}-{counters[product.category]:03d}",
                    "name": product.name if copy == 0 else f"{product.name} no. {copy + 1}",
                    "category": product.category,
                    "uom": "pcs",
                    "product": True,
                    "made": kind.made,
                    "policy": POLICIES.index(product.policy),
                    "kind": by_name[product.category],
                    "supplier": product.supplier,
                    "pack": 10 if kind.made else 6,
                    "price": product.price,
                    "volume": kind.volume_m3,
                    "planned": product.planned_backorder,
                    "copy": copy,
                }
            )
    for copy in range(copies):
        for part in catalogue.COMPONENTS:
            rows.append(
                {
                    "id": f"CMP-{part.code}" if copy == 0 else f"CMP-{part.code}-{copy + 1}",
                    "name": part.name if copy == 0 else f"{part.name} no. {copy + 1}",
                    "category": "Components",
                    "uom": part.uom,
                    "product": False,
                    "made": part.made,
                    "policy": STOCK,
                    "kind": -1,
                    "supplier": part.supplier,
                    "pack": part.pack,
                    "price": part.cost,
                    "volume": 0.000002,
                    "planned": False,
                    "copy": copy,
                }
            )
    frame = pl.DataFrame(rows)

    def ints(column: str) -> Ints:
        return frame[column].cast(pl.Int64).to_numpy()

    is_product, is_made = frame["product"].to_numpy(), frame["made"].to_numpy()
    listed, policy, pack = ints("supplier"), ints("policy"), ints("pack")
    supplier_copies = len(suppliers.facts) // len(catalogue.SUPPLIERS)
    shift = len(catalogue.SUPPLIERS) * (ints("copy") % supplier_copies)
    supplier = np.where(listed >= 0, listed + shift, -1)
    price = frame["price"].to_numpy()
    cost = np.round(price * (1 - rng.uniform(0.38, 0.58, len(rows))), 4)
    appeal = rng.lognormal(0.0, 0.55, len(rows)) * (30 / np.maximum(price, 5)) ** 0.35
    weight = np.where(is_product, appeal, 0.0) * np.where(policy == STOCK, 1.0, 0.8)
    vary = rng.integers(-2, 4, len(rows))
    own_lead = np.where(is_product, 9, 6)
    return Items(
        ids=frame["id"].to_list(),
        names=frame["name"].to_list(),
        categories=frame["category"].to_list(),
        uoms=frame["uom"].to_list(),
        is_product=is_product,
        is_made=is_made,
        policy=policy,
        category=ints("kind"),
        supplier=supplier,
        lead_days=np.where(supplier >= 0, suppliers.lead_days[supplier] + vary, own_lead),
        transit_days=np.where(supplier >= 0, suppliers.transit_days[supplier], 0),
        pack=pack,
        min_order=pack * np.where(is_product & ~is_made, 4, 1),
        cost=np.where(is_product, cost, price),
        price=price,
        volume=frame["volume"].to_numpy(),
        has_planned_backorder=frame["planned"].to_numpy(),
        weight=weight,
    )


def _pools(config: Config, items: Items) -> Pools:
    rng = stream(config.seed, "pools")
    n = len(items.ids)
    second = items.is_product & (items.policy == STOCK) & (rng.random(n) < 0.45)
    item = np.concatenate([np.arange(n), np.flatnonzero(second)])
    location = np.concatenate([np.zeros(n, np.int64), np.ones(int(second.sum()), np.int64)])
    order = np.lexsort((location, item))
    item, location = item[order], location[order]
    share = np.where(second, 0.32, 0.0)[item]
    share = np.where(location == 1, share, 1 - share)
    kinds = [catalogue.CATEGORIES[c] for c in items.category[item]]  # -1 is harmless: weight 0
    b2b_share = np.array([k.b2b_share for k in kinds])
    pools = Pools(
        item=item,
        location=location,
        units_per_day=np.zeros(len(item)),
        b2b_share=b2b_share,
        b2c_mean=np.array([k.b2c_qty for k in kinds]),
        b2b_mean=np.array([k.b2b_qty for k in kinds]),
        b2b_pack=np.array([k.b2b_pack for k in kinds]),
    )
    weight = items.weight[item] * share
    lines_per_day = config.lines / config.days * weight / weight.sum()
    return Pools(
        item=pools.item,
        location=pools.location,
        units_per_day=lines_per_day * pools.units_per_line,
        b2b_share=pools.b2b_share,
        b2c_mean=pools.b2c_mean,
        b2b_mean=pools.b2b_mean,
        b2b_pack=pools.b2b_pack,
    )


def _recipes(copies: int) -> Recipes:
    products, parts = catalogue.PRODUCTS, catalogue.COMPONENTS
    part_index = {part.code: i for i, part in enumerate(parts)}
    made = {c.name for c in catalogue.CATEGORIES if c.made}
    rows: list[tuple[int, int, int, int]] = []
    for copy in range(copies):
        base = len(products) * copies + len(parts) * copy
        for i, product in enumerate(products):
            if product.category not in made:
                continue
            key = product.category
            if product.policy == "make_to_order":
                key = product.policy
            elif product.name.startswith("Jar candle"):
                key = "Jar candle"
            parent = len(products) * copy + i
            rows += [(parent, base + part_index[c], q, 1) for c, q in catalogue.RECIPES[key]]
        for part in parts:
            if not part.made:
                continue
            parent = base + part_index[part.code]
            if part.code == "BLD":
                blend = catalogue.BLEND_PER_1000
                rows += [(parent, base + part_index[c], q, 1000) for c, q in blend]
            else:
                recipe = catalogue.RECIPES[part.code]
                rows += [(parent, base + part_index[c], q, 1) for c, q in recipe]
    table = np.array(sorted(rows), dtype=np.int64)
    return Recipes(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def _customers(config: Config) -> Customers:
    n = round(400 * config.scale**0.8)
    rng = stream(config.seed, "customers")
    segment = rng.choice(4, n, p=(0.45, 0.33, 0.17, 0.05))
    region = rng.choice(len(catalogue.REGIONS), n, p=(0.24, 0.26, 0.24, 0.16, 0.10))
    weight = rng.lognormal(0, 0.8, n) * np.array([1.0, 1.0, 2.0, 4.0])[segment]
    forename = rng.integers(0, len(catalogue.FORENAMES), n)
    surname = rng.integers(0, len(catalogue.SURNAMES), n)
    shop = rng.integers(0, len(catalogue.SHOPS), n)
    names = [
        f"{(catalogue.SHOPS[p] if kind else catalogue.FORENAMES[f])} {catalogue.SURNAMES[s]}"
        for f, s, p, kind in zip(forename, surname, shop, segment, strict=True)
    ]
    draw = rng.random(n)
    terms = [
        "PREPAY"
        if kind == 0
        else ("NET14", "NET30", "DEP30", "EOM30")[int(np.searchsorted((0.25, 0.65, 0.85), u))]
        for kind, u in zip(segment, draw, strict=True)
    ]
    return Customers(names, segment, region, weight, terms)
