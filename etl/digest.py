"""The morning report: what waits, what changed and why, what to do, which promises broke."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import InputError, StoreError
from etl.snapshot import Store

TOP = 10
_SECONDS = 30

# Title, and where the figure is: a model of one row and its column. Money unless it says units.
FIGURES = (
    ("Backordered", "backlog.totals", "backordered_value", "money"),
    ("Backordered units", "backlog.totals", "backordered_qty", "units"),
    ("Order lines backordered", "backlog.totals", "backordered_lines", "lines"),
    ("Nothing on order fills", "backlog.totals", "uncovered_value", "money"),
    ("Past the first promise", "backlog.totals", "late_value", "money"),
    ("Held of customers' money for it", "cash_flow.totals", "held_value", "money"),
    ("Lowest balance to come", "cash_flow.totals", "low_balance_value", "money"),
)
_CAUSES = """
    select cause_name, cause_value, cause_qty from causes.by_cause
    where basis = 'as_of' and cause_qty > 0 order by cause_value desc nulls last, cause_qty desc
"""
_ACTIONS = """
    select action_name, coalesce(item_name, subject_id), party_name, act_by_date, worth_value, owner
    from actions.ranked order by action_rank limit ?
"""
_BROKEN = """
    select order_id, line_id, customer_name, item_name, promised_date, repromise_date, open_value
    from backlog.promises
    where promised_date < (select as_of from core.as_of)
    order by open_value desc nulls last, order_id, line_id
