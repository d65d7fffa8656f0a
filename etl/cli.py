"""The `backorders` command: the only place that prints, and that chooses an exit code.

stdout carries data and nothing else; narration, progress and errors go to stderr. Heavy modules
are imported by the command that needs them, so that `backorders --help` is quick.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from etl.errors import BackordersError, InputError, ModelError, StoreError

if TYPE_CHECKING:
    from polars import DataFrame

    from etl.load import LoadOptions, LoadReport
    from etl.preview import Preview
    from etl.refresh import Listener, Published
    from etl.snapshot import Holder, Store


class Exit(IntEnum):
    """Exit codes, as listed at the end of `backorders --help`."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    INPUT = 3
    MODEL = 4
    STORE = 5
    INTERRUPTED = 130


OWN_PROFILES = "profiles"

EPILOG = """\b
Exit codes:
  0    done
  1    unexpected error; --debug shows where
  2    the command line is wrong
  3    a file, a row of it or an option cannot be used
  4    a model or a check failed, or `check --strict` found something; nothing is changed
  5    the store is busy, damaged or not writable
  130  interrupted with Ctrl-C
"""

PART_ROWS = 30
"""Rows of one part of `check` on a terminal."""

Command = TypeVar("Command", bound=Callable[..., Any])


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _currency(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if len(value) != 3 or not value.isascii() or not value.isalpha():
        raise click.BadParameter(f"{value!r} is not a three-letter ISO 4217 code such as EUR")
    return value.upper()


db_option = click.option(
    "--db",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    envvar="BACKORDERS_DB",
    show_default="data",
    show_envvar=True,
    help="Folder of the database.",
)
as_of_option = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day the figures are for; later events count as unknown. [default: the newest balance's]",
)
currency_option = click.option(
    "--currency", callback=_currency, help="Currency of the figures. [default: the commonest]"
)


def _settings(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write."
)
FORMATS = ("table", "csv", "json", "parquet", "xlsx")
rows_options = _together(
    click.option(
        "--format",
        "kind",
        type=click.Choice(FORMATS),
        help="How to write the rows. [default: by --output's ending, else table]",
    ),
    output_option,
)
set_option = click.option(
    "--set",
    "assumptions",
    multiple=True,
    callback=_settings,
    metavar="NAME=VALUE",
    help="Set an assumption, from now on; may be given several times.",
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="Seconds to wait for another refresh to end.",
)
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Show the time each step took.")
reading_options = _together(
    as_of_option,
    click.option(
        "--profile",
        help="Layout of the files: one of `backorders profiles`, or a TOML file of your own.",
    ),
    click.option(
        "--date-format",
        help="day-first, month-first, or a pattern such as %d.%m.%Y, where dates are ambiguous.",
    ),
    click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark of the numbers."),
    click.option("--delimiter", help="Character between the cells, or tab. [default: found]"),
)
file_options = _together(click.argument("files", nargs=-1, required=True), reading_options)
load_options = _together(
    file_options,
    db_option,
    click.option("--fresh", is_flag=True, help="Forget what was loaded before."),
    click.option(
        "--full",
        is_flag=True,
        help="FILES hold all there is: lines that earlier exports had and these lack are closed.",
    ),
    wait_option,
    verbose_option,
    click.option("--progress", is_flag=True, help="Tell each step in a line, for a log."),
)
format_option = click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backorders", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """What is waiting, why, what is at risk, and what it does to cash.

    FILES are exports of any system: CSV, TSV, XLSX, Parquet or JSON; folders, zips and 'patterns*'
    of them, addresses (https, s3, gs), - for stdin, or a source file that queries a database. They
    are recognised by their headers, not by their names.
    """


@cli.command()
@load_options
def load(files: tuple[str, ...], db: Path, wait: float, verbose: bool, **given: Any) -> None:
    """Read FILES and keep them for the next build."""
    from etl import refresh as steps

    options, fresh = _load_options(given, db), bool(given["fresh"])
    with (
        _gathered(files) as paths,
        _locked(db, wait) as store,
        _listener(paths, given["progress"]) as listener,
    ):
        report = steps.load_stage(store, paths, options, fresh=fresh, listener=listener)
    _print_loads(report, verbose)
    click.echo("Loaded; `backorders build` publishes it.", err=True)


@cli.command()
@db_option
@as_of_option
@currency_option
@set_option
@wait_option
@verbose_option
def build(
    db: Path,
    as_of: datetime | None,
    currency: str | None,
    assumptions: dict[str, str],
    wait: float,
    verbose: bool,
) -> None:
    """Build every figure from what is loaded, and publish."""
    from etl import refresh as steps

    started = time.monotonic()
    with _locked(db, wait) as store, _listener(()) as listener:
        day = as_of.date() if as_of else None
        published = steps.build_and_publish(
            store, as_of=day, currency=currency, assumptions=assumptions, listener=listener
        )
    _note(db, "published", by="build", snapshot=published.snapshot.version)
    _tell_published(published, started, verbose)


@cli.command()
@click.argument("load_ids", metavar="ID...", nargs=-1, required=True, type=int)
@db_option
@as_of_option
@currency_option
@wait_option
@verbose_option
def unload(
    load_ids: tuple[int, ...],
    db: Path,
    as_of: datetime | None,
    currency: str | None,
    wait: float,
    verbose: bool,
) -> None:
    """Take back the loads numbered ID, as if they had never been given, and publish."""
    from etl import refresh as steps
    from etl.text_table import text_table

    started = time.monotonic()
    with _locked(db, wait) as store, _listener(()) as listener:
        day = as_of.date() if as_of else None
        gone, published = steps.unload_and_publish(
            store, load_ids, as_of=day, currency=currency, listener=listener
        )
    _note(
        db,
        "published",
        by="unload",
        snapshot=published.snapshot.version,
        files=[each.source_file for each in gone],
    )
    rows = [(each.load_id, each.source_file, each.rows) for each in gone]
    click.echo(text_table(("load", "file", "rows"), rows), nl=False)
    _tell_published(published, started, verbose)


@cli.command()
@load_options
@currency_option
@set_option
def refresh(
    files: tuple[str, ...],
    db: Path,
    currency: str | None,
    wait: float,
    verbose: bool,
    **given: Any,
) -> None:
    """Load FILES, build every figure and publish."""
    report, published, started = _refresh(files, db, currency, wait, given)
    _print_loads(report, verbose)
    _tell_published(published, started, verbose)


@cli.command()
@file_options
@db_option
@format_option
def preview(files: tuple[str, ...], db: Path, kind: str, **given: Any) -> None:
    """Show what FILES are and how they would load; nothing is kept."""
    from etl.preview import preview as look

    options = _load_options(given, db)
    with _gathered(files) as paths:
        found = look(paths, options)
    if kind == "json":
        click.echo(json.dumps(asdict(found), default=_plain, indent=2))
    else:
        _print_preview(found)
    for text in found.notes:
        click.echo(text, err=True)
    if found.problems:
        first, *others = found.problems
        for each in others:
            _tell_error(each.what, each.where, each.remedy)
        raise InputError(first.what, where=first.where, remedy=first.remedy)


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    default=3,
    show_default=True,
    help="Seconds without a change after which an export counts as complete.",
)
@reading_options
@db_option
@currency_option
@wait_option
@verbose_option
def watch(
    folder: Path,
    settle: float,
    db: Path,
    currency: str | None,
    wait: float,
    verbose: bool,
    **given: Any,
) -> None:
    """Refresh whenever exports in DIR are new or changed, until Ctrl-C."""
    from etl.watch import watch as run

    def again(files: Sequence[Path]) -> None:
        report, published, started = _refresh(files, db, currency, wait, given)
        _print_loads(report, verbose)
        _tell_published(published, started, verbose)

    click.echo(f"Watching {folder} (Ctrl-C stops it)", err=True)
    run(folder, again, _tell_failed, settle_seconds=settle)


@cli.command()
@db_option
@click.option("--port", type=int, default=8501, show_default=True, help="Port of the dashboard.")
@click.option("--no-serve", is_flag=True, help="Build only.")
@wait_option
@verbose_option
def demo(db: Path, port: int, no_serve: bool, wait: float, verbose: bool) -> None:
    """Build the sample business and show it in the browser."""
    from etl.refresh import sample_files

    report, published, started = _refresh(sample_files(), db, None, wait, {})
    _print_loads(report, verbose)
    _tell_published(published, started, verbose)
    if not no_serve:
        _serve(db, port=port)


@cli.command()
@db_option
@click.option(
    "--address",
    default="localhost",
    show_default=True,
    envvar="BACKORDERS_ADDRESS",
    help="Address to listen on; others than this machine's own need sign-in.",
)
@click.option(
    "--port",
    type=int,
    default=8501,
    show_default=True,
    envvar="BACKORDERS_PORT",
    help="Port of the dashboard.",
)
@click.option(
    "--base-path",
    default="",
    envvar="BACKORDERS_BASE_PATH",
    help="Path before every page, as a proxy passes it on.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    envvar="BACKORDERS_ALLOWED_HOSTS",
    help="Name under which it is asked for, as *.example.com; may be given several times.",
)
@click.option(
    "--secrets",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="BACKORDERS_SECRETS",
    help="TOML file with the table [auth] for sign-in. [default: .streamlit/secrets.toml]",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="BACKORDERS_LOG_FORMAT",
    help="text: troubles only; json: each page shown as well, one JSON object a line.",
)
def serve(db: Path, **where: Any) -> None:
    """Show the dashboard in the browser, until Ctrl-C.

    /healthz answers while the server runs, /readyz while it has figures to show. Each option can
    be set as BACKORDERS_ADDRESS, BACKORDERS_PORT and so on.
    """
    _serve(db, **where)


@cli.command()
@db_option
@format_option
def status(db: Path, kind: str) -> None:
    """Show what is published: day, rows, warnings."""
    from etl import status as facts
    from etl.snapshot import Store
    from etl.text_table import text_table

    found = facts.status(Store(db))
    if found is None:
        raise _nothing_published(db)
    if kind == "json":
        click.echo(json.dumps(asdict(found), default=str, indent=2))
        return
    head = {
        "store": db,
        "snapshot": f"{found.snapshot.version} ({found.snapshot.size / 1e6:.1f} MB)",
        "published": f"{found.snapshot.created:%Y-%m-%d %H:%M:%S} UTC",
        "as of": found.as_of or "unknown: nothing loaded carries a date",
        "currency": found.currency or "unknown: no order carries one",
        "sample": "yes: these are the figures of the sample business" if found.is_sample else "no",
        "refused": f"{found.rows_refused} rows, {found.cells_refused} cells"
        " (quality.rejected_rows, quality.rejected_cells)",
        "waiting": "loaded files wait for `backorders build`" if found.is_staged else "nothing",
    }
    for name, value in head.items():
        click.echo(f"{name:<9} {value}")
    tables = [(each.table, each.rows, each.newest or "") for each in found.tables]
    click.echo("\n" + text_table(("table", "rows", "newest date"), tables), nl=False)
    if found.warnings:
        click.echo("\n" + text_table(("warning", "rows"), found.warnings), nl=False)


@cli.command()
@db_option
@format_option
@click.option(
    "--strict", is_flag=True, help="Exit with 4 when anything was refused or contradicts itself."
)
def check(db: Path, kind: str, strict: bool) -> None:
    """Tell whether the figures can be trusted: refusals, contradictions, what is old or missing."""
    from etl import check as facts
    from etl.read import counted
    from etl.snapshot import Store
    from etl.text_table import text_table

    found = facts.check(Store(db))
    if found is None:
        raise _nothing_published(db)
    if kind == "json":
        parts = {
            part.name: [dict(zip(part.columns, row, strict=True)) for row in part.rows]
            for part in found.parts
        }
        told = {**asdict(found), "is_sound": found.is_sound, "parts": parts}
        click.echo(json.dumps(told, default=_plain, indent=2))
    else:
        click.echo(
            f"snapshot {found.version}, as of {found.as_of or 'an unknown day'}:"
            f" {counted(found.rows_in, 'row')} in {counted(found.files, 'file')}\n"
            f"{found.rows_loaded} loaded, {found.rows_superseded} superseded,"
            f" {found.rows_refused} refused, and {counted(found.refused_cells, 'cell')}\n"
            f"{counted(found.contradictions, 'kind')} of contradiction,"
            f" in {counted(found.contradicting_rows, 'row')}"
        )
        for part in found.parts:
            if part.rows:
                shown = part.rows[:PART_ROWS]
                click.echo(f"\n{part.title}\n" + text_table(part.columns, shown), nl=False)
                if len(part.rows) > PART_ROWS:
                    click.echo(f"… and {len(part.rows) - PART_ROWS} more; --format json has all")
    if strict and not found.is_sound:
        raise ModelError(
            "the data was not sound: rows or cells were refused, or contradict each other",
            where=str(db),
            remedy="Mend what is listed above and refresh, or check without --strict",
        )


@cli.command()
@click.argument("sql")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME[:SUBJECT]=VALUE",
    help="Ask a scenario, as of what-if; may be given several times.",
)
@click.option("--scenario", "name", help="Ask a saved scenario.")
@db_option
@rows_options
def query(
    sql: str,
    settings: tuple[str, ...],
    name: str | None,
    db: Path,
    kind: str | None,
    output: Path | None,
) -> None:
    """Answer one SELECT over the published tables; SQL may be - for stdin.

    In a scenario the tables are as they would be, and `snapshot.` before a name is as published.
    """
    from etl import what_if
    from etl.query import select
    from etl.snapshot import Store

    path = Store(db).current()
    if path is None:
        raise _nothing_published(db)
    kind = _format_of(kind, output)
    text = sys.stdin.read() if sql == "-" else sql
    chosen = [*(what_if.kept(db, name) if name else ()), *settings]
    understood = what_if.understood(path, chosen) if chosen else ()
    asked, failure, rows = time.monotonic(), None, None
    try:
        rows = select(path, text, scenario=understood, as_json=kind == "json")
    except InputError as error:
        failure = error.what
        raise
    finally:
        _note(
            db,
            "asked in SQL",
            snapshot=path.stem.removeprefix("backorders-"),
            scenario="; ".join(understood) or None,
            sql=text,
            rows=None if rows is None else rows.height,
            ms=round(1000 * (time.monotonic() - asked)),
            failure=failure,
            file=output and output.name,
        )
    content = _written(rows, kind)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    _write(output, content)


@cli.command()
@click.option("--kind", "kinds", multiple=True, help="Only this kind; may be given several times.")
@click.option("--top", type=click.IntRange(min=1), help="Only so many, worth most first.")
@click.option(
    "--draft-purchases",
    is_flag=True,
    help="Write suggested purchases as lines of purchase orders instead.",
)
@rows_options
@db_option
def actions(
    kinds: tuple[str, ...],
    top: int | None,
    draft_purchases: bool,
    kind: str | None,
    output: Path | None,
    db: Path,
) -> None:
    """List what to do about the backlog, what is worth most first."""
    from etl import actions as facts
    from etl.snapshot import Store

    path = Store(db).current()
    if path is None:
        raise _nothing_published(db)
    kind = _format_of(kind, output)
    if draft_purchases:
        rows = facts.draft_purchases(path)
    else:
        rows = facts.actions(path, kinds, top)
        if kind == "table":
            shown = ("action_rank", "action_name", "subject_id", "party_name", "action_qty")
            rows = rows.select(*shown, "act_by_date", "worth_value", "cost_value", "lines")
    content = rows.write_json().encode() + b"\n" if kind == "json" else _written(rows, kind)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    _take_away(db, output, content)


@cli.command()
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "html"]),
    help="How to write it. [default: by --output's ending, else md]",
)
@output_option
@click.option("--webhook", help="Post it to this address of a chat, as JSON with the key text.")
@db_option
def digest(kind: str | None, output: Path | None, webhook: str | None, db: Path) -> None:
    """Write the morning report: what waits, what changed and why, what to do, broken promises."""
    from urllib.parse import urlsplit

    from etl import digest as reports
    from etl.snapshot import Store

    report = reports.digest(Store(db))
    if kind is None:
        kind = "html" if output and output.suffix.lower() in (".html", ".htm") else "md"
    text = reports.as_html(report) if kind == "html" else reports.as_markdown(report)
    if webhook:
        reports.post(report, webhook)
        # The address of a chat is a secret; who hosts it is not.
        _note(db, "exported", by="digest", to=urlsplit(webhook).hostname)
    if output is not None:
        _take_away(db, output, text.encode())
    elif not webhook:
        sys.stdout.buffer.write(text.encode())


@cli.command("what-if")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME[:SUBJECT]=VALUE",
    help="Change an assumption, supply or demand; may be given several times.",
)
@click.option("--scenario", "name", help="Begin with a saved scenario.")
@click.option("--save", help="Save it under this name.")
@click.option("--list", "is_list", is_flag=True, help="List what can be set, and what is saved.")
@click.option("--lines", "is_lines", is_flag=True, help="Show the lines filled on another day.")
@click.option("--compare", help="Saved scenarios side by side: up to 4 names, with commas.")
@db_option
@rows_options
def what_if(
    settings: tuple[str, ...],
    name: str | None,
    save: str | None,
    is_list: bool,
    is_lines: bool,
    compare: str | None,
    db: Path,
    kind: str | None,
    output: Path | None,
) -> None:
    """Show what a change would do to the backlog, its dates and the cash.

    Changes are written NAME=VALUE, or NAME:SUBJECT=VALUE: `supplier_days:ACME=-5`,
    `extra_supply:LAMP=100@14` (there in 14 days), `allocation_rule=due_date`. Nothing published is
    touched.
    """
    from etl import what_if as asked
    from etl.snapshot import Store
    from sql import scenario

    if is_list:
        _list_levers(db)
        return
    path = Store(db).current()
    if path is None:
        raise _nothing_published(db)
    kind = _format_of(kind, output)
    if compare:
        names = [each.strip() for each in compare.split(",")]
        if len(names) > scenario.COMPARED:
            raise click.UsageError(f"--compare takes up to {scenario.COMPARED} names")
        rows = asked.side_by_side(path, {each: asked.kept(db, each) for each in names})
        _put(rows, kind, output, db)
        return
    chosen = [*(asked.kept(db, name) if name else ()), *settings]
    if not chosen:
        raise click.UsageError("give --set NAME=VALUE, --scenario NAME, --compare, or --list")
    outcome = asked.what_if(path, chosen)
    if save:
        asked.keep(db, path, save, chosen)
    _put(
        outcome.moved if is_lines else scenario.told(outcome.figures).select(_FIGURE_COLUMNS),
        kind,
        output,
        db,
    )
    click.echo(
        f"{'; '.join(outcome.settings) or 'nothing changed'}: {outcome.earlier} lines are filled"
        f" earlier, {outcome.later} later or not at all.",
        err=True,
    )


def _put(rows: "DataFrame", kind: str, output: Path | None, db: Path) -> None:
    """Rows of a scenario to a file, or to standard output; a table rounds them for the eye."""
    import polars as pl

    if kind == "table":
        rows = rows.with_columns(pl.selectors.float().round(2))
    content = rows.write_json().encode() + b"\n" if kind == "json" else _written(rows, kind)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    _take_away(db, output, content)


_FIGURE_COLUMNS = ("subject", "figure_name", "unit", "baseline", "scenario", "difference")


def _list_levers(db: Path) -> None:
    from etl.text_table import text_table
    from sql import models, scenario

    rows = [
        (
            f"{name}{':' + kind['subject'].upper() if kind['subject'] else ''}",
            f"{kind['minimum']:g} to {kind['maximum']:g} {kind['unit']}".strip(),
            kind["label"],
        )
        for name, kind in scenario.kinds().items()
    ]
    rows += [
        (name, f"{lever['default']}", lever["label"])
        for name, lever in models.assumptions().items()
    ]
    rows += [
        (f"--scenario {name!r}", "", "; ".join(settings))
        for name, settings in scenario.saved(db).items()
    ]
    sys.stdout.buffer.write(
        text_table(("setting", "range or default", "what it does"), rows).encode()
    )


@cli.command()
@click.argument("item")
@click.argument("qty", type=click.FloatRange(min=0, min_open=True))
@click.option(
    "--from",
    "start",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day the goods are wanted. [default: the as-of date]",
)
@click.option("--location", help="Location to ship from, where stock is kept by location.")
@db_option
@format_option
def promise(
    item: str, qty: float, start: datetime | None, location: str | None, db: Path, kind: str
) -> None:
    """Tell by which day QTY more of ITEM can be promised: kept with 50, 80 and 95 %.

    QTY is in the item's base unit. What is promised rests on the stock and open orders listed.
    """
    from etl import promise as facts
    from etl.snapshot import Store
    from etl.text_table import text_table

    found = facts.promise(Store(db), item, qty, start.date() if start else None, location)
    if found is None:
        raise _nothing_published(db)
    if kind == "json":
        told = {
            "as_of": found.as_of,
            "quotes": [dict(zip(facts.QUOTES, row, strict=True)) for row in found.quotes],
            "supplies": [dict(zip(facts.SUPPLIES, row, strict=True)) for row in found.supplies],
        }
        click.echo(json.dumps(told, default=_plain, indent=2))
        return
    click.echo(text_table(facts.QUOTES, found.quotes), nl=False)
    if found.supplies:
        click.echo("\n" + text_table(facts.SUPPLIES, found.supplies), nl=False)
    if not any(row[2] for row in found.quotes):
        click.echo("Stock and open orders never leave so much: it must be ordered first.", err=True)


@cli.command("score-benchmark")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--lead-unit",
    type=click.IntRange(min=1),
    default=7,
    show_default=True,
    help="Days in one unit of the column lead_time.",
)
@format_option
def score_benchmark(file: Path, lead_unit: int, kind: str) -> None:
    """Judge the ranking of next stock-outs on a public snapshot of items.

    FILE is CSV or Parquet, a row per item: stock, lead time, forecasts, sales, and
    went_on_backorder (Yes or No). The score is that of risk.stock_outs. A score that says nothing
    has a roc_auc of 0.5 and the share of items that ran short as average_precision; both are 1 when
    it puts all of these first.
    """
    from etl import benchmark
    from etl.text_table import text_table

    found = benchmark.score(file, lead_unit)
    if kind == "json":
        click.echo(json.dumps(asdict(found), indent=2))
        return
    rows = [
        (one.score, _four_digits(one.roc_auc), _four_digits(one.average_precision), one.meaning)
        for one in found.scores
    ]
    click.echo(text_table(("score", "roc_auc", "average_precision", "ranks by"), rows), nl=False)
    click.echo(
        f"{found.short:,} of {found.rows:,} items ran short; {found.left_out:,} rows left out",
        err=True,
    )


def _four_digits(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.4f}")


class Days(click.ParamType[int]):
    """A number of days, with or without a d after it."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; a usage error when it is none, or below 1."""
        text = str(value).removesuffix("d")
        if not text.isdecimal() or int(text) < 1:
            self.fail(f"{value!r} is not a number of days such as 14d", param, ctx)
        return int(text)


@cli.command()
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day to replay.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day to replay.")
@click.option(
    "--every", type=Days(), default="14d", show_default=True, help="Days between two replays."
)
@db_option
@format_option
@wait_option
def backtest(
    first: datetime | None,
    last: datetime | None,
    every: int,
    db: Path,
    kind: str,
    wait: float,
) -> None:
    """Replay past days and tell how good the dates foretold then were; publishes the result.

    A date foretold with 80 % is good when 80 % came by it, and when it is near: mean_off_days is
    the pinball loss. Without --from and --to, nine months until two months ago.
    """
    from etl import backtest as steps
    from etl.text_table import text_table

    def tell(day: object) -> None:
        click.echo(f"Replaying {day}", err=True)

    with _locked(db, wait) as store:
        found = steps.backtest(
            store,
            first.date() if first else None,
            last.date() if last else None,
            every,
            tell,
        )
    if kind == "json":
        rows = [dict(zip(steps.COLUMNS, row, strict=True)) for row in found.rows]
        click.echo(json.dumps({"days": found.days, "rows": rows}, default=_plain, indent=2))
        return
    rounded = [
        [f"{cell:.3f}" if isinstance(cell, float) else cell for cell in row] for row in found.rows
    ]
    click.echo(text_table(steps.COLUMNS, rounded), nl=False)


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def template(folder: Path) -> None:
    """Write empty files with the expected headers into DIR, with a README of the columns."""
    from etl.template import write

    for path in write(folder):
        click.echo(path)


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, default=7, show_default=True, help="Same seed, same files.")
@click.option("--lines", type=int, help="A business of so many order lines, without oddities.")
def simulate(folder: Path, seed: int, lines: int | None) -> None:
    """Write exports of an invented business into DIR, with the causes of its backorders."""
    from etl.simulate import write_contract, write_sample
    from etl.text_table import text_table

    rows = write_contract(folder, lines, seed) if lines else write_sample(folder, seed)
    click.echo(text_table(("file", "rows"), list(rows.items())), nl=False)


