"""Truth and answer compared, per pool and date: how many units got the wrong cause.

Only units that an injection made short are judged: a model may put the residual anywhere, so what
counts is what it did not give to a cause that deserves it. Both sides are taken per pool-date with
the truth's units short; a pool-date the model does not know is misplaced as a whole.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from tests.benchmarks.recovery.truth import ELSEWHERE, RESIDUAL

CELL = ["seed", "basis", "item_id", "location_id", "on_date"]
FREE = (RESIDUAL, ELSEWHERE)
EITHER = "supplier_or_transport"
MISSING, UNKNOWN = "(no answer)", "unknown"
BINS = (0.5, 0.7, 0.9)
BIN_NAMES = ("< .5", ".5-.7", ".7-.9", "> .9")


@dataclass(frozen=True)
class Judged:
    """Cells and, per cell and cause, what was true, what was answered and where it went."""

    cells: pl.DataFrame  # CELL, short_qty, injected, answered, top, says, share, is_right, is_clear
    units: pl.DataFrame  # CELL, cause, truth, answer, hit (the truth's units that were found)
    moves: pl.DataFrame  # CELL, cause, says, units: each true unit, and the cause it was given
    kinds: pl.DataFrame  # CELL, injection_id, kind, cause, units, hit


@dataclass(frozen=True)
class Totals:
    """One basis: units judged, and the figures that may be quoted."""

    pool_dates: int
    short_qty: float
    injected: float
    unjudged: float
    unanswered: float
    unknown: float | None
    misplaced: float | None
    unplanned: float
    unplanned_misplaced: float | None
    clear_units: float
    top_right: float | None
    single_units: float
    single_right: float | None
    gap: float | None
    answered_ratio: float | None


def within(truth: pl.DataFrame, answer: pl.DataFrame) -> pl.DataFrame:
    """The truth of the days looked at: from the first day answered, per seed and basis.

    A model looks back so far and no further; between its first and its last day it must answer.
    """
    first = answer.group_by("seed", "basis").agg(first=pl.col("on_date").min())
    return (
        truth.join(first, on=["seed", "basis"], how="left")
        .filter(pl.col("on_date") >= pl.col("first").fill_null(date.min))
        .drop("first")
    )


def judge(truth: pl.DataFrame, answer: pl.DataFrame, either_is_right: bool = False) -> Judged:
    """Compares frames of CELL, cause and units (truth with its kinds as well).

    `either_is_right`: "supplier or transport" counts as the one of the two that is true, as it
    must where nothing says when suppliers shipped.
    """
    is_free = pl.col("cause").is_in(FREE)
    judged = truth.filter("is_judged")
    cells = judged.group_by(CELL).agg(
        pl.col("short_qty").first(),
        injected=pl.col("units").filter(~is_free).sum(),
    )
    cells = cells.filter(pl.col("injected") > 1e-9)
    causes = (
        judged.filter(~is_free)
        .join(cells, on=CELL, how="semi")
        .group_by(*CELL, "cause")
        .agg(truth=pl.col("units").sum())
    )
    said = (
        answer.group_by(*CELL, "cause")
        .agg(answer=pl.col("units").sum())
        .join(cells.select(*CELL, "short_qty"), on=CELL)
        .with_columns(answered=pl.col("answer").sum().over(CELL))
        .with_columns(answer=pl.col("answer") * pl.col("short_qty") / pl.col("answered"))
    )
    cells = cells.join(said.select(*CELL, "answered").unique(), on=CELL, how="left")
    first = _top(causes.rename({"truth": "units"}), "top")
    second = _top(said.rename({"answer": "units"}), "says", "share")
    pair = pl.col("top").is_in(["supplier", "transport"]) & (pl.col("says") == EITHER)
    is_right = (pl.col("top") == pl.col("says")) | (pl.lit(either_is_right) & pair)
    cells = (
        cells.join(first, on=CELL, how="left")
        .join(second, on=CELL, how="left")
        .with_columns(
            share=pl.col("share") / pl.col("short_qty"),
            is_right=is_right.fill_null(False),
            is_clear=pl.col("injected") >= 0.5 * pl.col("short_qty"),
            answered=pl.col("answered").fill_null(0),
        )
        .join(_stated(answer), on=[*CELL, "says"], how="left")
        .with_columns(pl.col("confidence").fill_null(pl.col("share")))
        .sort(CELL)
    )
    units = causes.join(
        said.select(*CELL, "cause", "answer"), on=[*CELL, "cause"], how="full", coalesce=True
    ).with_columns(pl.col("truth", "answer").fill_null(0))
    if either_is_right:
        units = _resolved(units)
    units = units.with_columns(hit=pl.min_horizontal("truth", "answer")).sort(*CELL, "cause")
    kinds = (
        judged.filter(~is_free)
        .join(units.select(*CELL, "cause", "truth", "hit"), on=[*CELL, "cause"])
        .select(
            *CELL,
            "injection_id",
            "kind",
            "cause",
            "units",
            hit=pl.col("units") * pl.col("hit") / pl.col("truth"),
        )
    )
    return Judged(cells, units, _moves(cells, units), kinds)


def _stated(answer: pl.DataFrame) -> pl.DataFrame:
    """How sure the model says it is of each cause; null where it does not: its share stands in."""
    stated = pl.col("confidence") if "confidence" in answer.columns else pl.lit(None, pl.Float64)
    return (
        answer.with_columns(confidence=stated)
        .group_by(*CELL, says="cause")
        .agg(confidence=(pl.col("confidence") * pl.col("units")).sum() / pl.col("units").sum())
        .with_columns(pl.col("confidence").replace(0.0, None))
    )


def _top(units: pl.DataFrame, name: str, share: str | None = None) -> pl.DataFrame:
    """The cause with most units of each cell; the first by name among equals."""
    first = units.sort("units", "cause", descending=[True, False]).unique(
        CELL, keep="first", maintain_order=True
    )
    more = [pl.col("units").alias(share)] if share else []
    return first.select(*CELL, pl.col("cause").alias(name), *more)


def _resolved(units: pl.DataFrame) -> pl.DataFrame:
    """Units of "supplier or transport" given to the two, as far as each lacks them."""
    either = (
        units.filter(cause=EITHER)
        .select(*CELL, free="answer")
        .join(
            units.filter(cause="supplier").select(
                *CELL, lacks_s=(pl.col("truth") - pl.col("answer")).clip(0)
            ),
            on=CELL,
            how="left",
        )
        .join(
            units.filter(cause="transport").select(
                *CELL, lacks_t=(pl.col("truth") - pl.col("answer")).clip(0)
            ),
            on=CELL,
            how="left",
        )
        .with_columns(pl.col("lacks_s", "lacks_t").fill_null(0))
        .with_columns(more_s=pl.min_horizontal("free", "lacks_s"))
        .with_columns(more_t=pl.min_horizontal(pl.col("free") - pl.col("more_s"), "lacks_t"))
    )
    return (
        units.join(either, on=CELL, how="left")
        .with_columns(pl.col("more_s", "more_t").fill_null(0))
        .with_columns(
            answer=pl.when(cause="supplier")
            .then(pl.col("answer") + pl.col("more_s"))
            .when(cause="transport")
            .then(pl.col("answer") + pl.col("more_t"))
            .when(cause=EITHER)
            .then(pl.col("answer") - pl.col("more_s") - pl.col("more_t"))
            .otherwise("answer")
        )
        .select(units.columns)
    )


def _moves(cells: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Which cause each true unit was given: its own as far as found, the rest as the model has too
    much of others, in proportion."""
    hits = units.filter(pl.col("hit") > 0).select(*CELL, "cause", says="cause", units="hit")
    lacking = units.with_columns(lack=pl.col("truth") - pl.col("hit")).filter(pl.col("lack") > 0)
    extra = (
        units.with_columns(extra=pl.col("answer") - pl.col("hit"))
        .filter(pl.col("extra") > 0)
        .with_columns(weight=pl.col("extra") / pl.col("extra").sum().over(CELL))
        .select(*CELL, "weight", says="cause")
    )
    spread = lacking.join(extra, on=CELL, how="left").select(
        *CELL,
        "cause",
        pl.col("says").fill_null(MISSING),
        units=pl.col("lack") * pl.col("weight").fill_null(1),
    )
    residual = (
        cells.filter(pl.col("short_qty") - pl.col("injected") > 1e-9)
        .select(*CELL, left=pl.col("short_qty") - pl.col("injected"))
        .join(extra, on=CELL)
        .select(*CELL, cause=pl.lit(RESIDUAL), says="says", units=pl.col("left") * pl.col("weight"))
    )
    return pl.concat([hits, spread, residual])


