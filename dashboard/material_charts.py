"""Charts about materials: pure functions in the palette and manner of charts.py."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import BLUE, GREEN, OCHRE, ROW_STEP, VERMILLION, Layered
from dashboard.texts import N_, _

ALONE, TOGETHER = N_("Free if it alone comes"), N_("Needs others too")
GATING_COLOURS = {ALONE: OCHRE, TOGETHER: VERMILLION}
ABLE, BLOCKED, UNSURE = N_("Can be made now"), N_("Waits for materials"), N_("Not known")
ABLE_COLOURS = {ABLE: GREEN, BLOCKED: VERMILLION, UNSURE: BLUE}


def able_colours(frame: pl.DataFrame) -> dict[str, str]:
    """The colours of what the frame holds: what is not known only where something is."""
    if frame["unknown_reason"].null_count() < frame.height:
        return ABLE_COLOURS
    return {name: colour for name, colour in ABLE_COLOURS.items() if name != UNSURE}


def has_money(frame: pl.DataFrame) -> bool:
    """Whether any component is known to block some value."""
    return bool((frame["blocked_value"].fill_null(0) > 0).any())


def _stacked(
    data: pl.DataFrame,
    titles: list[str],
    colours: dict[str, str],
    unit: str,
    currency: str | None,
    what: str,
) -> Layered:
    """Horizontal bars of parts: columns `title`, `part`, `amount`; a click picks the `key`."""
    chart = (
        alt.Chart(data.filter(pl.col("amount") > 0))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "title:N",
                sort=titles,
                title=None,
                axis=alt.Axis(labelLimit=170, ticks=False, domain=False),
            ),
            x=alt.X("amount:Q", axis=charts._amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=charts._scale(colours), legend=None),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("title:N", title=what),
                alt.Tooltip("part:N", title=_("Part")),
                charts._tooltip(unit, currency, _("Amount")),
            ],
        )
        .properties(height=alt.Step(ROW_STEP))
    )
    return charts._finished(charts.clickable(chart))


def _parts(
    frame: pl.DataFrame,
    title: str,
    key: str,
    chosen: Sequence[str],
    parts: dict[str, pl.Expr],
) -> pl.DataFrame:
    return pl.concat(
        frame.select(
            **charts.picked(key, chosen),
            title=pl.col(title),
            part=charts.said(name),
            rank=pl.lit(rank),
            amount=value.cast(pl.Float64),
        )
        for rank, (name, value) in enumerate(parts.items())
    )


def gating(frame: pl.DataFrame, currency: str | None, chosen: Sequence[str]) -> Layered:
    """Value each component blocks: what it would free alone, and what waits for others too."""
    rows = frame.filter(pl.col("blocked_value") > 0)
    parts = {
        ALONE: pl.col("freed_value"),
        TOGETHER: pl.col("blocked_value") - pl.col("freed_value"),
    }
    data = _parts(rows, "component_name", "component_id", chosen, parts)
    titles = rows["component_name"].to_list()
    return _stacked(data, titles, GATING_COLOURS, "value", currency, _("Component"))


def able(frame: pl.DataFrame, unit: str, currency: str | None, chosen: Sequence[str]) -> Layered:
    """What waits of each made item: what can be made now, what cannot, what is not known."""
    parts = {
        ABLE: pl.col(f"able_to_make_{unit}"),
        BLOCKED: pl.col(f"blocked_{unit}"),
        UNSURE: pl.when(pl.col("unknown_reason").is_not_null()).then(pl.col(f"waiting_{unit}")),
    }
    titles = frame["item_name"].to_list()
    data = _parts(frame, "item_name", "item_id", chosen, parts)
    return _stacked(data, titles, ABLE_COLOURS, unit, currency, _("Item"))
