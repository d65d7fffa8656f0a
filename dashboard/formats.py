"""How names, numbers and dates read on the screen, said once for pages, charts and tables."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern

from dashboard import texts
from dashboard.texts import N_, N_n, Texts, _, _n, given

Number = int | float | Decimal

UNKNOWN = "–"
UNCHANGED = N_("unchanged")

# The field's own terms; the help texts come from the dictionary, not from here.
LABELS = Texts(
    {
        "order_id": "Order",
        "line_id": "Line",
        "orders": "Orders",
        "customers": "Customers",
        "lines": "Open lines",
        "backordered_lines": "Lines backordered",
        "item": "Item",
        "item_id": "Item id",
        "item_name": "Item",
        "category": "Category",
        "customer": "Customer",
        "customer_id": "Customer id",
        "customer_name": "Customer",
        "segment": "Segment",
        "region": "Region",
        "supplier": "Supplier",
        "supplier_id": "Supplier id",
        "supplier_name": "Supplier",
        "location": "Location",
        "location_id": "Location id",
        "location_name": "Location",
        "channel": "Channel",
        "order_type": "Order type",
        "order_month": "Order month",
        "is_planned": "Planned",
        "backlog_type": "Type",
        "line_status": "Status",
        "hold_reason": "Hold reason",
        "order_date": "Ordered",
        "requested_date": "Requested",
        "first_promised_date": "First promise",
        "promised_date": "Promised",
        "due_date": "Due",
        "need_by_date": "Needed by",
        "expected_fill_date": "Expected fill",
        "expected_date": "Expected",
        "expected_p80_date": "There with 80 %",
        "expected_p95_date": "There with 95 %",
        "oldest_order_date": "Oldest order",
        "oldest_due_date": "Oldest due",
        "ordered_qty": "Ordered",
        "shipped_qty": "Shipped",
        "cancelled_qty": "Cancelled",
        "open_qty": "Open",
        "allocated_qty": "Allocated",
        "backordered_qty": "Backordered",
        "future_short_qty": "Future short",
        "held_qty": "Held",
        "past_due_qty": "Past due",
        "late_qty": "Late",
        "covered_qty": "Covered",
        "uncovered_qty": "Uncovered",
        "open_value": "Open",
        "backordered_value": "Backordered",
        "backordered_margin": "Margin backordered",
        "covered_value": "Covered",
        "uncovered_value": "Uncovered",
        "past_due_value": "Past due",
        "late_value": "Late",
        "future_short_value": "Future short",
        "held_value": "Held",
        "wait_days": "Waiting",
        "age_days": "Age",
        "lateness_days": "Late by",
        "mean_wait_days": "Mean wait",
        "days_after_due": "After due",
        "ageing_bucket": "Days past due",
        "bucket": "Days past due",
        "unit_price": "Unit price",
        "unit_cost": "Unit cost",
        "is_price_missing": "No price",
        "is_cost_missing": "No cost",
        "price_missing_lines": "Lines without price",
        "cost_missing_lines": "Lines without cost",
        "rule_name": "Rule",
        "po_id": "Purchase order",
        "uom": "Unit",
        "action_rank": "No.",
        "action_name": "Action",
        "act_by_date": "Act by",
        "worth_value": "Worth",
        "action_qty": "Quantity",
        "is_overdue": "Overdue",
        "owner": "Usually done by",
        "subject_id": "Subject",
        "evidence_model": "Evidence",
        "baseline_fill_date": "Filled, as is",
        "scenario_fill_date": "Filled, in the scenario",
        "allocation_rule": "Rule id",
        "is_in_force": "In force",
        "filled_lines": "Lines filled",
        "line_fill_rate": "Of lines",
        "filled_orders": "Orders filled",
        "order_fill_rate": "Of orders",
        "filled_qty": "Filled",
        "unit_fill_rate": "Of units",
        "filled_value": "Filled",
        "value_fill_rate": "Of value",
        "short_qty": "Short",
        "short_value": "Short",
        "promised_lines": "Promised lines",
        "promise_kept_lines": "Promises kept",
        "promise_broken_lines": "Promises broken",
        "promise_unknown_lines": "Promises unknown",
        "promise_kept_rate": "Kept",
        "winning_lines": "Lines better off",
        "losing_lines": "Lines worse off",
        "won_qty": "Won",
        "lost_qty": "Lost",
        "won_value": "Won",
        "lost_value": "Lost",
        "gained_qty": "Gained",
        "gained_value": "Gained",
        "in_force_qty": "From stock today",
        "in_force_fill_date": "Whole today",
        "fill_date": "Whole under the rule",
        "outcome": "Outcome",
        "is_promise_kept": "Promise kept",
        "confirmed_qty": "Had before",
        "strategy": "Strategy",
        "is_exception": "Exception",
        "exception_lines": "Exceptions",
        "slack_days": "Slack",
        "late_lines": "Lines too late",
        "supply_id": "Supply id",
        "supply_kind": "Supply",
        "document_id": "Document",
        "pegged_qty": "Pegged",
        "pegged_value": "Pegged",
        "day": "Day",
        "week_start": "Week of",
        "month_start": "Month",
        "table_name": "Table",
        "column_name": "Column",
        "source_file": "File",
        "source_row": "Row",
        "load_id": "Load",
        "source_system": "Profile",
        "row_text": "The row as read",
        "format": "Read as",
        "tables": "Tables",
        "rows": "Rows",
        "rows_in": "Rows",
        "rows_loaded": "Loaded",
        "rows_refused": "Refused",
        "rows_superseded": "Superseded",
        "refused_cells": "Cells refused",
        "exported_at": "Exported",
        "is_full": "Full extract",
        "newest_date": "Newest record",
        "newest_load_at": "Loaded",
        "title": "What was found",
        "severity": "Kind",
        "kind": "Of",
        "id": "Id",
        "party_name": "Who",
        "party_id": "Id",
        "lines_moved": "Lines moved",
        "changes": "Moves",
        "mean_moved_days": "Mean move",
        "most_moved_days": "Furthest move",
        "pushed_out": "To later",
        "pulled_in": "To earlier",
        "changed_at": "Noticed",
        "old_date": "Promised before",
        "new_date": "Promised now",
        "moved_days": "Moved by",
        "overdue_qty": "Late",
        "overdue_value": "Late",
        "overdue_lines": "Lines late",
        "overdue_pegged_qty": "Waits for it",
        "short_caused_qty": "Short because of it",
        "short_caused_value": "Short because of it",
        "caused_share_rate": "Share of shortages",
        "overdue_pegged_value": "Waits for it",
        "pegged_orders": "Orders waiting",
        "otif_rate": "On time in full",
        "on_time_rate": "On time",
        "in_full_rate": "In full",
        "lines_due": "Lines due",
        "undated_lines": "Lines without a day",
        "unpromised_lines": "Lines without a promise",
        "fill_rate": "Filled",
        "reject_rate": "Refused",
        "rejected_qty": "Refused",
        "due_qty": "Ordered",
        "mean_stated_lead_days": "Lead time stated",
        "stated_lead_days": "Lead time stated",
        "mean_lead_days": "Lead time",
        "lead_days": "Lead time",
        "p95_lead_days": "Lead time of 95 %",
        "safety_days": "Safety",
        "mean_slip_days": "Mean slip",
        "p95_slip_days": "Slip of 95 %",
        "received_slip_days": "Slip",
        "unit_days_late": "Item-days late",
        "promise_moves": "Promise moves",
        "promise_moved_days": "Moved by",
        "open_lines": "Lines open",
        "open_share_rate": "Share of open",
        "spend_value": "Spend",
        "spend_share_rate": "Share of spend",
        "single_source_items": "Only source of",
        "single_source_backlog_value": "Backlog of these",
        "is_single_source": "Only source",
        "cancel_rate": "Cancelled before filled",
        "expected_cancel_value": "Expected cancelled",
        "expected_cancel_margin": "Margin cancelled",
        "expected_refund_value": "Expected refund",
        "fill_p50_date": "Filled",
        "fill_p80_date": "Filled with 80 %",
        "fill_p95_date": "Filled with 95 %",
        "delay_days": "Delay",
        "worst_delay_days": "Worst delay",
        "stressed_delay_days": "Worst delay, stressed",
        "is_fill_assumed": "As if ordered today",
        "is_cash_derived": "Cash derived",
        "is_backordered": "Due",
        "expected_loss_value": "Lost next year",
        "stressed_loss_value": "Lost, stressed",
        "orders_per_year": "Orders a year",
        "yearly_value": "Bought a year",
        "drop_rate": "Share lost",
        "expected_lost_orders": "Orders lost",
        "expected_miss_value": "Expected missed",
        "miss_rate": "Comes too late",
        "ship_by_date": "Ship by",
        "order_by_date": "Order by",
        "days_left": "Left",
        "is_pegged": "On order",
        "notice_state": "Notice",
        "notice_date": "Ship or tell by",
        "is_consent_needed": "Consent needed",
        "is_renewed": "Moved before",
        "pool_id": "Pool",
        "before_short_rate": "Short without supply",
        "before_short_value": "Unfilled without supply",
        "before_run_out_date": "Out without supply",
        "after_short_rate": "Short with supply",
        "after_short_value": "Unfilled with supply",
        "after_run_out_date": "Out with supply",
        "usable_qty": "In stock",
        "owed_qty": "Owed",
        "coming_qty": "On order in time",
        "demand_qty": "Likely demand",
        "demand_sd_qty": "Its spread",
        "lead_time_days": "Lead time",
        "is_forecast": "Forecast",
        "load_kind": "Source",
        "breaks_at_factor": "Breaks at times demand",
        "utilisation": "Utilisation",
        "queue_factor": "u / (1 - u)",
        "week_qty": "Taken a week",
        "capacity_week_qty": "Capacity a week",
        "capacity_basis": "Capacity is",
        "order_wait_days": "An order waits",
        "clear_days": "Backlog cleared in",
        "sources": "Known sources",
        "sold_week_value": "Sold a week with it",
        "brand_points": "Points",
        "broken_rate": "Promises broken",
        "broken_value": "Orders broken",
        "repromised_rate": "Promised again twice",
        "first_broken_rate": "First orders broken",
        "long_delayed_rate": "Late for long",
        "refunded_rate": "Refunded",
        "wait_bucket": "Days since the order",
        "late_bucket": "Days past the promise",
        "week_cancel_rate": "Cancelled a week",
        "hazard_per_week": "Per line and week",
        "cancelled_lines": "Lines cancelled",
        "at_risk_weeks": "Line-weeks",
        "is_otif": "On time in full",
        "is_on_hold": "On hold",
        "backlog_qty": "Backlog",
        "backlog_value": "Backlog",
        "received_date": "Received",
        "country": "Country",
        "fact": "What",
        "cause": "Cause",
        "cause_name": "Cause",
        "top_cause_name": "Top cause",
        "confidence": "Confidence",
        "cause_qty": "Of the cause",
        "cause_value": "Of the cause",
        "on_date": "Short on",
        "reason_code": "Typed reason",
        "missing_table": "Table that would tell",
        "evidence_kind": "Record",
        "evidence_id": "Which",
        "evidence_qty": "Of the line",
        "evidence_value": "Of the line",
        "evidence_date": "Day it mattered",
        "planned_date": "Planned for",
        "happened_date": "Happened on",
        "planned_qty": "Planned",
        "happened_qty": "Happened",
        "planned_start_date": "To start or ship",
        "start_date": "Started or shipped",
        "late_days": "Late by",
        "note": "Note",
        "but_for_qty": "Not short without it",
        "but_for_value": "Not short without it",
        "sufficient_qty": "Short from it alone",
        "sufficient_value": "Short from it alone",
        "unknown_qty": "Unknown",
        "unknown_value": "Unknown",
        "to_come_value": "To come in",
        "to_pay_value": "To go out",
        "undated_value": "On no known day",
        "paid_date": "Paid by",
        "paid_p80_date": "Paid by, 80 %",
        "paid_p95_date": "Paid by, 95 %",
        "float_value": "Float",
        "cost_value": "Cost",
        "prepaid_value": "Paid ahead",
        "customer_pays_date": "Customer pays",
        "supplier_paid_date": "Supplier paid",
        "payment_terms_id": "Terms",
        "is_terms_known": "Terms known",
        "is_derived": "From terms",
        "unknown_reason": "Why unknown",
        "due_value": "Owed",
        "overdue_days": "Overdue",
        "delivered_date": "Delivered",
        "event_value": "Money",
        "p50_date": "Day",
        "p80_date": "Day, 80 %",
        "p95_date": "Day, 95 %",
        "part_id": "Hangs on",
        "net_value": "Net",
        "benefit_value": "Earned and saved",
        "burden_value": "Cost in all",
        "break_even_wait_days": "Pays up to",
        "wait_qty": "Waits",
        "wait_value": "Waits",
        "premium_value": "Premium",
        "waste_value": "Waste avoided",
        "storage_value": "Storage avoided",
        "storage_m3_days": "Storage, m³ × days",
        "capital_value": "Capital avoided",
        "holding_value": "Other holding avoided",
        "lost_order_value": "Orders not placed",
        "cancelled_value": "Cancelled",
        "customer_loss_value": "Customers lost",
        "expedite_value": "Expediting",
        "stock_qty": "Stock avoided",
        "stocking_policy": "Policy",
        "better_policy": "Better policy",
        "planned_backorder_qty": "Wait on purpose",
        "max_planned_backorder_qty": "Limit now",
        "economic_qty": "Order at once",
        "backorder_rate": "Share that waits",
        "saved_value": "Saved in a year",
        "no_demand_rate": "No order in lead time",
        "critical_rate": "To order from",
        "yearly_qty": "In a year",
        "yearly_lines": "Orders in a year",
        "order_cost": "Cost of an order",
        "holding_cost": "Holding a unit a year",
        "backorder_cost": "Waiting unit a year",
        "yearly_cost": "Cost in a year",
        "stocked_cost": "If nothing waited",
        "is_customised": "Custom work",
        "is_lead_known": "Lead time known",
        "label": "Assumption",
        "default_value": "Default",
        "source": "Source",
        "assumption": "Name",
        "unit": "Unit",
        "replenishment": "Buy or make",
        "proposed_qty": "Order",
        "proposed_value": "Costs",
        "freed_value": "Frees",
        "freed_qty": "Frees",
        "freed_margin": "Margin freed",
        "freed_lines": "Lines freed",
        "latest_order_date": "Order by",
        "wanted_qty": "Wanted",
        "lot_qty": "Lot",
        "min_order_qty": "Smallest order",
        "able_to_make_qty": "Able to make",
        "able_to_make_value": "Able to make",
        "able_to_make_rate": "Able to make",
        "needed_date": "Needed",
        "receipt_date": "There by",
        "position_qty": "Position",
        "target_qty": "Target",
        "offers": "Offers",
        "is_lead_time_assumed": "Lead time assumed",
        "expedite_rank": "Rank",
        "pull_days": "Can come sooner by",
        "day_value": "Value by the day",
        "day_margin": "Margin by the day",
        "day_refund_value": "Refunds by the day",
        "day_loss_value": "Customers by the day",
        "break_even_fee_value": "Break-even fee",
        "fee_value": "Fee",
        "is_worth_fee": "Worth the fee",
        "released_value": "Released",
        "is_for_making": "For making",
        "supply_qty": "To come",
        "saved_margin": "Margin saved",
        "saved_loss_margin": "Customers saved",
        "saved_capital_value": "Capital saved",
        "gating_rank": "Rank",
        "component_name": "Component",
        "component_id": "Component id",
        "blocked_value": "Blocked",
        "blocked_qty": "Blocked",
        "missing_qty": "Missing",
        "next_date": "Next comes",
        "unordered_qty": "Not ordered",
        "is_loop": "Made of itself",
        "is_stock_unknown": "Stock unknown",
        "waiting_qty": "Waits",
        "waiting_value": "Waits",
        "from_parts_qty": "From parts in stock",
        "first_due_date": "First due",
        "undated_qty": "Late, day unknown",
        "part_qty": "For making",
        "on_time_qty": "Comes in time",
        "first_needed_date": "First needed",
        "needed_qty": "Needed",
        "sold_qty": "For orders",
        "demands": "Demands",
        "on_hand_qty": "On hand",
        "on_order_qty": "On order",
        "reorder_point_qty": "Reorder point",
        "safety_stock_qty": "Safety stock",
        "is_below_reorder_point": "Below reorder point",
        "is_below_safety_stock": "Below safety stock",
        "is_to_reorder": "To reorder",
        "place": "Where it goes in",
        "level": "Level",
        "per_unit_qty": "In one",
        "is_made": "Made",
        "free_qty": "Free in stock",
        "bom_rows": "Rows",
        "loop_items": "Each made of the next",
        "levels": "Levels",
    }
)

WORDS = Texts(
    {
        "on_hand": "Stock on hand",
        "purchase_order": "Purchase order",
        "production_order": "Production order",
        "scheduled": "Scheduled",
        "unscheduled": "Unscheduled",
        "delinquent": "Delinquent",
        "blocked": "Blocked",
        "requested": "Requested date",
        "first_promise": "First promise",
        "last_promise": "Last promise",
        "unit": "Units",
        "line": "Lines",
        "order": "Orders",
        "wins": "Better off",
        "loses": "Worse off",
        "contradiction": "Contradiction",
        "missing": "Missing",
        "stale": "Old",
        "sales": "Sales order",
        "purchase": "Purchase order",
        "bom_lines": "Bill of materials",
        "uom_conversions": "Units of measure",
        "sales_day": "Day of sales",
        "forecast": "Forecast",
        "plan": "Plan",
        "policy": "On purpose",
        "queue": "Stock that went elsewhere",
        "stock_balance": "Stock balance",
    }
)

_COUNTED = {
    "action": N_n("{n} action", "{n} actions"),
    "assumption": N_n("{n} assumption", "{n} assumptions"),
    "balance": N_n("{n} balance", "{n} balances"),
    "cause": N_n("{n} cause", "{n} causes"),
    "cell": N_n("{n} cell", "{n} cells"),
    "component": N_n("{n} component", "{n} components"),
    "customer": N_n("{n} customer", "{n} customers"),
    "day": N_n("{n} day", "{n} days"),
    "event": N_n("{n} event", "{n} events"),
    "file": N_n("{n} file", "{n} files"),
    "first order": N_n("{n} first order", "{n} first orders"),
    "hour": N_n("{n} hour", "{n} hours"),
    "item": N_n("{n} item", "{n} items"),
    "kind": N_n("{n} kind", "{n} kinds"),
    "line": N_n("{n} line", "{n} lines"),
    "loop": N_n("{n} loop", "{n} loops"),
    "minute": N_n("{n} minute", "{n} minutes"),
    "more record": N_n("{n} more record", "{n} more records"),
    "open line": N_n("{n} open line", "{n} open lines"),
    "order": N_n("{n} order", "{n} orders"),
    "order line": N_n("{n} order line", "{n} order lines"),
    "part": N_n("{n} part", "{n} parts"),
    "payment": N_n("{n} payment", "{n} payments"),
    "row": N_n("{n} row", "{n} rows"),
    "short line": N_n("{n} short line", "{n} short lines"),
    "supplier": N_n("{n} supplier", "{n} suppliers"),
    "unit": N_n("{n} unit", "{n} units"),
}


def label(column: str) -> str:
    """The column's name for a reader; unknown names are split at their underscores."""
    return LABELS[column] if column in LABELS else given(column.replace("_", " ").capitalize())