def totals(truth: pl.DataFrame, judged: Judged, basis: str) -> Totals:
    """The figures of one basis."""
    cells = judged.cells.filter(basis=basis)
    units = judged.units.filter(basis=basis)
    clear = cells.filter("is_clear")
    # one injection alone made at least 90 % of the units
    largest = (
        judged.kinds.filter(basis=basis)
        .group_by(*CELL, "injection_id")
        .agg(pl.col("units").sum())
        .group_by(CELL)
        .agg(largest=pl.col("units").max())
    )
    single = cells.join(largest, on=CELL).filter(pl.col("largest") >= 0.9 * pl.col("short_qty"))
    answered = cells.filter(pl.col("answered") > 0)
    injected = float(cells["injected"].sum())
    lacking = float((units["truth"] - units["hit"]).sum())
    unplanned = units.filter(pl.col("cause") != "planned")
    unplanned_qty = float(unplanned["truth"].sum())
    bins = calibration(judged, basis)
    weight = float(bins["units"].sum())
    unjudged = truth.filter(
        ~pl.col("is_judged"), ~pl.col("cause").is_in(FREE), pl.col("basis") == basis
    )
    return Totals(
        pool_dates=cells.height,
        short_qty=float(cells["short_qty"].sum()),
        injected=injected,
        unjudged=float(unjudged["units"].sum()),
        unanswered=float(cells.filter(pl.col("answered") == 0)["injected"].sum()),
        unknown=_said_unknown(judged, basis) / injected if injected else None,
        misplaced=lacking / injected if injected else None,
        unplanned=unplanned_qty,
        unplanned_misplaced=1 - float(unplanned["hit"].sum()) / unplanned_qty
        if unplanned_qty
        else None,
        clear_units=float(clear["short_qty"].sum()),
        top_right=_right(clear),
        single_units=float(single["short_qty"].sum()),
        single_right=_right(single),
        gap=float((bins["gap"] * bins["units"]).sum()) / weight if weight else None,
        answered_ratio=float(answered["answered"].sum()) / float(answered["short_qty"].sum())
        if answered.height
        else None,
    )


