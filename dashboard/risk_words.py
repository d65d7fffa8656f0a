"""What the page *Risk* says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard import formats

Row = Mapping[str, Any]

NAMES = {
    "cancellations": "Cancelled before filled",
    "refunds": "Refunds to pay",
    "customers": "Lost next year",
    "events": "After the event",
    "promises": "Promises to break",
    "notices": "Notices overdue",
    "stock_outs": "Next stock-outs",
}
"""Risks in a few words."""

KINDS = {
    "supplier": "Suppliers",
    "component": "Components",
    "own production": "Own production",
}
"""Kinds of source, in the order they are shown."""


def answer(found: Sequence[Row], currency: str | None) -> str:
    """The largest risk, the next ones, and that they overlap, as sentences (Markdown)."""
    known = [row for row in found if row["expected_value"] and not row["is_conditional"]]
    if not known:
        return "**No loss is expected**, or none can be told: see below what is not known."
    first, *others = known
    text = f"**{first['risk_name']}**"
    if first["customers"]:
        text += f", by **{formats.count(first['customers'], 'customer')}**"
    if others:
        parts = [
            f"{row['risk_name'][0].lower()}{row['risk_name'][1:]}"
            f" ({formats.plain(formats.money(row['expected_value'], currency))})"
            for row in others[:2]
        ]
        text += f". Then {' and '.join(parts)}"
    return text + ". The risks overlap and are not added up."


def beneath(row: Row, currency: str | None) -> str:
    """What is exposed, and of how many customers."""
    if row["exposed_value"] is None:
        return "nothing exposed" if row["lines"] == 0 else "not known"
    exposed = formats.money(row["exposed_value"], currency)
    return f"of {exposed}, {formats.count(row['customers'], 'customer')}"


def unknowns(basis: Row) -> Iterator[str]:
    """What the figures rest on where it is thin, a sentence each."""
    if basis["price_missing_lines"]:
        yield (
            f"Value unknown for {formats.count(basis['price_missing_lines'], 'line')} without a"
            " price: in no money here."
        )
    if basis["fill_assumed_lines"]:
        yield (
            f"{formats.count(basis['fill_assumed_lines'], 'line')} of"
            f" {basis['lines']:,} wait for nothing that is on order with a day: they count as"
            " ordered today, which is the least delay."
        )
    if basis["lines"] and not basis["payments"]:
        yield (
            "No payments are loaded: what customers paid is derived from the terms of their orders,"
            " and refunds of the past are not known."
        )
    elif basis["cash_derived_lines"]:
        yield (
            f"What was paid for {formats.count(basis['cash_derived_lines'], 'line')} is derived"
            " from terms: no payments are recorded for them."
        )
    if basis["cash_unknown_lines"]:
        yield (
            f"Cash unknown for {formats.count(basis['cash_unknown_lines'], 'line')}: no price, no"
            " exchange rate, or neither payments nor terms."
        )
    if not basis["cancelled_lines"]:
        yield "No order was ever cancelled, or exports do not tell: chances rest on the assumption."
    elif not basis["dated_cancelled_lines"]:
        yield (
            f"{formats.count(basis['cancelled_lines'], 'line')} were cancelled on days nobody"
            " knows: the chance to cancel is the same however long a line waits. Refunds, or"
            " exports from before and after, would tell."
        )
    if basis["miss_unknown_lines"]:
        yield (
            f"Chance unknown for {formats.count(basis['miss_unknown_lines'], 'line')} needed by a"
            " day: not on order yet, or of suppliers whose deliveries are not known."
        )
    if basis["pools"] and not basis["forecast_pools"]:
        yield "No forecast covers the days to come: demand is that of the last weeks."
    if basis["stock_unknown_pools"]:
        yield (
            f"Stock unknown for {formats.count(basis['stock_unknown_pools'], 'item')}: no balance"
            " tells."
        )
    if basis["needed_items"] and not basis["component_items"]:
        yield "No bill of materials is loaded: components cannot break."
    if basis["capacity_unknown_items"]:
        yield (
            f"Capacity unknown for {formats.count(basis['capacity_unknown_items'], 'item')}: never"
            " said to break."
        )
    if basis["event_lines"] and basis["known_shipments"] < KNOWN_SHIPMENTS:
        yield (
            f"Days to the customer are the assumption, {formats.days(basis['transit_days'])}:"
            " too few deliveries are known."
        )


KNOWN_SHIPMENTS = 20


def growth(found: Sequence[Row], currency: str | None) -> Iterator[str]:
    """What breaks at each demand, a sentence each (Markdown)."""
    firsts = [row for row in found if row["load_kind"] == "all"]
    for row in firsts:
        times = f"**×{row['demand_factor']:g}**"
        if not row["broken_items"]:
            yield f"{times}: nothing breaks."
            continue
        text = (
            f"{times}: {formats.count(row['broken_items'], 'item')} of {row['items']:,} break,"
            f" first **{formats.plain(row['first_item_name'])}**"
        )
        if row["first_supplier_name"]:
            text += f" of {formats.plain(row['first_supplier_name'])}"
        if row["first_wait_days"] is not None:
            text += f", for which an order then waits {formats.days(row['first_wait_days'])}"
        if row["lost_week_value"] is not None:
            lost = formats.plain(formats.money(row["lost_week_value"], currency))
            text += (
                f"; {lost} a week cannot be given, to {formats.count(row['customers'], 'customer')}"
            )
        yield text + "."
    kinds = [row for row in found if row["demand_factor"] == 1 and row["load_kind"] != "all"]
    parts = [
        f"of {title.lower()} {formats.plain(row['first_item_name'])}, at"
        f" ×{row['first_breaks_at_factor']:.2f}"
        for kind, title in KINDS.items()
        for row in kinds
        if row["load_kind"] == kind and row["first_breaks_at_factor"] is not None
    ]
    if parts:
        yield f"First to break: {'; '.join(parts)} the demand of now."


def brand(row: Row) -> str:
    """The newest month in its parts, per 100 orders."""
    parts = [
        (row["broken_rate"], "promises broken"),
        (row["repromised_rate"], "promised again twice or more"),
        (row["long_delayed_rate"], "late for long"),
        (row["refunded_rate"], "refunded"),
    ]
    told = ", ".join(
        f"{formats.UNKNOWN if rate is None else f'{100 * rate:.1f}'} {name}" for rate, name in parts
    )
    text = f"Of 100 orders promised for {row['month_start']:%B %Y}: {told}."
    if row["first_orders"]:
        text += (
            f" Of {formats.count(row['first_orders'], 'first order')}"
            f" {row['first_broken_orders']:,} had a broken promise."
        )
    return text