@cli.command()
@format_option
@db_option
def profiles(kind: str, db: Path) -> None:
    """List the layouts that are recognised beside the contract's, your own included.

    The contract's own headers are those of `backorders template`.
    """
    from etl.profiles import CONTRACT, in_folder
    from etl.profiles import profiles as known
    from etl.text_table import text_table

    all_known = known() | {profile.name: profile for profile in in_folder(db / OWN_PROFILES)}
    files = [
        {
            "profile": profile.name,
            "file": layout.title or layout.id,
            "into": profile.tables_of(layout)
            or (("not used",) if layout.ignore else ("looked up by others",)),
            "title": profile.title,
            "gives": layout.gives,
            "lacks": layout.lacks or layout.ignore,
        }
        for profile in all_known.values()
        for layout in profile.layouts
        if profile.name != CONTRACT
    ]
    if kind == "json":
        click.echo(json.dumps(files, indent=2, ensure_ascii=False))
        return
    rows = [(one["profile"], one["file"], ", ".join(one["into"])) for one in files]
    click.echo(text_table(("profile", "file", "into"), rows), nl=False)


@cli.group()
def profile() -> None:
    """Make a profile for a layout that is not known yet."""


@profile.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--into", help="Contract table the rows belong to. [default: the nearest]")
@click.option("--delimiter", help="Character between the cells, or tab. [default: found]")
@output_option
def profile_new(file: Path, into: str | None, delimiter: str | None, output: Path | None) -> None:
    """Propose a profile for FILE, to read and mend, and show the rows it makes."""
    from etl.propose import propose
    from etl.text_table import text_table

    found = propose(file, into, "\t" if delimiter == "tab" else delimiter)
    if output is None:
        click.echo(found.toml, nl=False)
    else:
        _write(output, found.toml.encode(), new=True)
    if found.missing:
        click.echo(f"Not found, and needed: {', '.join(found.missing)}", err=True)
    elif found.fault:
        click.echo(f"It does not load yet: {found.fault}", err=True)
    else:
        click.echo(f"The first rows of contract.{found.into}:", err=True)
        click.echo(text_table(found.columns, found.rows), err=True, nl=False)