"""


@dataclass(frozen=True)
class Table:
    """A heading, a sentence, and rows under headers; cells are text."""

    title: str
    text: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Digest:
    """The report, ready to be written as Markdown or HTML."""

    title: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class _Facts:
    as_of: date
    currency: str | None
    is_sample: bool
    figures: tuple[Any, ...]
    causes: dict[str, tuple[Any, Any]]
    actions: tuple[tuple[Any, ...], ...]
    broken: tuple[tuple[Any, ...], ...]


def digest(store: Store) -> Digest:
    """Report on the snapshot in force, against the one before it of an earlier day."""
    path = store.current()
    if path is None:
        raise StoreError(
            "nothing has been published yet",
            where=str(store.path),
            remedy="Publish exports with `backorders refresh FILES`, or see `backorders demo`",
        )
    now = _facts(path)
    before = _before(store, path, now)
    notes = [f"As of {now.as_of:%-d %B %Y}, money in {now.currency or 'no currency'}."]
    if now.is_sample:
        notes.append("These are the figures of the invented sample business.")
    notes.append(
        f"Changes are since {before.as_of:%-d %B %Y}."
        if before
        else "There is no earlier snapshot to compare with."
    )
    return Digest(
        f"Backorders, {now.as_of:%-d %B %Y}",
        tuple(notes),
        (_totals(now, before), _why(now, before), _to_do(now), _promises(now, before)),
    )


def as_markdown(report: Digest) -> str:
    """The report for chat and for files."""
    parts = [f"# {report.title}", *report.notes]
    for table in report.tables:
        parts.append(f"## {table.title}")
        if table.text:
            parts.append(table.text)
        if table.rows:
            lines = [table.headers, tuple("---" for _ in table.headers), *table.rows]
            parts.append(
                "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in lines)
            )
    return "\n\n".join(parts) + "\n"


def as_html(report: Digest) -> str:
    """The report for mail: one page without scripts, styles in it."""
    parts = [f"<h1>{escape(report.title)}</h1>", f"<p>{escape(' '.join(report.notes))}</p>"]
    for table in report.tables:
        parts.append(f"<h2>{escape(table.title)}</h2>")
        if table.text:
            parts.append(f"<p>{escape(table.text)}</p>")
        if table.rows:
            head = "".join(f"<th>{escape(cell)}</th>" for cell in table.headers)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
                for row in table.rows
            )
            parts.append(f"<table><tr>{head}</tr>\n{body}</table>")
    return _PAGE.format(title=escape(report.title), body="\n".join(parts))


def post(report: Digest, url: str) -> None:
    """Send the Markdown to a chat's incoming webhook, as JSON with the one key `text`."""
    if not url.startswith(("https://", "http://")):
        raise InputError(
            f"{url} is no web address", where="--webhook", remedy="Give one of http or https"
        )
    request = urllib.request.Request(
        url,
        json.dumps({"text": as_markdown(report)}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise InputError(
            f"the report was not taken: {error}",
            where="--webhook",
            remedy="Check the address; the report can be written to a file with --output",
        ) from error


def _facts(path: Path) -> _Facts:
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute(
                "select as_of, reporting_currency, is_sample from core.as_of"
            ).fetchone()
            assert row
            figures = [_value(con, model, column) for _, model, column, _ in FIGURES]
            causes = con.execute(_CAUSES).fetchall()
            as_of, currency, is_sample = row
            return _Facts(
                as_of,
                currency,
                is_sample,
                tuple(figures),
                {name: (value, qty) for name, value, qty in causes},
                tuple(con.execute(_ACTIONS, [TOP]).fetchall()),
                tuple(con.execute(_BROKEN).fetchall()),
            )
    except duckdb.Error as error:
        raise StoreError(
            f"the snapshot cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            remedy="Run `backorders build`",
        ) from error


def _value(con: duckdb.DuckDBPyConnection, model: str, column: str) -> Any:
    row = con.execute(f"select {column} from {model}").fetchone()
    return row[0] if row else None


def _before(store: Store, path: Path, now: _Facts) -> _Facts | None:
    """The newest snapshot of an earlier day in the same currency, when this version can read it."""
    for other in sorted(path.parent.glob("backorders-*.duckdb"), reverse=True):
        if other.name >= path.resolve().name:
            continue
        try:
            facts = _facts(other)
        except StoreError:
            return None
        if facts.as_of < now.as_of and (facts.currency, facts.is_sample) == (
            now.currency,
            now.is_sample,
        ):
            return facts
    return None


def _totals(now: _Facts, before: _Facts | None) -> Table:
    rows = []
    for number, (title, _, _, unit) in enumerate(FIGURES):
        value = now.figures[number]
        change = ""
        if before and value is not None and before.figures[number] is not None:
            change = _number(value - before.figures[number], unit, sign=True)
        rows.append((title, _number(value, unit), change))
    return Table("What waits", "", ("", "now", "change"), tuple(rows))


def _why(now: _Facts, before: _Facts | None) -> Table:
    then = before.causes if before else {}
    rows = []
    for name, (value, qty) in now.causes.items():
        was = then.get(name, (0, 0)) if before else None
        rows.append(
            (
                name,
                _number(value, "money"),
                _number(qty, "units"),
                _number((value or 0) - (was[0] or 0), "money", sign=True) if was else "",
            )
        )
    rows += [
        (name, "0", "0", _number(-(value or 0), "money", sign=True))
        for name, (value, _) in then.items()
        if name not in now.causes
    ]
    text = "" if rows else "Nothing is short."
    return Table("Why", text, ("cause", "money", "units", "change"), tuple(rows))


def _to_do(now: _Facts) -> Table:
    rows = [
        (
            name,
            subject or "",
            party or "",
            f"{day:%-d %b}" if day else "",
            _number(worth, "money"),
            owner,
        )
        for name, subject, party, day, worth, owner in now.actions
    ]
    return Table(
        "What to do",
        f"The {len(rows)} actions worth most; `backorders actions` has all."
        if rows
        else "Nothing has to be done this week.",
        ("action", "about", "with", "by", "worth", "owner"),
        tuple(rows),
    )


def _promises(now: _Facts, before: _Facts | None) -> Table:
    known = {row[:2] for row in before.broken} if before else set()
    fresh = [row for row in now.broken if row[:2] not in known]
    total = f"{len(now.broken)} open order lines are past their promise"
    text = f"{total}, {len(fresh)} of them since then." if before else f"{total}."
    rows = [
        (
            f"{order} / {line}",
            customer or "",
            item or "",
            f"{promised:%-d %b}",
            f"{again:%-d %b}" if again else "unknown",
            _number(value, "money"),
        )
        for order, line, customer, item, promised, again, value in fresh[:TOP]
    ]
    headers = ("order", "customer", "item", "promised", "promise instead", "worth")
    return Table("Broken promises", text, headers, tuple(rows))


def _number(value: Any, unit: str, *, sign: bool = False) -> str:
    if value is None:
        return "unknown"
    digits = 2 if unit == "money" else 0
    return f"{value:{'+' if sign else ''},.{digits}f}"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1b2733; max-width: 52rem; margin: 1.5rem auto;
  padding: 0 1rem }}
h1 {{ font-size: 1.4rem }} h2 {{ font-size: 1.1rem; margin-top: 1.6rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #d5dbe1 }}
</style></head><body>
{body}
</body></html>
"""
