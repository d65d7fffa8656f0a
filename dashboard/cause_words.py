"""What the page *Causes* says: causes, changes and the records behind them in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from dashboard import formats
from dashboard.formats import plain
from dashboard.texts import _, given

MOVERS = 4
"""Causes named in a sentence about a change."""


def answer(totals: Mapping[str, Any], causes: pl.DataFrame, unit: str, currency: str | None) -> str:
    """The top cause and its share, and what is on purpose, as a sentence (Markdown)."""
    planned = plain(formats.amount(totals, "planned", unit, currency))
    planned_rate = totals[f"planned_{unit}_rate"]
    unplanned = plain(formats.amount(totals, "unplanned", unit, currency))
    purpose = _("{planned} ({rate}) is on purpose").format(
        planned=planned, rate=formats.rate(planned_rate)
    )
    found = causes.filter(~pl.col("is_planned"), pl.col("cause") != "unknown")
    if found.is_empty() and totals[f"unknown_{unit}"]:
        text = _("**The records do not tell why**; {purpose}").format(purpose=purpose)
    elif found.is_empty():
        text = _("Of {lines} {purpose}, {unplanned} is not").format(
            lines=formats.count(totals["lines"], "short line"), purpose=purpose, unplanned=unplanned
        )
    else:
        top = found.row(0, named=True)
        share = top[f"{unit}_share_rate"]
        worth = plain(formats.amount(top, "cause", unit, currency))
        first = (
            _("Most of it: **{cause}**, {worth} or **{share}**, in {lines}.")
            if (share or 0) > 0.5
            else _("The largest cause: **{cause}**, {worth} or **{share}**, in {lines}.")
        )
        text = first + " " + _("Of {short} {unplanned} is unplanned and {purpose}")
        text = text.format(
            cause=plain(given(top["cause_name"])),
            worth=worth,
            share=formats.rate(share),
            lines=formats.count(top["lines"], "line"),
            short=formats.count(totals["lines"], "short line"),
            unplanned=unplanned,
            purpose=purpose,
        )
        if (planned_rate or 0) > 0.5:
            text = _(
                "**Most of it is on purpose**: {planned} or **{rate}**. Of the {unplanned} that is"
                " not, the largest cause is **{cause}**, {worth}"
            ).format(
                planned=planned,
                rate=formats.rate(planned_rate),
                unplanned=unplanned,
                cause=plain(given(top["cause_name"])),
                worth=worth,
            )
    if totals[f"unknown_{unit}"]:
        text += _("; for {amount} ({rate}) the cause is unknown").format(
            amount=plain(formats.amount(totals, "unknown", unit, currency)),
            rate=formats.rate(totals[f"unknown_{unit}_rate"]),
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
        f"{plain(_(name))} {plain(formats.change(gap, 0, unit, currency) or '')}"
        for name, gap in known[:MOVERS]
    ]
    rest = sum(gap for _name, gap in known[MOVERS:])
    if len(known) > MOVERS:
        texts.append(
            _("all others {change}").format(
                change=plain(formats.change(rest, 0, unit, currency) or "")
            )
        )
    return ", ".join(texts)


def line(row: Mapping[str, Any], basis: str, unit: str, currency: str | None) -> str:
    """What is short of one order line, for whom and since when, and why (Markdown)."""
    worth = formats.amount(row, "short", unit, currency)
    other = formats.amount(row, "short", "qty" if unit == "value" else "value", currency)
    worth += f" ({other})" if other != formats.UNKNOWN else ""
    who = row["customer_name"] or row["customer_id"]
    text = _("**{worth}** of {item}").format(
        worth=plain(worth), item=plain(row["item_name"] or row["item_id"])
    )
    if who:
        text += _(" for {customer}").format(customer=plain(who))
    when = (
        _("short today")
        if basis == "as_of"
        else _("short on {day}").format(day=formats.day(row["on_date"]))
    )
    text += _(", ordered {ordered}, due {due}: {when}").format(
        ordered=formats.day(row["order_date"]), due=formats.day(row["due_date"]), when=when
    )
    return text + "."


def top(row: Mapping[str, Any]) -> str:
    """The cause most of a line is due to, and how sure that is (Markdown)."""
    name = f"**{plain(given(row['top_cause_name']))}**"
    if row["top_cause"] == "unknown":
        return _("Why is not known: the table {table} would tell.").format(
            table=plain(formats.word(row["missing_table"]))
        )
    share = formats.rate(row["cause_share"])
    if row["is_mixed"]:
        return _(
            "**Mixed**: no cause stands out. The largest is {name}, with {share} of the shortage."
        ).format(name=name, share=share)
    return _("Mostly {name}, with {share} of the shortage; {confidence} sure.").format(
        name=name, share=share, confidence=formats.rate(row["confidence"])
    )


def evidence(row: Mapping[str, Any]) -> str:
    """One record behind a cause: what was planned → what happened (Markdown)."""
    write = WRITERS.get(row["evidence_kind"])
    text = write(row) if write else plain(str(row["evidence_id"]))
    if row["is_component"]:
        text = _("{item}, a component: {text}").format(item=plain(_item(row)), text=text)
    if row["evidence_date"] < row["on_date"]:
        was = (
            _("It was needed on {day}.")
            if row["is_component"]
            else _("The shortage goes back to {day}.")
        )
        text += " " + was.format(day=formats.day(row["evidence_date"]))
    return text


def _item(row: Mapping[str, Any]) -> str:
    return str(row["item_name"] or row["item_id"] or "")


def _number(row: Mapping[str, Any]) -> str:
    # A supply's id begins with PO or MO: the words before it say that already.
    return plain(str(row["evidence_id"]).partition(" ")[2] or str(row["evidence_id"]))


def _purchase(row: Mapping[str, Any]) -> str:
    who = row["supplier_name"] or row["supplier_id"]
    text = _("Purchase order **{order}**").format(order=_number(row)) + (
        _(" to {supplier}").format(supplier=plain(who)) if who else ""
    )
    text += _(": {quantity} promised for **{day}**").format(
        quantity=_units(row["planned_qty"]), day=formats.day(row["planned_date"])
    )
    if row["cause"] == "receipt_quality":
        return _("{text} → **{quantity}** good and in.").format(
            text=text, quantity=_units(row["happened_qty"])
        ) + _came(row)
    shipped = ""
    if row["start_date"] is not None:
        shipped = " " + _("Shipped {start}").format(start=formats.day(row["start_date"]))
        if row["planned_start_date"] is not None:
            shipped += _(", planned {planned_start}").format(
                planned_start=formats.day(row["planned_start_date"])
            )
        shipped += "."
    elif row["planned_start_date"] is not None and row["happened_date"] is None:
        shipped = " " + _("Not shipped; planned {planned_start}.").format(
            planned_start=formats.day(row["planned_start_date"])
        )
    return f"{text} → {_late(row)}.{shipped}"


def _came(row: Mapping[str, Any]) -> str:
    day = row["happened_date"]
    return " " + _("All of it came by {day}.").format(day=formats.day(day)) if day else ""


def _late(row: Mapping[str, Any]) -> str:
    late = formats.days(row["late_days"])
    if row["happened_date"] is None:
        came = row["happened_qty"] or 0
        so_far = _("{came} in").format(came=_units(came)) if came else _("**not in**")
        return _("{so_far}, {late} late so far").format(so_far=so_far, late=late)
    return _("in on **{happened}**, {late} late").format(
        happened=formats.day(row["happened_date"]), late=late
    )


def _production(row: Mapping[str, Any]) -> str:
    text = _("Production order **{order}**: {quantity} promised for **{day}** → ").format(
        order=_number(row),
        quantity=_units(row["planned_qty"]),
        day=formats.day(row["planned_date"]),
    )
    if row["happened_date"] is None:
        text += _("**not finished**, {late} late so far.").format(
            late=formats.days(row["late_days"])
        )
    else:
        text += _("finished on **{happened}**, {late} late.").format(
            happened=formats.day(row["happened_date"]), late=formats.days(row["late_days"])
        )
    if row["start_date"] is not None and row["planned_start_date"] is not None:
        text += " " + _("Started {start}, planned {planned_start}.").format(
            start=formats.day(row["start_date"]),
            planned_start=formats.day(row["planned_start_date"]),
        )
    return text


def _sales_day(row: Mapping[str, Any]) -> str:
    event = f" ({plain(row['note'])})" if row["note"] else ""
    text = _("**{day}**{event}: {usual} on a usual day → **{quantity}** ordered.").format(
        day=formats.day(row["happened_date"]),
        event=event,
        usual=_units(row["planned_qty"]),
        quantity=_units(row["happened_qty"]),
    )
    if row["cause"] == "forecasting":
        text += " " + _("The event came the year before too: the forecast could know.")
    return text


def _forecast(row: Mapping[str, Any]) -> str:
    made = row["planned_date"]
    basis = (
        _("Forecast of **{made}**").format(made=formats.day(made))
        if made
        else _("No forecast; the mean demand before")
    )
    return _("{basis}: {expected} over the lead time → **{quantity}** ordered.").format(
        basis=basis, expected=_units(row["planned_qty"]), quantity=_units(row["happened_qty"])
    )


def _adjustments(row: Mapping[str, Any]) -> str:
    return _(
        "Stock record: no correction planned → **{happened}** by counts"
        " and breakage since the plan."
    ).format(happened=_units(row["happened_qty"]))


def _plan(row: Mapping[str, Any]) -> str:
    try:
        text = _("Plan of **{day}**").format(
            day=formats.day(date.fromisoformat(str(row["evidence_id"])[-10:]))
        )
    except ValueError:
        text = _("The plan")
    left = row["happened_qty"]
    if left is not None and left < 0:
        return _(
            "{text}: stock and orders placed were to last → by {day} they"
            " left **{left}**: too little was ordered, or too late."
        ).format(text=text, day=formats.day(row["evidence_date"]), left=_units(left))
    return _(
        "{text}: stock and orders placed met the demand expected and left **{left}** to spare: too"
        " little for ordinary ups and downs."
    ).format(text=text, left=_units(left))


def _policy(row: Mapping[str, Any]) -> str:
    return _(
        "On purpose: the item is made to order, sold ahead, or may be backordered up to its limit."
    )


def _queue(row: Mapping[str, Any]) -> str:
    return _(
        "Stock was there on **{on}** → it did not go to this line:"
        " blocked, reserved for others, or the line was on hold."
    ).format(on=formats.day(row["on_date"]))


def _balance(row: Mapping[str, Any]) -> str:
    return _(
        "Stock balances fell by more than the movements loaded explain: adjustments or returns"
        " are missing."
    )


def _missing(row: Mapping[str, Any]) -> str:
    return _("The records do not tell: **{note}** would.").format(
        note=plain(formats.word(row["note"]))
    )


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
    of = _(" with units of *{cause}*").format(cause=plain(cause)) if cause else ""
    if rows < total:
        return _(
            "The {rows} dearest of {total}{of}; the downloads hold them all."
            " Select a line to see the records behind it."
        ).format(rows=formats.number(rows), total=formats.count(total, "short line"), of=of)
    return _("{total}{of}, the dearest first. Select a line to see the records behind it.").format(
        total=formats.count(total, "short line"), of=of
    )


def tables(rows: Iterator[Mapping[str, Any]], unit: str, currency: str | None) -> str:
    """Which tables would tell what is unknown, as a list (Markdown)."""
    texts = []
    for row in rows:
        worth = plain(formats.amount(row, "unknown", unit, currency))
        name = plain(formats.word(row["missing_table"]))
        state = _("not enough rows of it are loaded") if row["is_loaded"] else _("it is not loaded")
        texts.append(
            _("- **{name}** would tell the cause of {worth}, in {lines}; {state}.").format(
                name=name, worth=worth, lines=formats.count(row["lines"], "line"), state=state
            )
        )
    return "\n".join(texts)