@profile.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def profile_check(file: Path) -> None:
    """Read a profile and say what is wrong with it, or that nothing is."""
    from etl.profiles import parse

    found = parse(file)
    click.echo(
        f"{found.name}: {', '.join(layout.id for layout in found.layouts) or 'no file'}"
        f" into {', '.join(dict.fromkeys(rule.into for rule in found.rules)) or 'no table'}"
    )


@cli.command()
@db_option
@format_option
def snapshots(db: Path, kind: str) -> None:
    """List the snapshots that are kept."""
    from etl.snapshot import Store
    from etl.text_table import text_table

    rows = [
        (each.version, f"{each.created:%Y-%m-%d %H:%M:%S}", each.size, each.is_current)
        for each in Store(db).snapshots()
    ]
    names = ("version", "published_utc", "bytes", "is_current")
    if kind == "json":
        click.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    else:
        click.echo(text_table(names, rows), nl=False)


@cli.command()
@click.argument("version", required=False)
@db_option
@wait_option
def rollback(version: str | None, db: Path, wait: float) -> None:
    """Put an earlier snapshot in force: VERSION, or the one before."""
    with _locked(db, wait) as store:
        info = store.rollback(version)
    _note(db, "published", by="rollback", snapshot=info.version)
    click.echo(f"In force now: {info.version}", err=True)


