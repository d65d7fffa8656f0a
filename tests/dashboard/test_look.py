"""What is seen: contrast of every colour in both themes, charts as files, tables for paper."""

import re
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboard import (
    cash_charts,
    cause_charts,
    charts,
    drawings,
    material_charts,
    queries,
    risk_charts,
    supply_charts,
)
from dashboard.drawings import Drawing
from tests.dashboard.conftest import Run

THEME = tomllib.loads(
    Path(queries.__file__).with_name(".streamlit").joinpath("config.toml").read_text("utf-8")
)["theme"]
LOOK = Path(queries.__file__).with_name("look.css").read_text("utf-8")
THEMES = ("light", "dark")
MARKS = {
    colour
    for module in (charts, cash_charts, cause_charts, material_charts, risk_charts, supply_charts)
    for value in vars(module).values()
    if isinstance(value, str) and len(value) == 7 and value.startswith("#")
    for colour in [value]
} - {charts.PALE_INK}  # of the dark alone


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2: 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read(theme: str) -> None:
    colours: dict[str, Any] = THEME[theme]
    grounds = [
        colours["backgroundColor"],
        colours["secondaryBackgroundColor"],
        colours["sidebar"]["backgroundColor"],
        colours["sidebar"]["secondaryBackgroundColor"],
    ]
    texts = [colours["textColor"], colours["linkColor"]]
    for text, ground in product(texts, grounds):
        assert contrast(text, ground) >= 4.5, (text, ground)
    header = colours["dataframeHeaderTextColor"], colours["dataframeHeaderBackgroundColor"]
    assert contrast(*header) >= 4.5
    assert contrast(colours["textColor"], colours["backgroundColor"]) >= 7
    # Streamlit writes white on a pressed button: the style sheet says otherwise for the dark.
    on_primary = {"light": "#FFFFFF", "dark": "#0B1118"}[theme]
    assert on_primary in LOOK
    assert contrast(colours["primaryColor"], on_primary) >= 4.5
    # What can be pressed must be seen against the page: WCAG 1.4.11.
    assert contrast(colours["primaryColor"], colours["backgroundColor"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_every_mark_of_a_chart_can_be_seen(theme: str) -> None:
    assert len(MARKS) >= 6
    for colour in MARKS | set(THEME["chartCategoricalColors"]):
        assert contrast(colour, THEME[theme]["backgroundColor"]) >= 3, colour
    ink = {"light": charts.INK, "dark": charts.PALE_INK}[theme]
    assert contrast(ink, THEME[theme]["backgroundColor"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_small_texts_can_be_read(theme: str) -> None:
    found = re.search(r"stCaptionContainer\"\] {\s+opacity: ([\d.]+)", LOOK)
    assert found
    for ground in (THEME[theme]["backgroundColor"], THEME[theme]["sidebar"]["backgroundColor"]):
        faded = mixed(THEME[theme]["textColor"], ground, float(found[1]))
        assert contrast(faded, ground) >= 4.5


def test_the_focus_can_be_seen_in_both_themes() -> None:
    found = re.search(r":focus-visible {\s+outline: 2px solid (#\w{6})", LOOK)
    assert found
    for theme in THEMES:
        assert contrast(found[1], THEME[theme]["backgroundColor"]) >= 3


def mixed(ink: str, ground: str, share: float) -> str:
    parts = [
        round(share * int(ink[i : i + 2], 16) + (1 - share) * int(ground[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    frame = pl.DataFrame(
        {
            "bucket": ["0-7", "8-30"],
            "bucket_rank": [1, 2],
            "lines": [3, 4],
            "covered_value": [1200.0, 3400.0],
            "uncovered_value": [100.0, 0.0],
        }
    )
    return Drawing("Backordered by days past due", charts.ageing(frame, "value", "EUR", ()))


@pytest.mark.parametrize("theme", THEMES)
def test_a_chart_is_a_file_with_title_day_and_legend(drawing: Drawing, theme: str) -> None:
    svg = drawings.drawn(drawing, ("As of 31 Mar 2026", "Customer: Anna"), "svg", theme).decode()
    for text in (drawing.title, "As of 31 Mar 2026", "Customer: Anna", "€3K", *charts.PART_COLOURS):
        assert text in svg, text
    assert THEME[theme]["backgroundColor"].lower() in svg.lower()
    assert THEME[theme]["textColor"].lower() in svg.lower()
    assert "http://" not in svg.replace("http://www.w3.org", "")
    png = drawings.drawn(drawing, (), "png", theme)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) > drawings.WIDTH


def test_the_pictures_of_a_page_can_be_taken_away(store: Path, run: Run) -> None:
    app = run(store)
    assert "take_away_which" not in app.session_state
    app.session_state["take_away"] = True
    app.run()
    assert not app.exception
    [chosen] = [box for box in app.selectbox if box.key == "take_away_which"]
    assert len(chosen.options) == 6
    assert {button.proto.label for button in app.get("download_button")} == {"PNG", "SVG"}


def test_tables_for_paper_are_text(store: Path, run: Run) -> None:
    app = run(store, "backlog", print="true")
    assert not app.dataframe
    shown = app.table[0].value
    assert shown.shape[0] > 1
    assert "SO1" in set(shown.iloc[:, 0])
    assert any("columns" in caption.value for caption in app.caption)


@pytest.mark.parametrize("page", ["overview", "cash_flow", "risk", "allocation"])
def test_every_picture_of_a_page_can_be_drawn(store: Path, run: Run, page: str) -> None:
    shown = run(store, page).session_state["pictures_drawn"]
    assert shown
    for each in shown:
        assert "<svg" in drawings.drawn(each, ("As of a day",), "svg", "light").decode()