def english_label(column: str) -> str:
    """The same in English, whoever asks."""
    return LABELS.english.get(column) or column.replace("_", " ").capitalize()


def word(code: str | None) -> str:
    """A code of the models as words; words of the models in the reader's language."""
    if code is None:
        return UNKNOWN
    return WORDS[code] if code in WORDS else _(code.replace("_", " ").capitalize())


def words(codes: pl.Series) -> pl.Series:
    """Codes of the models as words: polars would call `word` from threads of no language."""
    found = {code: word(code) for code in codes.unique()}
    return codes.replace_strict(found, default=None, return_dtype=pl.String)


def translated(names: pl.Series) -> pl.Series:
    """Names the models give in English, in the reader's language."""
    found = {name: name and _(name) for name in names.unique()}
    return names.replace_strict(found, default=None, return_dtype=pl.String)


@cache
def _pattern(locale: Locale, digits: int) -> NumberPattern:
    whole = locale.decimal_formats[None].pattern.partition(".")[0]
    return parse_pattern(f"{whole}.{'0' * digits}" if digits else whole)


def number(value: Number, digits: int = 0) -> str:
    """A number with so many decimals, written as the reader's country does."""
    locale = texts.current()
    # Rounded by Python first, so that every language shows the same digits.
    exact = Decimal(f"{value:.{digits}f}")
    return str(_pattern(locale, digits).apply(exact, locale))


