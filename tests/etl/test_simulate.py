"""The simulated business: the same from its seed, true to its own books, with every cause in it."""

import filecmp
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from etl.errors import InputError
from etl.simulate import CAUSES, Config, Simulation, run, write_contract, write_sample
from etl.simulate.layouts import FILES, expected_counts
from sql.models import load_models

SAMPLE = Path(__file__).parents[2] / "sample_data"
POOL = ["item_id", "location_id"]
WITH_DOCUMENTS = {
    "demand_spike",
    "supplier",
    "transport",
    "receipt_quality",
    "own_production",
    "stock_record",
    "allocation_or_hold",
}


@pytest.fixture(scope="module")
def business() -> Simulation:
    return run(Config())


@pytest.fixture(scope="module")
def tables(business: Simulation) -> dict[str, pl.DataFrame]:
    return business.tables


def in_base_units(frame: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Quantities of documents with a unit of measure, in the unit stock is counted in."""
    factors = tables["uom_conversions"].rename({"from_uom": "uom"})
    return frame.join(factors, on=["item_id", "uom"], how="left").with_columns(
        (pl.col(name) * pl.col("to_base_factor").fill_null(1)).round(6)
        for name in frame.columns
        if name.endswith("_qty")
    )


def shipments(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Shipments in base units: they are in the unit of the order line."""
    units = tables["sales_order_lines"].select("order_id", "uom", order_line_id="line_id")
    return in_base_units(tables["shipments"].join(units, on=["order_id", "order_line_id"]), tables)


def receipts(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Receipts in base units: those of purchases are in the unit of the purchase line."""
    units = tables["purchase_order_lines"].select("po_id", "uom", po_line_id="line_id")
    both = tables["receipts"].join(units, on=["po_id", "po_line_id"], how="left")
    return in_base_units(both, tables)


def movements(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Every change of stock: item, location, day, units."""
    received = receipts(tables)
    rejected = received.filter(pl.col("rejected_qty") > 0)
    adjusted = tables["stock_adjustments"].with_columns(pl.col("adjusted_qty").cast(pl.Float64))
    parts = [
        received.select(
            *POOL,
            day="received_date",
            units=pl.col("received_qty") - pl.col("rejected_qty"),
        ),
        rejected.select(
            "item_id",
            location_id=pl.lit("QUA"),
            day="received_date",
            units="rejected_qty",
        ),
        shipments(tables).select(*POOL, day="shipped_date", units=-pl.col("shipped_qty")),
        adjusted.select(*POOL, day="adjusted_on", units="adjusted_qty"),
    ]
    return pl.concat(parts)


def balances(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Stock on hand: item, location, day, units."""
    on_hand = pl.col("on_hand_qty").cast(pl.Float64)
    return tables["inventory_balances"].select(*POOL, day="as_of", units=on_hand)


# The seed --------------------------------------------------------------------------------------


def test_sample_data_is_what_its_seed_gives(tmp_path: Path) -> None:
    write_sample(tmp_path)
    made = sorted(p.name for p in tmp_path.iterdir())
    assert made == sorted(p.name for p in SAMPLE.iterdir() if not p.name.startswith("."))
    _, differing, unreadable = filecmp.cmpfiles(tmp_path, SAMPLE, made, shallow=False)
    assert (differing, unreadable) == ([], [])


def test_sample_data_stays_small() -> None:
    assert sum(p.stat().st_size for p in SAMPLE.iterdir()) <= 4_000_000


def test_another_seed_is_another_business(tables: dict[str, pl.DataFrame]) -> None:
    other = run(Config(seed=8)).table("sales_order_lines")
    assert not other.equals(tables["sales_order_lines"])


def test_contract_files_repeat_to_the_byte_and_carry_the_contract_s_columns(tmp_path: Path) -> None:
    rows = write_contract(tmp_path / "a", 3_000, seed=3)
    assert write_contract(tmp_path / "b", 3_000, seed=3) == rows
    for name, count in rows.items():
        file = tmp_path / "a" / f"{name}.csv"
        assert file.read_bytes() == (tmp_path / "b" / f"{name}.csv").read_bytes()
        frame = pl.read_csv(file, infer_schema=False)
        model = load_models()[f"contract.{name}"]
        assert frame.height == count
        assert set(frame.columns) <= set(model.columns), name
        columns = [line.split()[0] for line in model.sql.splitlines() if " not null" in line]
        required = set(columns) & set(model.columns)
        assert required <= set(frame.columns), name
        assert frame.select(required).null_count().sum_horizontal()[0] == 0, name


def test_every_contract_table_is_simulated(tables: dict[str, pl.DataFrame]) -> None:
    contract = {m.name for m in load_models().values() if m.schema == "contract"}
    assert set(tables) == contract
    assert all(frame.height for frame in tables.values())


def test_keys_are_unique(tables: dict[str, pl.DataFrame]) -> None:
    for name, frame in tables.items():
        known = [key for key in load_models()[f"contract.{name}"].grain if key in frame.columns]
        assert frame.select(known).is_duplicated().sum() == 0, name


# The books tie out ------------------------------------------------------------------------------


def test_stock_rolls_forward_to_the_unit(tables: dict[str, pl.DataFrame]) -> None:
    stock, moves = balances(tables), movements(tables)
    days = stock["day"].unique().sort()
    assert days.len() == 19
    for before, after in pairwise(days):
        parts = [
            stock.filter(day=before).select(*POOL, "units"),
            moves.filter(pl.col("day").is_between(before, after, closed="right")).select(
                *POOL, "units"
            ),
            stock.filter(day=after).select(*POOL, units=-pl.col("units")),
        ]
        rest = pl.concat(parts).group_by(POOL).agg(pl.col("units").sum().round(4))
        assert rest.filter(pl.col("units") != 0).height == 0, after


def test_stock_is_never_negative_on_any_day(tables: dict[str, pl.DataFrame]) -> None:
    stock = balances(tables)
    opening = stock.filter(pl.col("day") == stock["day"].min())
    moves = movements(tables).select(opening.columns)
    daily = (
        pl.concat([opening, moves])
        .group_by(*POOL, "day")
        .agg(pl.col("units").sum())
        .sort("day")
        .with_columns(on_hand=pl.col("units").cum_sum().over(POOL).round(4))
    )
    assert daily.height > 10_000
    assert daily.filter(pl.col("on_hand") < 0).height == 0


def test_shipments_add_up_to_shipped_quantities(tables: dict[str, pl.DataFrame]) -> None:
    lines = tables["sales_order_lines"]
    shipped = (
        tables["shipments"]
        .group_by("order_id", line_id="order_line_id")
        .agg(
            pl.col("shipped_qty").sum().round(4).alias("sent"),
            pl.col("shipped_date").max().alias("last"),
        )
    )
    both = lines.join(shipped, on=["order_id", "line_id"], how="full", coalesce=True)
    assert both.filter(pl.col("shipped_qty") != pl.col("sent").fill_null(0)).height == 0
    assert both.filter(pl.col("item_id").is_null()).height == 0
    assert both.filter(pl.col("shipped_date").ne_missing(pl.col("last"))).height == 0
    left = (pl.col("ordered_qty") - pl.col("shipped_qty") - pl.col("cancelled_qty")).round(4)
    assert lines.filter(left < 0).height == 0
    closed = pl.col("line_status").is_in(["shipped", "cancelled"])
    assert lines.filter(closed != (left == 0)).height == 0


def test_receipts_add_up_to_received_quantities(tables: dict[str, pl.DataFrame]) -> None:
    bought = tables["purchase_order_lines"]
    got = (
        tables["receipts"]
        .group_by("po_id", line_id="po_line_id")
        .agg(pl.col("received_qty").sum().alias("got"))
    )
    both = bought.join(got, on=["po_id", "line_id"], how="left")
    assert both.filter(pl.col("received_qty") != pl.col("got").fill_null(0)).height == 0
    made = tables["production_orders"].join(
        tables["receipts"].group_by("production_order_id").agg(pl.col("received_qty").sum()),
        on="production_order_id",
        how="left",
    )
    unequal = pl.col("completed_qty") != pl.col("received_qty").fill_null(0)
    assert made.filter(unequal).height == 0


def test_production_consumes_what_its_recipes_say(tables: dict[str, pl.DataFrame]) -> None:
    begun = tables["production_orders"].filter(pl.col("start_date").is_not_null())
    needed = (
        begun.join(tables["bom_lines"], left_on="item_id", right_on="parent_item_id")
        .with_columns(units=(pl.col("ordered_qty") * pl.col("qty_per")).round(6).ceil())
        .group_by(item_id="component_item_id", adjusted_on="start_date")
        .agg(pl.col("units").sum())
    )
    used = tables["stock_adjustments"].filter(reason="production consumption")
    both = needed.join(used, on=["item_id", "adjusted_on"], how="full", coalesce=True)
    assert both.filter(pl.col("units").ne_missing(-pl.col("adjusted_qty"))).height == 0


def test_nothing_is_known_before_it_happened(
    business: Simulation, tables: dict[str, pl.DataFrame]
) -> None:
    as_of = business.config.as_of
    for table, column in (
        ("sales_order_lines", "order_date"),
        ("sales_order_lines", "shipped_date"),
        ("purchase_order_lines", "order_date"),
        ("purchase_order_lines", "shipped_date"),
        ("production_orders", "start_date"),
        ("production_orders", "completed_date"),
        ("receipts", "received_date"),
        ("shipments", "shipped_date"),
        ("shipments", "delivered_date"),
        ("stock_adjustments", "adjusted_on"),
        ("inventory_balances", "as_of"),
        ("demand_forecasts", "made_on"),
        ("payments", "paid_on"),
        ("exchange_rates", "rate_date"),
        ("customers", "first_order_date"),
    ):
        newest = tables[table][column].max()
        assert isinstance(newest, date), (table, column)
        assert newest <= as_of, (table, column)


def test_customers_pay_what_their_terms_say(tables: dict[str, pl.DataFrame]) -> None:
    lines = tables["sales_order_lines"].with_columns(
        value=pl.col("ordered_qty") * pl.col("unit_price") - pl.col("discount_amount"),
        share=1 - pl.col("cancelled_qty") / pl.col("ordered_qty"),
    )
    as_of = tables["inventory_balances"]["as_of"].max()
    assert isinstance(as_of, date)
    orders = lines.group_by("order_id").agg(
        pl.col("payment_terms_id").first(),
        pl.col("order_date").first(),
        pl.col("value").sum(),
        owed=(pl.col("value") * pl.col("share")).sum(),
        lines=pl.len(),
    )
    paid = (
        tables["payments"]
        .filter(direction="in")
        .group_by("order_id")
        .agg(
            net=pl.col("amount").sum(),
            refunded=pl.col("amount").filter(pl.col("kind") == "refund").sum(),
            first_payment=pl.col("paid_on").filter(pl.col("kind") == "payment").min(),
        )
    )
    both = orders.join(paid, on="order_id", how="left").with_columns(
        pl.col("net", "refunded").fill_null(0)
    )
    cent = 0.011 * pl.col("lines") + 0.011
    prepaid = both.filter(payment_terms_id="PREPAY")
    # a refund comes within three days of the cancellation
    settled = prepaid.filter(pl.col("order_date") < as_of - timedelta(days=150))
    assert settled.height > 3_000
    assert settled.filter((pl.col("net") - pl.col("owed")).abs() > cent).height == 0
    assert prepaid.filter(pl.col("first_payment") != pl.col("order_date")).height == 0
    assert both.filter(pl.col("net") > pl.col("value") + cent).height == 0
    assert both.filter(pl.col("refunded") < 0).height > 20
    late = both.filter(payment_terms_id="NET30").filter(
        pl.col("first_payment") < pl.col("order_date") + pl.duration(days=30)
    )
    assert late.height == 0


# The situation on the as-of date ---------------------------------------------------------------


def test_the_as_of_date_shows_a_rich_situation(tables: dict[str, pl.DataFrame]) -> None:
    lines = in_base_units(tables["sales_order_lines"], tables)
    as_of = tables["inventory_balances"]["as_of"].max()
    usable = (
        tables["inventory_balances"]
        .filter(pl.col("as_of") == as_of, pl.col("location_id") != "QUA")
        .select(*POOL, usable=pl.col("on_hand_qty") - pl.col("unavailable_qty"))
    )
    left = pl.col("ordered_qty") - pl.col("shipped_qty") - pl.col("cancelled_qty")
    queue = (
        lines.with_columns(open=left, number=pl.col("order_id").str.extract(r"(\d+)").cast(int))
        .filter(pl.col("open") > 0)
        .join(usable, on=POOL, how="left")
        .sort("number", pl.col("line_id").cast(int))
        .with_columns(before=(pl.col("open").cum_sum() - pl.col("open")).over(POOL))
        .with_columns(
            given=(pl.col("usable").fill_null(0) - pl.col("before")).clip(0, pl.col("open")),
            due=pl.coalesce("requested_date", "promised_date", "order_date"),
        )
    )
    short = queue.filter(pl.col("given") < pl.col("open"), pl.col("due") <= as_of)
    assert 300 <= queue.height <= 800
    assert 0.35 <= short.height / queue.height <= 0.55
    assert short["item_id"].n_unique() >= 20
    assert short["customer_id"].n_unique() >= 80
    ages = short.select((pl.lit(as_of) - pl.col("due")).dt.total_days()).to_series()
    assert (ages <= 3).sum() > 20
    assert (ages > 30).sum() >= 10
    assert queue.filter(line_status="on_hold").height >= 10
    assert set(short["order_type"]) >= {"standard", "make_to_order", "preorder"}


def test_about_nine_in_ten_stock_lines_are_filled_on_time(tables: dict[str, pl.DataFrame]) -> None:
    due = pl.coalesce("requested_date", "first_promised_date")
    as_of = tables["inventory_balances"]["as_of"].max()
    past = tables["sales_order_lines"].filter(due <= as_of, order_type="standard")
    filled = (pl.col("shipped_qty") == pl.col("ordered_qty")) & (pl.col("shipped_date") <= due)
    rate = past.filter(filled).height / past.height
    assert 0.87 <= rate <= 0.93


# Causes -----------------------------------------------------------------------------------------


def test_every_cause_is_injected_and_leaves_documents(business: Simulation) -> None:
    truth = business.truth
    assert set(truth["cause"]) == set(CAUSES)
    documented = truth.filter(pl.col("document_ids") != "")
    assert set(documented["cause"]) >= WITH_DOCUMENTS
    assert truth["injection_id"].is_unique().all()
    assert (truth["start_date"] <= truth["end_date"]).all()
    assert (truth["end_date"] <= business.config.as_of).all()
    kinds = {"spike_without_event", "spike_on_event", "event_missed", "forecast_bias"}
    kinds |= {"make_to_order", "preorder", "planned_backorder", "not_ordered"}
    kinds |= {"short_shipped", "rejected", "machine_down", "component_not_made", "credit_hold"}
    assert kinds <= set(truth["kind"])


def test_documents_in_the_truth_exist(
    business: Simulation, tables: dict[str, pl.DataFrame]
) -> None:
    named = set(business.truth["document_ids"].str.split(" ").explode()) - {"", None}
    known = {
        *tables["sales_order_lines"].select(pl.format("{}/{}", "order_id", "line_id")).to_series(),
        *tables["purchase_order_lines"].select(pl.format("{}/{}", "po_id", "line_id")).to_series(),
        *tables["production_orders"]["production_order_id"],
        *tables["stock_adjustments"]["adjustment_id"],
    }
    assert len(named) > 300
    assert named <= known


def test_without_a_spike_only_its_own_orders_are_missing(
    business: Simulation, tables: dict[str, pl.DataFrame]
) -> None:
    spike = business.truth.filter(kind="spike_without_event").row(0, named=True)
    without = run(Config(leave_out=frozenset({spike["injection_id"]})))
    asked = ["order_id", "line_id", "order_date", "item_id", "ordered_qty", "customer_id"]
    asked += ["requested_date", "unit_price", "need_by_date"]
    was = tables["sales_order_lines"].select(asked)
    now = without.table("sales_order_lines").select(asked)
    gone = was.join(now, on=["order_id", "line_id"], how="anti")
    ids = gone.select(pl.format("{}/{}", "order_id", "line_id")).to_series()
    assert set(ids) == set(spike["document_ids"].split(" "))
    assert was.join(gone, on=["order_id", "line_id"], how="anti").equals(now)
    assert spike["injection_id"] not in set(without.truth["injection_id"])


def test_without_a_supplier_s_delay_only_its_own_goods_come_sooner(
    business: Simulation, tables: dict[str, pl.DataFrame]
) -> None:
    late = business.truth.filter(pl.col("document_ids") != "", kind="supplier_late")
    first = late.sort("start_date").row(0, named=True)
    without = run(Config(leave_out=frozenset({first["injection_id"]})))
    # a purchase line is known by item, place and day: its number depends on what else is bought
    key = [*POOL, "order_date"]
    shown = [*key, pl.col("shipped_date").fill_null(date(2099, 1, 1))]
    stocked = pl.col("sales_order_id").is_null()
    was = tables["purchase_order_lines"].filter(stocked).select(shown)
    now = without.table("purchase_order_lines").filter(stocked).select(shown)
    both = was.join(now, on=key)
    assert both.height > 0.9 * was.height
    sooner = both.filter(pl.col("shipped_date") > pl.col("shipped_date_right"))
    later = both.filter(pl.col("shipped_date") < pl.col("shipped_date_right"))
    assert later.height == 0
    assert sooner.height > 0
    assert set(sooner["item_id"]) == {first["item_id"]}


def test_without_any_disturbance_more_lines_are_filled_on_time(business: Simulation) -> None:
    def on_time(simulation: Simulation) -> float:
        lines = simulation.table("sales_order_lines").filter(order_type="standard")
        due = pl.coalesce("requested_date", "first_promised_date")
        good = (pl.col("shipped_qty") == pl.col("ordered_qty")) & (pl.col("shipped_date") <= due)
        return lines.filter(good).height / lines.height

    disturbances = business.truth.filter(pl.col("cause") != "planned")["injection_id"]
    calm = run(Config(leave_out=frozenset(disturbances)))
    assert on_time(calm) > on_time(business) + 0.03


def test_an_unknown_injection_is_an_error() -> None:
    with pytest.raises(InputError, match="no injection is called nonsense"):
        run(Config(lines=3_000, leave_out=frozenset({"nonsense"})))


def test_too_small_a_business_is_an_error() -> None:
    with pytest.raises(InputError, match=r"12 order lines are too few.*at least 2000"):
        Config(lines=12)


def test_a_bigger_business_has_more_of_everything() -> None:
    small, big = run(Config(lines=4_000, seed=2)), run(Config(lines=60_000, seed=2))
    for table in ("sales_order_lines", "items", "customers", "suppliers", "shipments"):
        assert big.table(table).height > small.table(table).height, table
    assert 0.93 < big.table("sales_order_lines").height / 60_000 < 1.12


# The files --------------------------------------------------------------------------------------


def test_the_guide_tells_the_rows_of_every_file() -> None:
    guide = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for name, *_ in FILES:
        row = next(line for line in guide.splitlines() if line.startswith(f"| {name} |"))
        rows_in, refused, superseded, loaded, _ = (
            int(cell.replace(",", "")) for cell in row.split("|")[4:9]
        )
        assert rows_in == refused + superseded + loaded
        counts = expected_counts(name, rows_in)
        assert list(counts.values())[:4] == [rows_in, refused, superseded, loaded]
