"""What would be if: the figures of a scenario beside those of the published snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.errors import InputError
from sql import scenario
from sql.models import ModelError


@dataclass(frozen=True)
class Outcome:
    """The settings as understood, the figures, and the lines filled on another day.

    `earlier` and `later` count these; later is also what is not filled at all.
    """

    settings: tuple[str, ...]
    figures: pl.DataFrame
    moved: pl.DataFrame
    earlier: int
    later: int


def what_if(snapshot: Path, settings: Sequence[str]) -> Outcome:
    """Compare a scenario with the snapshot; InputError for a setting there is not."""
    what = _read(snapshot, settings)
    overlay = scenario.Overlay(snapshot, what)
    try:
        figures = pl.concat([scenario.figures(overlay), scenario.cause_figures(overlay)])
        moved, counts = scenario.moved_lines(overlay), scenario.moved_counts(overlay)
        return Outcome(what.settings(), figures, moved, *counts)
    finally:
        overlay.close()


def side_by_side(snapshot: Path, named: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """One row per figure: as published, and in each scenario."""
    return scenario.side_by_side(
        {name: what_if(snapshot, settings).figures for name, settings in named.items()}
    )


def understood(snapshot: Path, settings: Sequence[str]) -> tuple[str, ...]:
    """The settings as they are read; InputError for one there is not."""
    return _read(snapshot, settings).settings()


def keep(store: Path, snapshot: Path, name: str, settings: Sequence[str]) -> None:
    """Save a scenario under a name, for the dashboard and for `--scenario`."""
    what = _read(snapshot, settings)
    try:
        scenario.save(store, name, what)
    except (ModelError, OSError) as error:
        raise InputError(f"the scenario cannot be saved: {error}", where=str(store)) from error


def kept(store: Path, name: str) -> tuple[str, ...]:
    """The settings of a saved scenario."""
    try:
        saved = scenario.saved(store)
    except ModelError as error:
        raise InputError(str(error), remedy="Mend or remove the file") from error
    if name not in saved:
        known = ", ".join(saved) or "none"
        raise InputError(
            f"there is no scenario {name!r}",
            where=str(store),
            remedy=f"Saved are: {known}; `--save NAME` saves one",
        )
    return saved[name]


def _read(snapshot: Path, settings: Sequence[str]) -> scenario.Scenario:
    with duckdb.connect(str(snapshot), read_only=True) as con:
        try:
            return scenario.scenario(con, settings)
        except ModelError as error:
            raise InputError(
                str(error),
                where="--set",
                remedy="See what can be set with `backorders what-if --list`",
            ) from error
