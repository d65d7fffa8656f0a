"""What the page *Causes* says: causes, changes and the records behind them in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from dashboard import formats
from dashboard.formats import plain

MOVERS = 4
"""Causes named in a sentence about a change."""


def month(value: date) -> str:
    """A month no country reads in two ways: June 2026."""
    return f"{value:%B %Y}"


def answer(totals: Mapping[str, Any], causes: pl.DataFrame, unit: str, currency: str | None) -> str:
    """The top cause and its share, and what is on purpose, as a sentence (Markdown)."""
    planned = plain(formats.amount(totals, "planned", unit, currency))
    planned_rate = totals[f"planned_{unit}_rate"]
    unplanned = plain(formats.amount(totals, "unplanned", unit, currency))
    purpose = f"{planned} ({formats.rate(planned_rate)}) is on purpose"
    found = causes.filter(~pl.col("is_planned"), pl.col("cause") != "unknown")
    if found.is_empty() and totals[f"unknown_{unit}"]:
        text = f"**The records do not tell why**; {purpose}"
    elif found.is_empty():
        text = f"Of {formats.count(totals['lines'], 'short line')} {purpose}, {unplanned} is not"
    else:
        top = found.row(0, named=True)
        share = top[f"{unit}_share_rate"]
        worth = plain(formats.amount(top, "cause", unit, currency))
        first = "Most of it" if (share or 0) > 0.5 else "The largest cause"
        text = (
            f"{first}: **{plain(top['cause_name'])}**, {worth} or **{formats.rate(share)}**, in"
            f" {formats.count(top['lines'], 'line')}. Of"
            f" {formats.count(totals['lines'], 'short line')} {unplanned} is unplanned and"
            f" {purpose}"
        )
        if (planned_rate or 0) > 0.5:
            text = (
                f"**Most of it is on purpose**: {planned} or **{formats.rate(planned_rate)}**. Of"
                f" the {unplanned} that is not, the largest cause is"
                f" **{plain(top['cause_name'])}**, {worth}"
            )
    if totals[f"unknown_{unit}"]:
        text += (
            f"; for {plain(formats.amount(totals, 'unknown', unit, currency))}"
            f" ({formats.rate(totals[f'unknown_{unit}_rate'])}) the cause is unknown"
        )
    return text + "."


def gaps(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The change of each cause between two snapshots; one that is missing is nothing."""
    return [(name, (now.get(name) or 0) - (was.get(name) or 0)) for name in {**now, **was}]


def moved(changes: Sequence[tuple[str, Any]], unit: str, currency: str | None) -> str:
    """Which causes make most of a change, as part of a sentence; empty when nothing changed."""
    known = [(name, float(gap)) for name, gap in changes if gap]
    if not known:
        return ""
    known.sort(key=lambda pair: -abs(pair[1]))
    texts = [
        f"{plain(name)} {plain(formats.change(gap, 0, unit, currency) or '')}"
        for name, gap in known[:MOVERS]
    ]
    rest = sum(gap for _, gap in known[MOVERS:])
    if len(known) > MOVERS:
        texts.append(f"all others {plain(formats.change(rest, 0, unit, currency) or '')}")
    return ", ".join(texts)


def line(row: Mapping[str, Any], basis: str, unit: str, currency: str | None) -> str:
    """What is short of one order line, for whom and since when, and why (Markdown)."""
    worth = formats.amount(row, "short", unit, currency)
    other = formats.amount(row, "short", "qty" if unit == "value" else "value", currency)
    worth += f" ({other})" if other != formats.UNKNOWN else ""
    who = row["customer_name"] or row["customer_id"]
    text = f"**{plain(worth)}** of {plain(row['item_name'] or row['item_id'])}"
    if who:
        text += f" for {plain(who)}"
    when = "short today" if basis == "as_of" else f"short on {formats.day(row['on_date'])}"
    text += (
        f", ordered {formats.day(row['order_date'])}, due {formats.day(row['due_date'])}: {when}"
    )
    return text + "."