@cli.command()
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many.")
@click.option("--event", help="Only these: published, asked in SQL, exported, signed in, refused …")
@click.option("--user", help="Only what this user did.")
@db_option
@format_option
def audit(last: int, event: str | None, user: str | None, db: Path, kind: str) -> None:
    """Tell who did what and when: sign-ins, refusals, publications, exports, SQL; newest first."""
    from etl.text_table import text_table
    from sql import audit as log

    found = log.entries(db, last=last, event=event, user=user)
    if kind == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    rows = [tuple(row.values()) for row in log.rows(found)]
    click.echo(text_table(log.COLUMNS, rows), nl=False)


def _note(db: Path, event: str, **facts: Any) -> None:
    """Write what was done to the store's audit log; a store that cannot be written is said."""
    import getpass

    from sql import audit as log

    user = os.environ.get("BACKORDERS_AUDIT_USER")
    role = os.environ.get("BACKORDERS_AUDIT_ROLE") or "command line"
    try:
        log.record(db, event, user or getpass.getuser(), role, **facts)
    except OSError as error:
        click.echo(f"The audit log cannot be written: {error}", err=True)


def _refresh(
    files: Sequence[str | Path],
    db: Path,
    currency: str | None,
    wait: float,
    given: dict[str, Any],
) -> tuple["LoadReport", "Published", float]:
    from etl import refresh as steps

    started = time.monotonic()
    options = _load_options(given, db)
    with (
        _gathered(files) as paths,
        _locked(db, wait) as store,
        _listener(paths, bool(given.get("progress"))) as listener,
    ):
        report, published = steps.refresh(
            store,
            paths,
            options,
            currency=currency,
            fresh=bool(given.get("fresh")),
            assumptions=given.get("assumptions"),
            listener=listener,
        )
    _note(
        db,
        "published",
        by="refresh",
        snapshot=published.snapshot.version,
        files=[each.source_file for each in report.loads],
    )
    return report, published, started