def _said_unknown(judged: Judged, basis: str) -> float:
    """Injected units of which the model says that it does not know."""
    moves = judged.moves.filter(pl.col("cause") != RESIDUAL, says=UNKNOWN, basis=basis)
    return float(moves["units"].sum())


def _right(cells: pl.DataFrame) -> float | None:
    units = float(cells["short_qty"].sum())
    return float(cells.filter("is_right")["short_qty"].sum()) / units if units else None


def calibration(judged: Judged, basis: str) -> pl.DataFrame:
    """Per band of the confidence in the top cause: pool-dates, units, its mean, share right, gap.

    To say that the cause is unknown is no claim that could be right or wrong.
    """
    is_claim = (pl.col("answered") > 0) & (pl.col("says") != UNKNOWN)
    cells = judged.cells.filter("is_clear", is_claim, basis=basis)
    number = pl.sum_horizontal(pl.col("confidence") > edge for edge in BINS)
    weight = pl.col("short_qty")
    return (
        cells.with_columns(number=number)
        .group_by("number")
        .agg(
            pool_dates=pl.len(),
            units=weight.sum(),
            confidence=(pl.col("confidence") * weight).sum() / weight.sum(),
            right=(pl.col("is_right") * weight).sum() / weight.sum(),
            right_pool_dates=pl.col("is_right").mean(),
        )
        .sort("number")
        .select(
            pl.col("number").replace_strict(dict(enumerate(BIN_NAMES))).alias("band"),
            pl.exclude("number"),
            gap=(pl.col("confidence") - pl.col("right")).abs(),
        )
    )


def confusion(judged: Judged, basis: str) -> pl.DataFrame:
    """Units by true cause and the cause they were given."""
    return (
        judged.moves.filter(basis=basis)
        .group_by("cause", "says")
        .agg(pl.col("units").sum())
        .sort("cause", "says")
    )


def by_kind(judged: Judged, basis: str) -> pl.DataFrame:
    """Per kind of injection: pool-dates, units, share recovered, and where the rest went."""
    wrong = (
        judged.moves.filter(pl.col("cause") != pl.col("says"), pl.col("basis") == basis)
        .join(
            judged.kinds.select(*CELL, "cause", "kind", part="units").with_columns(
                share=pl.col("part") / pl.col("part").sum().over(*CELL, "cause")
            ),
            on=[*CELL, "cause"],
        )
        .group_by("kind", "says")
        .agg(units=(pl.col("units") * pl.col("share")).sum())
        .sort("kind", "units", descending=[False, True])
        .group_by("kind", maintain_order=True)
        .agg(
            went_to=pl.format("{} {}", "says", pl.col("units").round(0).cast(pl.Int64))
            .head(3)
            .str.join(", ")
        )
    )
    return (
        judged.kinds.filter(basis=basis)
        .group_by("cause", "kind")
        .agg(
            pool_dates=pl.struct(CELL).n_unique(),
            units=pl.col("units").sum(),
            recovered=pl.col("hit").sum() / pl.col("units").sum(),
        )
        .join(wrong, on="kind", how="left")
        .sort("cause", "kind")
    )


def worst(judged: Judged, basis: str, most: int) -> pl.DataFrame:
    """The pool-dates with most misplaced units: what was true and what was said."""

    def listed(name: str) -> pl.Expr:
        return (
            pl.format("{} {}", "cause", pl.col(name).round(1))
            .filter(pl.col(name) > 0.05)
            .sort_by(pl.col(name).filter(pl.col(name) > 0.05), descending=True)
            .str.join(", ")
            .alias(name)
        )

    injections = (
        judged.kinds.group_by(CELL)
        .agg(pl.col("injection_id").unique().sort().str.join(" "))
        .rename({"injection_id": "injections"})
    )
    return (
        judged.units.filter(basis=basis)
        .group_by(CELL)
        .agg(
            misplaced=(pl.col("truth") - pl.col("hit")).sum(),
            true_units=listed("truth").first(),
            said_units=listed("answer").first(),
        )
        .join(injections, on=CELL)
        .join(judged.cells.select(*CELL, "short_qty"), on=CELL)
        .sort("misplaced", descending=True)
        .head(most)
    )
