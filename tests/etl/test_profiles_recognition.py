"""Recognition by header: each layout by its own columns, and the contract's files by theirs."""

from pathlib import Path

import pytest

from etl.profiles import CONTRACT, Layout, profiles, recognise
from etl.read import Source

SYSTEMS = ("amazon", "businesscentral", "netsuite", "quickbooks", "sap", "woocommerce")
LAYOUTS = [layout for name in SYSTEMS for layout in profiles()[name].layouts]
TABLES = [layout for layout in profiles()[CONTRACT].layouts if layout.id != "supplier_items"]


def recognised(header: tuple[str, ...]) -> tuple[str, str]:
    """Profile and layout of a file of that header, whose name says nothing."""
    source = Source(
        name="export.csv",
        path=Path("export.csv"),
        sheet="",
        sha256="",
        bytes=1,
        format="CSV",
        notes=(),
        preview=(header,),
        header_row=0,
    )
    match = recognise(source)
    return match.profile.name, match.layout.id


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.profile}-{layout.id}")
def test_a_layout_is_recognised_by_its_columns_trimmed_or_in_other_words(layout: Layout) -> None:
    for columns in (layout.require, layout.columns):
        assert recognised(columns) == (layout.profile, layout.id)
        spelt = tuple(layout.aliases.get(column, (column,))[-1] for column in columns)
        if len(set(spelt)) == len(spelt):
            assert recognised(spelt) == (layout.profile, layout.id)


@pytest.mark.parametrize("layout", TABLES, ids=lambda layout: layout.id)
def test_the_contracts_own_headers_stay_the_contracts(layout: Layout) -> None:
    for columns in (layout.require, layout.columns):
        assert recognised(columns) == (CONTRACT, layout.id)