def signed(value: Number, digits: int = 0) -> str:
    """A number with its sign, plus or minus."""
    return f"{'+' if value >= 0 else ''}{number(value, digits)}"


def percent(value: Number, digits: int = 0) -> str:
    """A share in per cent."""
    pattern = texts.current().percent_formats[None]
    text = number(Decimal(f"{value:.{digits}%}".removesuffix("%")), digits)
    return f"{pattern.prefix[0]}{text}{pattern.suffix[0]}"


_SCALES = (
    (999.5e6, 1e9, N_("{number}B")),
    (999.5e3, 1e6, N_("{number}M")),
    (9_999.5, 1e3, N_("{number}K")),
)


def _scaled(value: float) -> str:
    """Three significant digits with K, M or B; whole below ten thousand."""
    # 999,950 would round to 1000K: the larger unit takes over half a step before it.
    for start, unit, text in _SCALES:
        if abs(value) >= start:
            scaled = value / unit
            digits = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
            return _(text).format(number=number(scaled, digits))
    return number(value)


def scales() -> list[tuple[float, str]]:
    """Where amounts are told in thousands, millions, billions, and how; the smallest first."""
    return [(unit, _(text)) for _start, unit, text in reversed(_SCALES)]


def around(currency: str | None) -> tuple[str, str]:
    """What stands before and behind an amount of a currency."""
    if not currency:
        return "", ""
    locale = texts.current()
    symbol = get_currency_symbol(currency, locale)
    if locale.currency_formats["standard"].pattern.startswith("¤"):
        return (f"{symbol} " if symbol[-1].isalpha() else symbol), ""
    return "", f"\N{NO-BREAK SPACE}{symbol}"