def top(row: Mapping[str, Any]) -> str:
    """The cause most of a line is due to, and how sure that is (Markdown)."""
    name = f"**{plain(row['top_cause_name'])}**"
    if row["top_cause"] == "unknown":
        return (
            f"Why is not known: the table {plain(formats.word(row['missing_table']))} would tell."
        )
    share = formats.rate(row["cause_share"])
    if row["is_mixed"]:
        return (
            f"**Mixed**: no cause stands out. The largest is {name}, with {share} of the shortage."
        )
    return f"Mostly {name}, with {share} of the shortage; {formats.rate(row['confidence'])} sure."


def evidence(row: Mapping[str, Any]) -> str:
    """One record behind a cause: what was planned → what happened (Markdown)."""
    write = WRITERS.get(row["evidence_kind"])
    text = write(row) if write else plain(str(row["evidence_id"]))
    if row["is_component"]:
        text = f"{plain(_item(row))}, a component: {text}"
    if row["evidence_date"] < row["on_date"]:
        was = "It was needed on" if row["is_component"] else "The shortage goes back to"
        text += f" {was} {formats.day(row['evidence_date'])}."
    return text


def _item(row: Mapping[str, Any]) -> str:
    return str(row["item_name"] or row["item_id"] or "")


def _number(row: Mapping[str, Any]) -> str:
    # A supply's id begins with PO or MO: the words before it say that already.
    return plain(str(row["evidence_id"]).partition(" ")[2] or str(row["evidence_id"]))


def _purchase(row: Mapping[str, Any]) -> str:
    who = row["supplier_name"] or row["supplier_id"]
    text = f"Purchase order **{_number(row)}**" + (f" to {plain(who)}" if who else "")
    text += f": {_units(row['planned_qty'])} promised for **{formats.day(row['planned_date'])}**"
    if row["cause"] == "receipt_quality":
        return f"{text} → **{_units(row['happened_qty'])}** good and in.{_came(row)}"
    shipped = ""
    if row["start_date"] is not None:
        shipped = f" Shipped {formats.day(row['start_date'])}"
        if row["planned_start_date"] is not None:
            shipped += f", planned {formats.day(row['planned_start_date'])}"
        shipped += "."
    elif row["planned_start_date"] is not None and row["happened_date"] is None:
        shipped = f" Not shipped; planned {formats.day(row['planned_start_date'])}."
    return f"{text} → {_late(row)}.{shipped}"


def _came(row: Mapping[str, Any]) -> str:
    day = row["happened_date"]
    return f" All of it came by {formats.day(day)}." if day else ""


def _late(row: Mapping[str, Any]) -> str:
    late = formats.days(row["late_days"])
    if row["happened_date"] is None:
        came = row["happened_qty"] or 0
        so_far = f"{_units(came)} in" if came else "**not in**"
        return f"{so_far}, {late} late so far"
    return f"in on **{formats.day(row['happened_date'])}**, {late} late"


def _production(row: Mapping[str, Any]) -> str:
    text = (
        f"Production order **{_number(row)}**: {_units(row['planned_qty'])} promised for"
        f" **{formats.day(row['planned_date'])}** → "
    )
    if row["happened_date"] is None:
        text += f"**not finished**, {formats.days(row['late_days'])} late so far."
    else:
        text += (
            f"finished on **{formats.day(row['happened_date'])}**,"
            f" {formats.days(row['late_days'])} late."
        )
    if row["start_date"] is not None and row["planned_start_date"] is not None:
        text += (
            f" Started {formats.day(row['start_date'])}, planned"
            f" {formats.day(row['planned_start_date'])}."
        )
    return text


def _sales_day(row: Mapping[str, Any]) -> str:
    event = f" ({plain(row['note'])})" if row["note"] else ""
    text = (
        f"**{formats.day(row['happened_date'])}**{event}: {_units(row['planned_qty'])} on a usual"
        f" day → **{_units(row['happened_qty'])}** ordered."
    )
    if row["cause"] == "forecasting":
        text += " The event came the year before too: the forecast could know."
    return text


