"""The sample company's assortment, suppliers and names, as written-down facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """What the items of a product group have in common.

    `amplitude` and `peak` (day of the year) shape the season; quantities are mean units a line
    (geometric), `b2b_pack` the pack a trade customer orders in.
    """

    name: str
    prefix: str
    amplitude: float
    peak: int
    christmas: float
    b2c_qty: float
    b2b_qty: float
    b2b_pack: int
    b2b_share: float
    volume_m3: float
    shelf_life_days: int | None = None
    made: bool = False


CATEGORIES: tuple[Category, ...] = (
    Category("Candles", "CAN", 0.45, 355, 0.5, 2.2, 2.0, 10, 0.5, 0.0012, 1095, made=True),
    Category("Mugs", "MUG", 0.15, 340, 0.4, 1.8, 9.0, 1, 0.5, 0.0018, made=True),
    Category("Gift sets", "GIF", 0.30, 345, 0.8, 1.2, 6.0, 1, 0.45, 0.0060, 1095, made=True),
    Category("Heaters", "HEA", 0.85, 10, 0.0, 1.1, 3.5, 1, 0.4, 0.0450),
    Category("Fans", "FAN", 0.85, 190, 0.0, 1.1, 3.5, 1, 0.4, 0.0550),
    Category("Lanterns", "LAN", 0.60, 300, 0.2, 1.3, 5.0, 1, 0.45, 0.0100),
    Category("Garden", "GAR", 0.80, 115, 0.0, 1.6, 5.0, 1, 0.45, 0.0150),
    Category("Kitchen", "KIT", 0.10, 330, 0.3, 1.4, 6.0, 1, 0.5, 0.0040),
)


@dataclass(frozen=True)
class Product:
    """A sellable item: list price in EUR and how it is meant to be supplied."""

    category: str
    name: str
    price: float
    policy: str = "stock"
    planned_backorder: bool = False
    supplier: int = -1


PRODUCTS: tuple[Product, ...] = (
    *(
        Product("Candles", f"{shape} {scent}", price)
        for shape, price in (("Pillar candle", 14.9), ("Jar candle", 19.5), ("Votive set", 11.9))
        for scent in ("ivory", "lavender", "cedar", "Orange & Zimt")
    ),
    Product("Mugs", "Stoneware mug white", 12.5),
    Product("Mugs", "Stoneware mug ocean", 13.5),
    Product("Mugs", "Stoneware mug moss", 13.5),
    Product("Mugs", "Espresso cup white", 8.9),
    Product("Mugs", "Breakfast bowl sand", 15.9),
    Product("Mugs", "Tea mug with lid", 17.9, planned_backorder=True),
    Product("Mugs", "Photo mug, printed to order", 18.9, "make_to_order"),
    Product("Mugs", "Name mug, engraved to order", 21.9, "make_to_order"),
    Product("Mugs", "Company mug with logo", 16.9, "make_to_order"),
    Product("Gift sets", "Gift set winter evening", 39.0),
    Product("Gift sets", "Gift set tea time", 34.0),
    Product("Gift sets", "Gift set new home", 44.0, planned_backorder=True),
    Product("Gift sets", "Gift set anniversary edition", 59.0, "preorder"),
    Product("Heaters", "Fan heater 2000 W", 39.9, supplier=0),
    Product("Heaters", "Ceramic heater 1500 W", 54.9, supplier=0),
    Product("Heaters", "Oil radiator 9 fins", 89.0, supplier=0),
    Product("Heaters", "Convector slim", 74.5, supplier=1),
    Product("Heaters", "Infrared panel 600 W", 149.0, supplier=2),
    Product("Heaters", "Bathroom heater", 64.0, supplier=1),
    Product("Heaters", "Heated blanket", 49.0, supplier=0),
    Product("Heaters", "Foot warmer", 35.0, supplier=0),
    Product("Heaters", "Patio heater gas", 229.0, "drop_ship", supplier=2),
    Product("Fans", "Desk fan 30 cm", 29.9, supplier=3),
    Product("Fans", "Pedestal fan 40 cm", 49.9, supplier=3),
    Product("Fans", "Tower fan", 79.0, supplier=3),
    Product("Fans", "Ceiling fan oak", 139.0, supplier=2),
    Product("Fans", "USB fan mini", 14.9, supplier=0),
    Product("Fans", "Box fan 50 cm", 44.9, supplier=3, planned_backorder=True),
    Product("Fans", "Clip fan", 19.9, supplier=0),
    Product("Fans", "Bladeless fan silent", 189.0, supplier=3),
    Product("Fans", "Cooling fan 2026 edition", 119.0, "preorder", supplier=3),
    Product("Lanterns", "Lantern copper small", 24.9, supplier=4),
    Product("Lanterns", "Lantern copper large", 42.0, supplier=4),
    Product("Lanterns", "Lantern black steel", 29.9, supplier=4),
    Product("Lanterns", "Solar lantern", 34.9, supplier=0),
    Product("Lanterns", "Paper lantern set", 12.9, supplier=3),
    Product("Lanterns", "Glass hurricane", 27.5, supplier=5),
    Product("Lanterns", "LED candle trio", 22.9, supplier=0),
    Product("Lanterns", "Fire bowl 55 cm", 119.0, "drop_ship", supplier=4),
    Product("Garden", "Terracotta pot 20 cm", 9.9, supplier=5),
    Product("Garden", "Terracotta pot 35 cm", 24.9, supplier=5),
    Product("Garden", "Citronella bucket", 11.9, supplier=6),
    Product("Garden", "Watering can 10 l", 22.9, supplier=4),
    Product("Garden", "Plant stand oak", 54.0, supplier=6),
    Product("Garden", "Bird bath glazed", 64.0, supplier=5),
    Product("Garden", "Garden torch set", 18.9, supplier=6),
    Product("Kitchen", "Teapot glass 1.2 l", 29.9, supplier=5),
    Product("Kitchen", "Tea strainer steel", 7.9, supplier=0),
    Product("Kitchen", "Butter dish stoneware", 19.9, supplier=5),
    Product("Kitchen", "Oak serving board", 34.9, supplier=6),
    Product("Kitchen", "Honey jar with dipper", 14.9, supplier=5),
)


@dataclass(frozen=True)
class Component:
    """An item bought or made to be built in; `cost` is EUR per base unit."""

    code: str
    name: str
    uom: str
    cost: float
    made: bool = False
    supplier: int = -1
    pack: int = 1


COMPONENTS: tuple[Component, ...] = (
    Component("WAX", "Paraffin wax", "g", 0.0021, supplier=7, pack=25_000),
    Component("SOY", "Soy wax", "g", 0.0038, supplier=7, pack=25_000),
    Component("SCE", "Fragrance oil", "g", 0.0240, supplier=8, pack=1_000),
    Component("WIK", "Cotton wick", "pcs", 0.06, supplier=7, pack=500),
    Component("JAR", "Glass jar 200 ml", "pcs", 0.62, supplier=5, pack=48),
    Component("CLY", "Stoneware clay", "g", 0.0007, supplier=9, pack=20_000),
    Component("GLZ", "Glaze", "g", 0.0065, supplier=9, pack=5_000),
    Component("BOX", "Folding box", "pcs", 0.21, supplier=10, pack=250),
    Component("GBX", "Gift box with ribbon", "pcs", 1.35, supplier=10, pack=100),
    Component("INK", "Ceramic ink", "g", 0.1100, supplier=11, pack=500),
    Component("BLD", "Wax blend, coloured", "g", 0.0062, made=True, pack=10_000),
    Component("MBK", "Mug blank, fired", "pcs", 2.10, made=True, pack=60),
    Component("LBL", "Printed label set", "pcs", 0.35, made=True, pack=200),
    Component("PAP", "Label paper", "pcs", 0.08, supplier=11, pack=500),
)

# What one unit takes, by component; two levels: product -> made component -> bought component.
RECIPES: dict[str, tuple[tuple[str, int], ...]] = {
    "Candles": (("BLD", 220), ("WIK", 1), ("LBL", 1), ("BOX", 1)),
    "Jar candle": (("BLD", 180), ("WIK", 1), ("JAR", 1), ("LBL", 1)),
    "Mugs": (("MBK", 1), ("GLZ", 45), ("BOX", 1)),
    "make_to_order": (("MBK", 1), ("INK", 4), ("BOX", 1)),
    "Gift sets": (("BLD", 160), ("WIK", 1), ("MBK", 1), ("GBX", 1)),
    "MBK": (("CLY", 420),),
    "LBL": (("PAP", 1),),
}
# The blend: grams of each in 1,000 g of it (its batches are multiples of 10,000 g).
BLEND_PER_1000: tuple[tuple[str, int], ...] = (("WAX", 600), ("SOY", 350), ("SCE", 50))


@dataclass(frozen=True)
class SupplierFacts:
    """A supplier and its habits; slips are in days and belong to it alone."""

    name: str
    country: str
    currency: str
    lead_days: int
    transit_days: int
    late_share: float
    late_mean_days: float
    transit_sd_days: float
    terms: str


SUPPLIERS: tuple[SupplierFacts, ...] = (
    SupplierFacts("Shenzhen Brightwind Ltd", "CN", "USD", 56, 30, 0.28, 6.0, 3.0, "S-DEP30"),
    SupplierFacts("Wärmetechnik Krüger GmbH", "DE", "EUR", 14, 2, 0.12, 3.0, 0.6, "S-NET30"),
    SupplierFacts("Termo Italia S.r.l.", "IT", "EUR", 24, 5, 0.22, 5.0, 1.2, "S-NET60"),
    SupplierFacts("Viet Air Appliances", "VN", "USD", 49, 27, 0.25, 5.0, 3.0, "S-DEP30"),
    SupplierFacts("Metalurgia Torres Lda.", "PT", "EUR", 28, 6, 0.30, 6.0, 1.5, "S-NET30"),
    SupplierFacts("Cerámica Levante S.A.", "ES", "EUR", 25, 5, 0.20, 4.0, 1.2, "S-NET60"),
    SupplierFacts("Åkesson Trä & Trädgård AB", "SE", "EUR", 21, 4, 0.10, 3.0, 0.8, "S-NET30"),
    SupplierFacts("Baltic Wax OÜ", "EE", "EUR", 16, 4, 0.18, 4.0, 1.0, "S-NET30"),
    SupplierFacts("Maison des Arômes SARL", "FR", "EUR", 15, 2, 0.12, 3.0, 0.7, "S-NET30"),
    SupplierFacts("Westerwald Ton KG", "DE", "EUR", 12, 1, 0.10, 2.5, 0.5, "S-NET30"),
    SupplierFacts("Doosjes & Co B.V.", "NL", "EUR", 11, 2, 0.15, 3.0, 0.6, "S-NET30"),
    SupplierFacts("Heartland Inks Inc.", "US", "USD", 30, 14, 0.20, 4.0, 2.0, "S-NET60"),
)

SURNAMES = (
    "Müller", "Schäfer", "Böhm", "Krüger", "Jäger", "Groß", "Weiß", "Lehmann", "Köhler", "Brandt",
    "Lindqvist", "Sørensen", "Åberg", "Fournier", "Lefèvre", "Moreau", "Rossi", "Bianchi",
    "Esposito", "García", "Núñez", "Ibáñez", "Silva", "Gonçalves", "Van Dijk", "De Vries", "Smith",
    "Taylor", "Hughes", "O'Neill", "Novak", "Horvath", "Becker", "Vogt",
)  # fmt: skip
FORENAMES = (
    "Jürgen", "Zoë", "Anna", "Björn", "Chloé", "Émile", "François", "Günther", "Hélène", "Inês",
    "José", "Käthe", "Lars", "María", "Noël", "Ömer", "Paula", "Renée", "Søren", "Théo", "Ute",
    "Victor", "Wiebke", "Xavier", "Yvonne",
)  # fmt: skip
SHOPS = (
    "Kerzenstube", "Haus & Küche", "Café", "Wohnwelt", "Maison", "La Casa", "Gartenmarkt",
    "Hotel", "Geschenkeladen", "Baumarkt", "The Mug Shop", "Blomster", "Concept Store",
)  # fmt: skip
REGIONS = ("North", "West", "South", "East", "UK")

# month, day, last day, name, category (None: all), lift of demand that planners know about
PROMOTIONS: tuple[tuple[int, int, int, str, str | None, float], ...] = (
    (2, 9, 14, "Valentine's week", "Gift sets", 1.8),
    (4, 7, 13, "Spring garden days", "Garden", 1.6),
    (6, 1, 5, "Summer opening", "Fans", 1.5),
    (9, 22, 27, "Cosy autumn", "Candles", 1.35),
    (11, 24, 30, "Black week", None, 1.25),
)
HOLIDAYS: tuple[tuple[int, int, str], ...] = (
    (1, 1, "New Year's Day"),
    (5, 1, "Labour Day"),
    (10, 3, "Day of German Unity"),
    (12, 25, "Christmas Day"),
    (12, 26, "Boxing Day"),
)
# Events that come back every year: month, day, length in days, name
YEARLY_EVENTS: tuple[tuple[int, int, int, str], ...] = (
    (3, 8, 3, "Women's Day"),
    (5, 8, 4, "Mother's Day weekend"),
    (6, 12, 4, "Craft fair"),
)
WEATHER = ("Heat wave", "Cold snap", "Storm week")