def money(value: Number | None, currency: str | None) -> str:
    """An amount short enough for a headline: €412K; unknown is a dash, never zero."""
    if value is None:
        return UNKNOWN
    before, behind = around(currency)
    return f"{'−' if value < 0 else ''}{before}{_scaled(abs(float(value)))}{behind}"


def quantity(value: Number | None) -> str:
    """Units, short: 12.4K units."""
    if value is None:
        return UNKNOWN
    size = float(value)
    text = _scaled(size) if abs(size) >= 10_000 else trimmed(size, 4)
    return _n("{n} unit", "{n} units", size).format(n=text)


def trimmed(value: float, digits: int = 4) -> str:
    """A number with as many decimals as it has, up to a limit."""
    kept = f"{value:.{digits}f}".rstrip("0").partition(".")[2]
    return number(value, len(kept))


def count(value: Number | None, noun: str) -> str:
    """A whole number with its noun: 1 line, 1,204 lines."""
    if value is None:
        return UNKNOWN
    one, many = _COUNTED[noun]
    return _n(one, many, value).format(n=number(int(value)))


def cell(value: Any, column: str) -> str:
    """One value of a table as text, for paper."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int | float | Decimal):
        if column.endswith("_rate") or column == "confidence":
            return percent(value)
        money = column.endswith(("_value", "_margin", "_price", "_cost"))
        return number(value, 2) if money else trimmed(float(value), 2)
    return plain(str(value))


def file_name(text: str) -> str:
    """Text of the data made safe inside the name of a file."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def days(value: Number | None) -> str:
    """A number of days, whole."""
    return UNKNOWN if value is None else count(round(float(value)), "day")


_ENGLISH = {"yMMMd": "d MMM y", "MMMd": "d MMM"}


@cache
def _dated(locale: Locale, skeleton: str) -> str:
    """The locale's own order of day, month and year."""
    # English without a country: day, month in letters, year, which no country reads in two ways.
    if locale == texts.SOURCE and skeleton in _ENGLISH:
        return _ENGLISH[skeleton]
    return str(locale.datetime_skeletons[skeleton].pattern)


def day(value: date | None) -> str:
    """A date that no country reads in two ways: 9 Aug 2026."""
    if value is None:
        return UNKNOWN
    locale = texts.current()
    return format_date(value, _dated(locale, "yMMMd"), locale)


def month(value: date) -> str:
    """A month in full: August 2026."""
    locale = texts.current()
    return format_date(value, _dated(locale, "yMMMM"), locale)


def short_month(value: date) -> str:
    """A month, short: Aug 2026."""
    locale = texts.current()
    return format_date(value, _dated(locale, "yMMM"), locale)


_D3 = {"MMMM": "%B", "MMM": "%b", "dd": "%d", "d": "%-d", "y": "%Y"}


def d3_day(skeleton: str = "yMMMd") -> str:
    """The pattern of a date for charts: %-d %b %Y."""
    pattern = _dated(texts.current(), skeleton)
    return re.sub(r"MMMM|MMM|dd|d|y", lambda found: _D3[found[0]], pattern)


def table_day() -> str:
    """The pattern of a date in a table; months in letters would be English there."""
    locale = texts.current()
    if locale.language == texts.SOURCE.language:
        return "D MMM YYYY"
    pattern = str(locale.datetime_skeletons["yMd"].pattern)
    return re.sub(
        r"M+|d+|y+", lambda found: {"M": "MM", "d": "DD", "y": "YYYY"}[found[0][0]], pattern
    )