def _forecast(row: Mapping[str, Any]) -> str:
    made = row["planned_date"]
    basis = (
        f"Forecast of **{formats.day(made)}**" if made else "No forecast; the mean demand before"
    )
    return (
        f"{basis}: {_units(row['planned_qty'])} over the lead time →"
        f" **{_units(row['happened_qty'])}** ordered."
    )


def _adjustments(row: Mapping[str, Any]) -> str:
    return (
        "Stock record: no correction planned →"
        f" **{_units(row['happened_qty'])}** by counts and breakage since the plan."
    )


def _plan(row: Mapping[str, Any]) -> str:
    try:
        text = f"Plan of **{formats.day(date.fromisoformat(str(row['evidence_id'])[-10:]))}**"
    except ValueError:
        text = "The plan"
    left = row["happened_qty"]
    if left is not None and left < 0:
        return (
            f"{text}: stock and orders placed were to last → by"
            f" {formats.day(row['evidence_date'])} they left **{_units(left)}**: too little was"
            " ordered, or too late."
        )
    return f"{text}: stock and orders placed just met the demand expected, with nothing to spare."


def _policy(row: Mapping[str, Any]) -> str:
    return (
        "On purpose: the item is made to order, sold ahead, or may be backordered up to its limit."
    )


def _queue(row: Mapping[str, Any]) -> str:
    return (
        f"Stock was there on **{formats.day(row['on_date'])}** → it did not go to this line:"
        " blocked, reserved for others, or the line was on hold."
    )


def _balance(row: Mapping[str, Any]) -> str:
    return (
        "Stock balances fell by more than the movements loaded explain: adjustments or returns"
        " are missing."
    )


def _missing(row: Mapping[str, Any]) -> str:
    return f"The records do not tell: **{plain(formats.word(row['note']))}** would."


WRITERS = {
    "purchase_order": _purchase,
    "production_order": _production,
    "sales_day": _sales_day,
    "forecast": _forecast,
    "stock_adjustments": _adjustments,
    "plan": _plan,
    "policy": _policy,
    "queue": _queue,
    "stock_balance": _balance,
    "missing_table": _missing,
}


def _units(value: Any) -> str:
    if value is None:
        return formats.UNKNOWN
    rounded = round(float(value), 1)
    return formats.quantity(int(rounded) if rounded.is_integer() else rounded).replace("-", "−")


def part(row: Mapping[str, Any], measure: str, unit: str, currency: str | None) -> str:
    """How much of a line, in the unit shown first, the other beside it."""
    value, qty = row[f"{measure}_value"], _units(row[f"{measure}_qty"])
    if value is None:
        return qty
    money = formats.money(value, currency)
    return f"{money} · {qty}" if unit == "value" else f"{qty} · {money}"


def shown(rows: int, total: int, cause: str | None) -> str:
    """How many of the short lines a table shows."""
    of = f" with units of *{plain(cause)}*" if cause else ""
    if rows < total:
        return (
            f"The {rows:,} dearest of {formats.count(total, 'short line')}{of}; the downloads hold"
            " them all. Select a line to see the records behind it."
        )
    return (
        f"{formats.count(total, 'short line')}{of}, the dearest first. Select a line to see the"
        " records behind it."
    )


def tables(rows: Iterator[Mapping[str, Any]], unit: str, currency: str | None) -> str:
    """Which tables would tell what is unknown, as a list (Markdown)."""
    texts = []
    for row in rows:
        worth = plain(formats.amount(row, "unknown", unit, currency))
        name = plain(formats.word(row["missing_table"]))
        state = "not enough rows of it are loaded" if row["is_loaded"] else "it is not loaded"
        texts.append(
            f"- **{name}** would tell the cause of {worth}, in"
            f" {formats.count(row['lines'], 'line')}; {state}."
        )
    return "\n".join(texts)