def _take_away(db: Path, path: Path, content: bytes) -> None:
    """Write figures to a file of the user's, and into the audit log that it was done."""
    _write(path, content)
    command = click.get_current_context().info_name
    _note(db, "exported", by=command, file=path.name, bytes=len(content))


def _write(path: Path, content: bytes, new: bool = False) -> None:
    try:
        with path.open("xb" if new else "wb") as file:
            file.write(content)
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="Name a file in a folder you may write to"
            + (", that is not there yet" if new else ""),
        ) from error


def _load_options(given: dict[str, Any], db: Path | None = None) -> "LoadOptions":
    from etl.load import LoadOptions
    from etl.profiles import in_folder, parse
    from etl.profiles import profiles as known

    profile = given.get("profile")
    own = in_folder(db / OWN_PROFILES) if db else ()
    if profile is not None and profile.endswith(".toml"):
        named = parse(Path(profile))
        profile, own = named.name, (*own, named)
    names = [*known(), *(each.name for each in own)]
    if profile is not None and profile not in names:
        raise click.BadParameter(
            f"there is no profile {profile!r}; known are {', '.join(names)}",
            param_hint="'--profile'",
        )
    as_of = given.get("as_of")
    return LoadOptions(
        profile=profile,
        profiles=own,
        as_of=as_of.date() if as_of else None,
        date_format=given.get("date_format"),
        decimal=given.get("decimal"),
        delimiter="\t" if given.get("delimiter") == "tab" else given.get("delimiter"),
        full=bool(given.get("full")),
    )