def chart_locale() -> dict[str, dict[str, object]] | None:
    """Numbers and dates of charts; None where they are the charts' own."""
    locale = texts.current()
    if locale.language == texts.SOURCE.language:
        return None
    before, behind = around("EUR")
    symbols = locale.number_symbols.get("latn", {})
    names = locale.months["format"], locale.days["stand-alone"]
    return {
        "number": {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": [before, behind],
            "percent": locale.percent_formats[None].suffix[0],
            "minus": "−",
        },
        "time": {
            "dateTime": f"{d3_day()}, %H:%M",
            "date": d3_day(),
            "time": "%H:%M",
            "periods": ["AM", "PM"],
            "months": [names[0]["wide"][each] for each in range(1, 13)],
            "shortMonths": [names[0]["abbreviated"][each] for each in range(1, 13)],
            "days": [names[1]["wide"][each] for each in (6, 0, 1, 2, 3, 4, 5)],
            "shortDays": [names[1]["abbreviated"][each] for each in (6, 0, 1, 2, 3, 4, 5)],
        },
    }


def month_of(value: date) -> tuple[date, date]:
    """First and last day of the month a date lies in."""
    return value.replace(day=1), value.replace(day=monthrange(value.year, value.month)[1])


def moment(value: datetime | None) -> str:
    """A UTC time to the minute."""
    return UNKNOWN if value is None else f"{day(value.date())} {value:%H:%M} UTC"


