"""What the page *Risk* says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard import formats
from dashboard.texts import Texts, _, given

Row = Mapping[str, Any]

NAMES = Texts(
    {
        "cancellations": "Cancelled before filled",
        "refunds": "Refunds to pay",
        "customers": "Lost next year",
        "events": "After the event",
        "promises": "Promises to break",
        "notices": "Notices overdue",
        "stock_outs": "Next stock-outs",
    }
)
"""Risks in a few words."""

KINDS = Texts(
    {
        "supplier": "Suppliers",
        "component": "Components",
        "own production": "Own production",
    }
)
"""Kinds of source, in the order they are shown."""


def answer(found: Sequence[Row], currency: str | None) -> str:
    """The largest risk, the next ones, and that they overlap, as sentences (Markdown)."""
    known = [row for row in found if row["expected_value"] and not row["is_conditional"]]
    if not known:
        return _("**No loss is expected**, or none can be told: see below what is not known.")
    first, *others = known
    text = f"**{given(first['risk_name'])}**"
    if first["customers"]:
        text += _(", by **{customers}**").format(
            customers=formats.count(first["customers"], "customer")
        )
    text += "."
    parts = [
        f"{formats.inside(given(row['risk_name']))}"
        f" ({formats.plain(formats.money(row['expected_value'], currency))})"
        for row in others[:2]
    ]
    if len(parts) > 1:
        text += " " + _("Then {second} and {third}.").format(second=parts[0], third=parts[1])
    elif parts:
        text += " " + _("Then {second}.").format(second=parts[0])
    return text + " " + _("The risks overlap and are not added up.")


def beneath(row: Row, currency: str | None) -> str:
    """What is exposed, and of how many customers."""
    if row["exposed_value"] is None:
        return _("nothing exposed") if row["lines"] == 0 else _("not known")
    exposed = formats.money(row["exposed_value"], currency)
    return _("of {exposed}, {customers}").format(
        exposed=exposed, customers=formats.count(row["customers"], "customer")
    )


def unknowns(basis: Row) -> Iterator[str]:
    """What the figures rest on where it is thin, a sentence each."""
    if basis["price_missing_lines"]:
        yield (
            _("Value unknown for {lines} without a price: in no money here.").format(
                lines=formats.count(basis["price_missing_lines"], "line")
            )
        )
    if basis["fill_assumed_lines"]:
        yield (
            _(
                "{waiting} of {lines} wait for nothing that is on order"
                " with a day: they count as ordered today, which is the least delay."
            ).format(
                waiting=formats.count(basis["fill_assumed_lines"], "line"),
                lines=formats.number(basis["lines"]),
            )
        )
    if basis["lines"] and not basis["payments"]:
        yield (
            _(
                "No payments are loaded: what customers paid is derived from the terms of their"
                " orders, and refunds of the past are not known."
            )
        )
    elif basis["cash_derived_lines"]:
        yield (
            _(
                "What was paid for {lines} is derived from terms: no"
                " payments are recorded for them."
            ).format(lines=formats.count(basis["cash_derived_lines"], "line"))
        )
    if basis["cash_unknown_lines"]:
        yield (
            _(
                "Cash unknown for {lines}: no price, no exchange"
                " rate, or neither payments nor terms."
            ).format(lines=formats.count(basis["cash_unknown_lines"], "line"))
        )
    if not basis["cancelled_lines"]:
        yield _(
            "No order was ever cancelled, or exports do not tell: chances rest on the assumption."
        )
    elif not basis["dated_cancelled_lines"]:
        yield (
            _(
                "{lines} were cancelled on days nobody knows: the chance"
                " to cancel is the same however long a line waits. Refunds, or"
                " exports from before and after, would tell."
            ).format(lines=formats.count(basis["cancelled_lines"], "line"))
        )
    if basis["miss_unknown_lines"]:
        yield (
            _(
                "Chance unknown for {lines} needed by a day: not on"
                " order yet, or of suppliers whose deliveries are not known."
            ).format(lines=formats.count(basis["miss_unknown_lines"], "line"))
        )
    if basis["pools"] and not basis["forecast_pools"]:
        yield _("No forecast covers the days to come: demand is that of the last weeks.")
    if basis["stock_unknown_pools"]:
        yield (
            _("Stock unknown for {items}: no balance tells.").format(
                items=formats.count(basis["stock_unknown_pools"], "item")
            )
        )
    if basis["needed_items"] and not basis["component_items"]:
        yield _("No bill of materials is loaded: components cannot break.")
    if basis["capacity_unknown_items"]:
        yield (
            _("Capacity unknown for {items}: never said to break.").format(
                items=formats.count(basis["capacity_unknown_items"], "item")
            )
        )
    if basis["event_lines"] and basis["known_shipments"] < KNOWN_SHIPMENTS:
        yield (
            _(
                "Days to the customer are the assumption, {transit}: too few deliveries are known."
            ).format(transit=formats.days(basis["transit_days"]))
        )


KNOWN_SHIPMENTS = 20


def growth(found: Sequence[Row], currency: str | None) -> Iterator[str]:
    """What breaks at each demand, a sentence each (Markdown)."""
    firsts = [row for row in found if row["load_kind"] == "all"]
    for row in firsts:
        times = f"**×{formats.trimmed(row['demand_factor'])}**"
        if not row["broken_items"]:
            yield _("{times}: nothing breaks.").format(times=times)
            continue
        text = _("{times}: {broken} of {items} break, first **{first}**").format(
            times=times,
            broken=formats.count(row["broken_items"], "item"),
            items=formats.number(row["items"]),
            first=formats.plain(row["first_item_name"]),
        )
        if row["first_supplier_name"]:
            text += _(" of {supplier}").format(supplier=formats.plain(row["first_supplier_name"]))
        if row["first_wait_days"] is not None:
            text += _(", for which an order then waits {days}").format(
                days=formats.days(row["first_wait_days"])
            )
        if row["lost_week_value"] is not None:
            lost = formats.plain(formats.money(row["lost_week_value"], currency))
            text += _("; {lost} a week cannot be given, to {customers}").format(
                lost=lost, customers=formats.count(row["customers"], "customer")
            )
        yield text + "."
    kinds = [row for row in found if row["demand_factor"] == 1 and row["load_kind"] != "all"]
    parts = [
        _("of {kind} {item}, at ×{factor}").format(
            kind=formats.inside(title),
            item=formats.plain(row["first_item_name"]),
            factor=formats.number(row["first_breaks_at_factor"], 2),
        )
        for kind, title in KINDS.items()
        for row in kinds
        if row["load_kind"] == kind and row["first_breaks_at_factor"] is not None
    ]
    if parts:
        yield _("First to break: {parts} the demand of now.").format(parts="; ".join(parts))


def brand(row: Row) -> str:
    """The newest month in its parts, per 100 orders."""
    parts = [
        (row["broken_rate"], _("promises broken")),
        (row["repromised_rate"], _("promised again twice or more")),
        (row["long_delayed_rate"], _("late for long")),
        (row["refunded_rate"], _("refunded")),
    ]
    told = ", ".join(
        f"{formats.UNKNOWN if rate is None else formats.number(100 * rate, 1)} {name}"
        for rate, name in parts
    )
    text = _("Of 100 orders promised for {month}: {told}.").format(
        month=formats.month(row["month_start"]), told=told
    )
    if row["first_orders"]:
        text += " " + _("Of {orders} {broken} had a broken promise.").format(
            orders=formats.count(row["first_orders"], "first order"),
            broken=formats.number(row["first_broken_orders"]),
        )
    return text