@contextmanager
def _gathered(given: Sequence[str | Path]) -> Iterator[list[Path]]:
    from etl.sources import gathered

    with gathered(given) as (files, notes):
        for text in notes:
            click.echo(text, err=True)
        yield files


@contextmanager
def _locked(db: Path, wait: float) -> Iterator["Store"]:
    from etl.snapshot import Store

    def tell(holder: "Holder | None") -> None:
        click.echo(f"Waiting for another refresh: {holder or 'unknown'}", err=True)

    store = Store(db)
    with store.lock(wait, tell):
        yield store


@contextmanager
def _listener(files: Sequence[Path], in_lines: bool = False) -> Iterator["Listener"]:
    from etl.progress import ProgressLine
    from etl.refresh import Listener

    class Narrator(Listener):
        def loading(self, name: str, number: int, total: int) -> None:
            if in_lines:
                click.echo(f"Loading {name} ({number} of {total})", err=True)

        def building(self, name: str, number: int, total: int) -> None:
            if in_lines:
                click.echo(f"Building {name} ({number} of {total})", err=True)

        def note(self, text: str) -> None:
            click.echo(text, err=True)

    if in_lines or not sys.stderr.isatty():
        yield Narrator()
        return
    line = ProgressLine(sys.stderr, files)
    try:
        yield line
    finally:
        line.close()


