"""Charts as files: PNG and SVG with title, day and legend, drawn here without any network."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt

from dashboard import charts

KINDS = {"png": "image/png", "svg": "image/svg+xml"}
WIDTH = 760
SHARP = 2
"""Points of the screen to a point of the picture: good on paper too."""


@dataclass(frozen=True)
class Drawing:
    """A chart that the page shows, and what it is called."""

    title: str
    chart: charts.Layered


def drawn(drawing: Drawing, beneath: Sequence[str], kind: str, theme: str) -> bytes:
    """The chart as a file: "png" or "svg". `beneath` stands under its title, line by line."""
    # Half a second to load, and needed by who takes a picture away only.
    import vl_convert

    # Exact decimals are numbers in a picture.
    spec = json.dumps(_whole(drawing, beneath, theme), default=float)
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    known = vl_convert.get_vegalite_versions()
    newest = version if version in known else known[-1]
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, vl_version=newest).encode()
    return vl_convert.vegalite_to_png(spec, vl_version=newest, scale=SHARP)


def _whole(drawing: Drawing, beneath: Sequence[str], theme: str) -> dict[str, Any]:
    """The chart as described, with what the page around it says, in the page's colours."""
    with alt.data_transformers.enable("default", max_rows=None):
        spec: dict[str, Any] = drawing.chart.to_dict()
    ink, paper, line = (
        _themes()[theme][name] for name in ("textColor", "backgroundColor", "borderColor")
    )
    _with_legends(spec)
    spec["width"] = WIDTH
    spec["background"] = paper
    spec["padding"] = 16
    spec["title"] = {
        "text": drawing.title,
        "subtitle": list(beneath),
        "anchor": "start",
        "color": ink,
        "subtitleColor": ink,
        "fontSize": 15,
        "offset": 12,
    }
    config = spec.setdefault("config", {})
    config["view"] = {**config.get("view", {}), "stroke": None}
    config["axis"] = {
        **config.get("axis", {}),
        "labelColor": ink,
        "titleColor": ink,
        "gridColor": line,
        "domainColor": line,
        "tickColor": line,
    }
    config["legend"] = {"labelColor": ink, "titleColor": ink, "orient": "top", "title": None}
    return spec


@cache
def _themes() -> dict[str, dict[str, str]]:
    """The colours of the pages, light and dark: from where Streamlit takes them."""
    path = Path(__file__).with_name(".streamlit") / "config.toml"
    themes: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))["theme"]
    return themes


def _with_legends(part: Any) -> None:
    """Colours that the page explains above the chart are explained in the picture."""
    if isinstance(part, list):
        for each in part:
            _with_legends(each)
    elif isinstance(part, dict):
        colour = part.get("encoding", {}).get("color")
        if isinstance(colour, dict) and "scale" in colour and colour.get("legend", 0) is None:
            colour["legend"] = {"title": None, "labelLimit": 0}
        for name in ("layer", "hconcat", "vconcat", "spec"):
            _with_legends(part.get(name))