def ago(gap: timedelta) -> str:
    """How long ago, in the largest unit that fits."""
    minutes = int(gap.total_seconds() // 60)
    if minutes >= 2880:
        n = minutes // 1440
        return _n("{n} day ago", "{n} days ago", n).format(n=number(n))
    if minutes >= 120:
        n = minutes // 60
        return _n("{n} hour ago", "{n} hours ago", n).format(n=number(n))
    if minutes >= 1:
        return _n("{n} minute ago", "{n} minutes ago", minutes).format(n=number(minutes))
    return _("just now")


def amount(row: Mapping[str, object], measure: str, unit: str, currency: str | None) -> str:
    """One measure of a row of totals in the unit shown ("value" or "qty"), headline form."""
    value = row.get(f"{measure}_{unit}")
    known = value if isinstance(value, (int, float, Decimal)) else None
    return money(known, currency) if unit == "value" else quantity(known)


def change(
    now: Number | None, before: Number | None, unit: str, currency: str | None
) -> str | None:
    """The signed difference of two amounts, with its share; None when one of them is unknown."""
    if now is None or before is None:
        return None
    gap = float(now) - float(before)
    if not gap:
        return _(UNCHANGED)
    size = money(abs(gap), currency) if unit == "value" else quantity(abs(gap))
    share = f" ({percent(abs(gap) / float(before), 1)})" if before else ""
    return f"{'-' if gap < 0 else '+'}{size}{share}"


def moves(found: Sequence[tuple[int, Any, Any]], unit: str, currency: str | None) -> str:
    """How the backlog moved over some numbers of days, in one line."""
    parts = [
        _n("{change} in {n} day", "{change} in {n} days", gap).format(
            change=change(now, then, unit, currency), n=number(gap)
        )
        for gap, then, now in found
        if then is not None and now is not None
    ]
    return plain(", ".join(parts)) if parts else _("Too little history to say how it moved.")


def tested(found: Sequence[tuple[float, float, int, Any]]) -> str:
    """How well days foretold were kept in the backtest, as a sentence; empty without one."""
    if not found:
        return ""
    shares = ", ".join(
        _("{come} were filled by the day foretold with {told}").format(
            come=percent(come), told=percent(told)
        )
        for told, come, *_rest in found
    )
    _told, _come, replays, last = found[0]
    return _("Of backordered lines, {shares}: {days} replayed, until {day}.").format(
        shares=shares, days=count(replays, "day"), day=day(last)
    )


def answer(totals: Mapping[str, Any]) -> str:
    """What is waiting, for whom and since when, as a sentence (Markdown)."""
    if not totals["backordered_lines"]:
        return _("**Nothing is backordered**: stock covers every line that is due.")
    text = _n(
        "**{lines}** of {n} open line cannot be filled from stock",
        "**{lines}** of {n} open lines cannot be filled from stock",
        totals["lines"],
    ).format(lines=count(totals["backordered_lines"], "order line"), n=number(totals["lines"]))
    if totals["mean_wait_days"] is not None:
        text += _("; a unit has waited **{wait}** on average").format(
            wait=days(totals["mean_wait_days"])
        )
    if totals["oldest_order_date"] is not None:
        text += _(", the oldest open order is from **{day}**").format(
            day=day(totals["oldest_order_date"])
        )
    return text + "."


def rate(value: Number | None) -> str:
    """A share as a percentage; small ones keep a digit, and what is not all is never 100%."""
    if value is None:
        return UNKNOWN
    share = float(value)
    if 0 < share < 0.0005:
        return f"<{percent(0.001, 1)}"
    if 0 < share < 0.1:
        return percent(share, 1)
    return percent(0.99) if 0.99 <= share < 1 else percent(share)


def signed_days(value: Number | None) -> str:
    """A number of days that may be negative, whole: −12 days."""
    if value is None:
        return UNKNOWN
    whole = round(float(value))
    return f"{'−' if whole < 0 else ''}{days(abs(whole))}"


def days_to_a_tenth(value: Number | None) -> str:
    """Days of a cash cycle: 12.3 days."""
    if value is None:
        return UNKNOWN
    return _("{number} days").format(number=number(float(value), 1).replace("-", "−"))


def actions_answer(kinds: Sequence[Mapping[str, Any]], currency: str | None) -> str:
    """How much there is to do, and the kind with most behind it, as a sentence (Markdown)."""
    total = sum(row["actions"] for row in kinds)
    late = sum(row["overdue_actions"] for row in kinds)
    text = _n("**{n} action** can be taken now", "**{n} actions** can be taken now", total).format(
        n=number(total)
    )
    text += _(", {late} of them overdue.").format(late=number(late)) if late else "."
    known = [row for row in kinds if row["worth_value"]]
    if known:
        most = max(known, key=lambda row: row["worth_value"])
        text += " " + _("Most money is behind *{action}*: {amount} in {actions}.").format(
            action=plain(inside(given(most["action_name"]))),
            amount=plain(money(most["worth_value"], currency)),
            actions=count(most["actions"], "action"),
        )
    return text


def inside(text: str) -> str:
    """A text that begins with a capital, inside a sentence: German keeps its capitals."""
    return text if texts.current().language == "de" else text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """A text that stands alone: it begins with a capital."""
    return text[:1].upper() + text[1:]


MATERIAL_LISTS = Texts(
    {
        "To order or make": "What frees most first. Components of the same product free the same"
        " orders: rows are not to be added up.",
        "To hurry": "Open orders that come too late and could come sooner: what each day pulled in"
        " releases, and the fee up to which it pays.",
        "Gating components": "What keeps made items from being started, by the backlog it blocks.",
        "Able to make": "Made items that order lines wait for, those that wait for most first.",
        "Short components": "Missing, or on order and too late; those to be ordered first stand"
        " first.",
        "Needs by day": "What is needed beyond what the backlog is served with already, netted"
        " against free stock and open orders.",
        "Stock rules": "Position = usable + on order - backlog - for making.",
    }
)
"""What each list of the page of materials shows."""


def material_answer(totals: Mapping[str, Any], unit: str, currency: str | None) -> str:
    """How much can be made now, and what keeps the rest, as a sentence (Markdown)."""
    if not totals["lines"]:
        return _(
            "**No order waits for something to be started**: what is made is in stock or begun."
        )
    if totals["waiting_value"] is None:
        # Without prices only quantities are known.
        text = _n(
            "**{n} order line** of made items waits for something to be started: **{now}** can be"
            " made now from what is in stock",
            "**{n} order lines** of made items wait for something to be started: **{now}** can be"
            " made now from what is in stock",
            totals["lines"],
        )
        unit = "qty"
    else:
        text = _n(
            "**{n} order line** of made items waits for something to be started, worth {worth}:"
            " **{now}** can be made now from what is in stock",
            "**{n} order lines** of made items wait for something to be started, worth {worth}:"
            " **{now}** can be made now from what is in stock",
            totals["lines"],
        )
    text = text.format(
        n=number(totals["lines"]),
        worth=plain(amount(totals, "waiting", "value", currency)),
        now=plain(amount(totals, "able_to_make", unit, currency)),
    )
    if totals["blocked_lines"]:
        text += _n(
            "; **{n} component** keeps the rest, {lines} of {items}",
            "; **{n} components** keep the rest, {lines} of {items}",
            totals["gating_components"],
        ).format(
            n=number(totals["gating_components"]),
            lines=count(totals["blocked_lines"], "line"),
            items=count(totals["blocked_items"], "item"),
        )
    return text + "."


def buying_answer(totals: Mapping[str, Any], currency: str | None) -> str:
    """What is to order where nothing is known of making, as a sentence (Markdown)."""
    if not totals["buy_proposals"] and not totals["make_proposals"]:
        return _("**Nothing is to order**: stock and open orders cover what is needed.")
    return _(
        "**{buy}** to buy for {worth}, **{make}** to make; {late} would come too late if ordered"
        " today."
    ).format(
        buy=count(totals["buy_proposals"], "item"),
        worth=plain(money(totals["buy_value"], currency)),
        make=count(totals["make_proposals"], "item"),
        late=count(totals["late_proposals"], "item"),
    )


def material_unknowns(totals: Mapping[str, Any]) -> list[str]:
    """What is not known of materials, and why; empty when all is."""
    found = []
    if totals["loop_lines"]:
        found.append(
            _(
                "{lines} of bills of materials refused: by them an item is a component of itself."
                " What those items take is not known."
            ).format(lines=count(totals["loop_lines"], "line"))
        )
    if totals["unknown_demands"]:
        found.append(
            _(
                "How much can be made is unknown where the stock of a component is, or its bill"
                " leads back to itself: neither in what can be made nor in what waits for"
                " materials."
            )
        )
    if totals["price_missing_lines"]:
        found.append(
            _("{lines} without a price: in units, not in money.").format(
                lines=count(totals["price_missing_lines"], "line")
            )
        )
    if totals["unpriced_proposals"]:
        found.append(
            _("{items} to order or make without a price or cost: left out of money.").format(
                items=count(totals["unpriced_proposals"], "item")
            )
        )
    if totals["stock_unknown_items"]:
        items = totals["stock_unknown_items"]
        found.append(
            _n(
                "The stock of {n} item with a stock rule is unknown: no balance names them.",
                "The stock of {n} items with a stock rule is unknown: no balance names them.",
                items,
            ).format(n=number(items))
        )
    return found


def cash_answer(totals: Mapping[str, Any], currency: str | None) -> str:
    """How low the balance falls, when, and what comes and goes, as a sentence (Markdown)."""
    if totals["low_balance_value"] is None:
        return _(
            "**Not known**: no movement to come has a day. Payment terms, promised dates and"
            " purchase orders would tell."
        )
    opening, low = totals["opening_balance"], totals["low_balance_value"]
    gap = totals["funding_gap_value"]
    if low < opening:
        text = _("From {opening} today the balance falls to **{low}** on **{day}**").format(
            opening=plain(money(opening, currency)),
            low=plain(money(low, currency)),
            day=day(totals["low_date"]),
        )
    else:
        text = _("**The balance never falls below the {opening} of today**").format(
            opening=plain(money(opening, currency))
        )
    text += _("; {come} come in and {go} go out in the time shown.").format(
        come=plain(money(totals["in_value"], currency)),
        go=plain(money(totals["out_value"], currency)),
    )
    if gap and not opening:
        text += " " + _(
            "The opening balance is an assumption: set it to see what is really missing."
        )
    return text


def cash_unknowns(totals: Mapping[str, Any]) -> list[str]:
    """What is not known of cash, why, and what stands in its place; empty when all is."""
    found = []
    if not totals["has_customer_payments"]:
        found.append(
            _(
                "No payments of customers are loaded: what was paid follows from payment terms"
                " where they are known, and is unknown elsewhere."
            )
        )
    if not totals["has_supplier_payments"]:
        found.append(
            _(
                "No payments of suppliers are loaded: what was paid follows from payment terms"
                " where they are known, and is unknown elsewhere."
            )
        )
    derived, unknown = totals["derived_lines"], totals["unknown_lines"]
    if derived and totals["has_customer_payments"] and totals["has_supplier_payments"]:
        found.append(
            _(
                "{lines} older than the first payment loaded: what was paid of them follows from"
                " their terms."
            ).format(lines=count(derived, "line"))
        )
    if totals["terms_unknown_lines"]:
        found.append(
            _("{lines} without payment terms: dated by the assumed days.").format(
                lines=count(totals["terms_unknown_lines"], "line")
            )
        )
    if unknown:
        rates = totals["rate_missing_lines"]
        why = _("; {lines} for want of an exchange rate") if rates else ""
        found.append(
            _n(
                "What is held, owed or was paid is unknown for {n} line, left out of money{why}.",
                "What is held, owed or was paid is unknown for {n} lines, left out of money{why}.",
                unknown,
            ).format(n=number(unknown), why=why.format(lines=count(rates, "line")))
        )
    if totals["rate_missing_payments"]:
        found.append(
            _("{payments} in a currency without an exchange rate: left out.").format(
                payments=count(totals["rate_missing_payments"], "payment")
            )
        )
    return found


def plan_answer(row: Mapping[str, Any], currency: str | None) -> str:
    """Whether waiting on purpose pays, and why, as a sentence (Markdown)."""
    if not row["lines"]:
        return _(
            "**Nothing waits on purpose**: no item is made to order, sold ahead, or may wait up"
            " to a limit."
        )
    if row["net_value"] is None:
        return _("**Not known**: no price and cost of what waits on purpose is known.")
    told = _("**It pays**") if row["net_value"] > 0 else _("**It does not pay**")
    text = told + _(
        ": {lines} of {items} in {days} earned and saved {benefit} against stocking them, and"
        " cost {burden}"
    ).format(
        lines=count(row["lines"], "line"),
        items=count(row["items"], "item"),
        days=days(row["span_days"]),
        benefit=plain(money(row["benefit_value"], currency)),
        burden=plain(money(row["burden_value"], currency)),
    )
    if row["break_even_wait_days"] is not None:
        text += _("; a unit waits {wait}, and it would pay up to {limit}").format(
            wait=days(row["mean_wait_days"]), limit=days(row["break_even_wait_days"])
        )
    return text + "."


def plan_unknowns(on_purpose: Mapping[str, Any], against_plan: Mapping[str, Any]) -> list[str]:
    """What the ledgers leave out, and why; empty when nothing."""
    found = []
    lines = on_purpose["unknown_lines"] + against_plan["unknown_lines"]
    if lines:
        found.append(
            _("{lines} without a price, cost or unit: left out of money.").format(
                lines=count(lines, "line")
            )
        )
    items = on_purpose["volume_unknown_items"] + against_plan["volume_unknown_items"]
    if items:
        found.append(
            _n(
                "Storage is unknown for {n} item without a volume.",
                "Storage is unknown for {n} items without a volume.",
                items,
            ).format(n=number(items))
        )
    if on_purpose["lines"] and on_purpose["premium_value"] is None:
        found.append(
            _(
                "The premium for custom work is unknown: no order line tells the price of the"
                " standard item."
            )
        )
    return found


def supply_answer(
    totals: Mapping[str, Any], worst: Mapping[str, Any], unit: str, currency: str | None
) -> str:
    """Who is late, with what, and what waits for it, as a sentence (Markdown)."""
    if not totals["overdue_lines"]:
        return _("**No supply is late**: whatever was promised by now has come, or is closed.")
    late = totals["overdue_suppliers"]
    text = _n(
        "**{n} supplier** of {all} is late with **{lines}**; {waiting}.",
        "**{n} suppliers** of {all} are late with **{lines}**; {waiting}.",
        late,
    ).format(
        n=number(late),
        all=number(totals["suppliers"]),
        lines=count(totals["overdue_lines"], "order line"),
        waiting=_waiting(totals, unit, currency),
    )
    text += " " + _("The worst is **{supplier}**: {amount} late").format(
        supplier=plain(worst["supplier_name"]),
        amount=plain(amount(worst, "overdue", unit, currency)),
    )
    if worst["otif_rate"] is not None:
        text += _(", {rate} of its lines on time in full").format(rate=rate(worst["otif_rate"]))
    return text + "."


def _waiting(row: Mapping[str, Any], unit: str, currency: str | None) -> str:
    if not row["overdue_pegged_qty"]:
        return _("no backlog waits for it")
    return _("backlog of **{amount}** waits for it").format(
        amount=plain(amount(row, "overdue_pegged", unit, currency))
    )


def supplier_answer(row: Mapping[str, Any], unit: str, currency: str | None) -> str:
    """What one supplier owes, and what waits for it, as a sentence (Markdown)."""
    if not row["overdue_lines"]:
        text = _("**Nothing it promised is late**")
    else:
        text = _("**{amount} late** in {lines}, the oldest promised for {day}; {waiting}").format(
            amount=plain(amount(row, "overdue", unit, currency)),
            lines=count(row["overdue_lines"], "order line"),
            day=day(row["oldest_overdue_date"]),
            waiting=_waiting(row, unit, currency),
        )
    if row["single_source_items"]:
        items = row["single_source_items"]
        text += ". " + _n(
            "It is the only known source of **{n} item**",
            "It is the only known source of **{n} items**",
            items,
        ).format(n=number(items))
    if row["safety_days"] is not None and row["safety_days"] > 0:
        text += ". " + _(
            "For 95 % of its orders to come in time, plan **{days}** more than it states"
        ).format(days=days(row["safety_days"]))
    return text + "."


def slip_answer(row: Mapping[str, Any]) -> str:
    """How far deliveries are from their first promise, as a sentence."""
    return _(
        "{lines}: {mean} days on average, half within {p50}, 80 % within {p80}, 95 % within {p95}."
        " What is still to come is not among them."
    ).format(
        lines=count(row["slip_lines"], "line"),
        mean=signed(row["mean_slip_days"], 1),
        p50=signed(row["p50_slip_days"]),
        p80=signed(row["p80_slip_days"]),
        p95=signed(row["p95_slip_days"]),
    )


def supply_unknowns(row: Mapping[str, Any]) -> str:
    """Says what rates and values of supply leave out; empty when nothing is missing."""
    found = []
    if row["undated_lines"]:
        found.append(
            _n(
                "{n} line came on an unknown day and is in no on-time rate: receipts tell the day.",
                "{n} lines came on an unknown day and are in no on-time rate: receipts tell the"
                " day.",
                row["undated_lines"],
            ).format(n=number(row["undated_lines"]))
        )
    if row["unpromised_lines"]:
        found.append(
            _("{lines} had no promise to be judged by.").format(
                lines=count(row["unpromised_lines"], "line")
            )
        )
    if row["cost_missing_lines"]:
        found.append(
            _n(
                "Value unknown for {n} open line without a cost.",
                "Value unknown for {n} open lines without a cost.",
                row["cost_missing_lines"],
            ).format(n=number(row["cost_missing_lines"]))
        )
    return " ".join(found)


def unknown_values(prices: int, costs: int) -> str:
    """Says what money leaves out; empty when nothing is missing."""
    found = []
    if prices:
        found.append(
            _n(
                "Value unknown for {n} line without a price: counted in units, not in money.",
                "Value unknown for {n} lines without a price: counted in units, not in money.",
                prices,
            ).format(n=number(prices))
        )
    if costs:
        found.append(
            _n(
                "Margin unknown for {n} line without a cost.",
                "Margin unknown for {n} lines without a cost.",
                costs,
            ).format(n=number(costs))
        )
    return " ".join(found)


def trust(books: Mapping[str, Any]) -> str:
    """What became of the rows read, and what contradicts itself, as a sentence (Markdown)."""
    if not books["files"]:
        return _("**Nothing is loaded.**")
    refused = count(books["rows_refused"], "row")
    if books["refused_cells"]:
        refused = _("{rows} and {cells}").format(
            rows=refused, cells=count(books["refused_cells"], "cell")
        )
    is_clean = not (books["rows_refused"] or books["refused_cells"])
    found = [
        _("**{loaded} of {rows}** read from {files} are in force").format(
            loaded=number(int(books["rows_loaded"])),
            rows=count(books["rows_in"], "row"),
            files=count(books["files"], "file"),
        ),
        _("**none refused**") if is_clean else _("**{refused} refused**").format(refused=refused),
        _("**{rows} with a contradiction**").format(rows=count(books["contradicting_rows"], "row"))
        if books["contradictions"]
        else _("**no contradictions**"),
    ]
    return "; ".join(found) + "."


def some(names: Sequence[str], most: int = 8) -> str:
    """The first of many names, and how many more there are."""
    rest = len(names) - most
    first = ", ".join(names[:most])
    return _("{names} and {n} more").format(names=first, n=number(rest)) if rest > 0 else first


def shown(rows: int, total: int) -> str:
    """How many of the lines a table shows."""
    if rows < total:
        return _("The {rows} dearest of {lines}; the downloads hold them all.").format(
            rows=number(rows), lines=count(total, "open line")
        )
    return _("{lines}, what is backordered first.").format(lines=count(total, "open line"))


def heeding(active: Sequence[str], heeded: Sequence[str], names: Mapping[str, str]) -> str:
    """Which filters set leave rows of a list, and which do not speak of them; "" without any."""
    left = [inside(names[each]) for each in active if each in heeded]
    other = [inside(names[each]) for each in active if each not in heeded]
    texts = [_("Filtered by {filters}.").format(filters=some(left))] if left else []
    if other:
        texts.append(
            _("Not filtered by {filters}, which these rows do not know.").format(
                filters=some(other)
            )
        )
    return " ".join(texts)


def filled(rule: Mapping[str, Any]) -> str:
    """What stock fills now under the rule in force, as a sentence (Markdown)."""
    if not rule["filled_qty"]:
        return _("**Stock on hand fills nothing** of what is open: all of it waits for supply.")
    lines = _n(
        "Stock on hand fills **{filled} of {n} open line** whole",
        "Stock on hand fills **{filled} of {n} open lines** whole",
        rule["lines"],
    ).format(filled=number(int(rule["filled_lines"])), n=number(rule["lines"]))
    orders = _n(
        "all that is open of **{filled} of {n} order**",
        "all that is open of **{filled} of {n} orders**",
        rule["orders"],
    ).format(filled=number(int(rule["filled_orders"])), n=number(rule["orders"]))
    return _("{lines}, and {orders}.").format(lines=lines, orders=orders)


def another_rule(
    rule: Mapping[str, Any], now: Mapping[str, Any], unit: str, currency: str | None
) -> str:
    """What changes hands under another rule, as a sentence (Markdown)."""
    name = f"**{given(rule['rule_name'])}**"
    if not rule["winning_lines"] and not rule["losing_lines"]:
        return _("{name} gives every line the same as the rule in force.").format(name=name)
    text = _(
        "{name}: {winning} better off, {losing} worse off; {won} of stock go to those that get"
        " more, and {lost} come from those that get less."
    ).format(
        name=name,
        winning=count(rule["winning_lines"], "line"),
        losing=count(rule["losing_lines"], "line"),
        won=plain(amount(rule, "won", unit, currency)),
        lost=plain(amount(rule, "lost", unit, currency)),
    )
    if not rule["promised_lines"]:
        return text
    return f"{text} " + _("{kept} promises are kept instead of {before}.").format(
        kept=number(int(rule["promise_kept_lines"])),
        before=number(int(now["promise_kept_lines"])),
    )


def supply(row: Mapping[str, Any]) -> str:
    """A purchase or production order in a list to choose from; links hold it, so no figures."""
    kind = word(row["supply_kind"])
    order = str(row["supply_id"]).partition(" ")[2] or row["supply_id"]
    who = row["supplier_name"] or row["supplier_id"]
    parts = [f"{kind} {order}", who, row["item_name"] or row["item_id"]]
    return " · ".join(part for part in parts if part)


def slack(days_left: int | None, late: int) -> str:
    """How far a supply may slip before another line becomes late."""
    if days_left is None:
        return _("no slack left") if late else UNKNOWN
    return _n("{n} day of slack", "{n} days of slack", days_left).format(n=number(days_left))


def measure(value: float | None, unit: str, currency: str | None, *, sign: bool = False) -> str:
    """A figure of a scenario: money, days, or a number of units or lines."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    if unit == "money":
        text = money(size, currency)
    else:
        one, many = _COUNTED[unit.removesuffix("s")]
        text = _n(one, many, size).format(n=trimmed(size, 1))
    # Streamlit colours a change by a minus it can type.
    return f"{'-' if sign else '−'}{text}" if value < 0 else f"{'+' if sign else ''}{text}"


def since(as_of: date, is_published: bool) -> str:
    """What a change is against: an earlier day, or the figures published."""
    if is_published:
        return _("against the published figures")
    return _("since {day}").format(day=day(as_of))


def sentence(text: str) -> str:
    """A comment of the dictionary as a sentence (Markdown)."""
    text = texts.meaning(text)
    return plain(text[:1].upper() + text[1:].rstrip(".")) + "."


def choice(key: str, name: str | None) -> str:
    """A filter option: its name, and its id where that says more."""
    return key if name in (None, "", key) else f"{name} · {key}"


def chosen(text: str) -> str:
    """The id in a filter option; all of it where it holds no name (a typed id, an old link)."""
    return text.rsplit(" · ", 1)[-1]


def plain(text: str) -> str:
    """Text of the data made safe inside Markdown: no formulas, links, pictures or directives."""
    return "".join(f"\\{mark}" if mark in "\\`*_[]<>#|~$:" else mark for mark in text)