def _print_loads(report: "LoadReport", verbose: bool) -> None:
    from etl.text_table import text_table

    names = ["file", "tables", "rows", "loaded", "refused", "superseded", "refused_cells"]
    rows: list[tuple[object, ...]] = [
        (
            each.source_file,
            each.tables,
            each.rows_in,
            each.rows_loaded,
            each.rows_refused,
            each.rows_superseded,
            each.refused_cells,
        )
        for each in report.loads
    ]
    if verbose:
        names.append("seconds")
        rows = [(*row, f"{each.seconds:.2f}") for row, each in zip(rows, report.loads, strict=True)]
    click.echo(text_table(names, rows), nl=False)
    for each in report.loads:
        if each.note:
            click.echo(f"{each.source_file}: {each.note}", err=True)


def _print_preview(found: "Preview") -> None:
    from etl.read import counted
    from etl.text_table import text_table

    for file in found.files:
        click.echo(f"{file.file}: {file.layout} of profile {file.profile} ({file.title})")
        head = {
            "title": file.layout_title if file.layout_title != file.layout else "",
            "tables": file.tables,
            "gives": file.gives,
            "lacks": file.lacks,
            "format": f"{file.format}; header in row {file.header_row}",
            "rows": f"{file.rows}, of which {file.loaded} would be loaded, {file.refused} refused,"
            f" {file.superseded} superseded; {counted(file.refused_cells, 'cell')} refused",
            "absent": ", ".join(file.absent),
            "note": file.note,
        }
        for name, value in head.items():
            if value:
                click.echo(f"  {name:<7} {value}")
        refused = [
            (each.row, each.table, each.column, each.value, each.reason)
            for each in (*file.refusals, *file.cells)
        ]
        if refused:
            names = ("row", "table", "column", "value", "reason")
            click.echo("\n" + text_table(names, refused), nl=False)
        click.echo()
    for table in found.tables:
        click.echo(f"{table.table}: {counted(table.rows, 'row')}, the first as converted")
        click.echo(text_table(table.columns, table.first))


def _plain(value: object) -> object:
    """What JSON has no word for: decimals as numbers, dates as text."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _tell_published(published: "Published", started: float, verbose: bool) -> None:
    from etl.text_table import text_table

    if verbose:
        rows = [
            (each.model, each.store, each.rows, f"{each.seconds:.3f}")
            for each in published.build.models
        ]
        click.echo(text_table(("model", "store", "rows", "seconds"), rows), err=True, nl=False)
    seconds = time.monotonic() - started
    click.echo(f"Published {published.snapshot.version} in {seconds:.1f} s.", err=True)


def _serve(db: Path, **where: Any) -> None:
    from etl.serve import Site
    from etl.serve import serve as run

    tell = "The dashboard is at {} (Ctrl-C stops it)"
    run(db, Site(**where), lambda url: click.echo(tell.format(url)))


def _format_of(kind: str | None, output: Path | None) -> str:
    """The format asked for, else by the file's ending, else a table."""
    if kind is None:
        kind = output.suffix[1:].lower() if output else "table"
        if kind not in FORMATS:
            raise click.UsageError(f"the ending of {output} names no format; give --format")
    if output is None and kind in ("parquet", "xlsx") and sys.stdout.isatty():
        raise click.UsageError(f"{kind} is not for a terminal; give --output FILE")
    return kind


def _written(rows: "DataFrame", kind: str) -> bytes:
    """A table's rows in a format; for json those of `select(as_json=True)`."""
    from etl.text_table import text_table
    from sql import export

    if kind == "table":
        return text_table(rows.columns, rows.rows()).encode()
    if kind == "json":
        return ("[" + ",\n ".join(rows.to_series()) + "]\n").encode()
    try:
        if kind == "csv":
            return export.to_csv(rows, bom=False)
        return export.to_xlsx(rows) if kind == "xlsx" else export.to_parquet(rows)
    except export.ExportError as error:
        raise InputError(str(error), remedy="Change the query or --format") from error


def _nothing_published(db: Path) -> StoreError:
    return StoreError(
        "nothing has been published yet",
        where=str(db),
        remedy="Publish exports with `backorders refresh FILES`, or see `backorders demo`",
    )


def _tell_error(what: str, where: str = "", remedy: str = "") -> None:
    click.echo(f"error: {what}", err=True)
    if where:
        click.echo(f"  where: {where}", err=True)
    if remedy:
        click.echo(f"  remedy: {remedy}", err=True)


def _tell_failed(error: BackordersError) -> None:
    _tell_error(error.what, error.where, error.remedy)


def _interrupted() -> Exit:
    _tell_error("interrupted", remedy="The snapshot in force is unchanged; run it again")
    return Exit.INTERRUPTED


def _exit_code(error: BackordersError) -> Exit:
    codes = {InputError: Exit.INPUT, ModelError: Exit.MODEL, StoreError: Exit.STORE}
    return codes.get(type(error), Exit.UNEXPECTED)


def _run(arguments: Sequence[str]) -> int:
    try:
        code = cli.main(list(arguments), prog_name="backorders", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "backorders"
        _tell_error(error.format_message().rstrip("."), remedy=f"See `{command} --help`")
        return Exit.USAGE
    except click.Abort:
        return _interrupted()
    except BackordersError as error:
        _tell_error(error.what, error.where, error.remedy)
        if "--debug" in arguments:
            traceback.print_exc()
        return _exit_code(error)
    except Exception as error:
        # How DuckDB reports Ctrl-C in the middle of a query.
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            return _interrupted()
        if "--debug" in arguments:
            traceback.print_exc()
        first = (str(error) or "no message").splitlines()[0]
        _tell_error(
            f"unexpected {type(error).__name__}: {first}",
            remedy="`backorders --debug …` shows where; please report it",
        )
        return Exit.UNEXPECTED
    return code if isinstance(code, int) else Exit.OK


def main() -> NoReturn:
    """Run the command line and exit with one of the documented codes."""
    sys.exit(_run(sys.argv[1:]))
