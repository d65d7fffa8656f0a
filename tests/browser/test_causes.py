"""From a line of the backlog to its cause, its late order and its supplier: three clicks."""

import re
from contextlib import suppress

from playwright.sync_api import expect

from tests.browser.conftest import Open


def test_three_clicks_lead_from_a_line_to_its_suppliers_record(visit: Open, late_site: str) -> None:
    page = visit(f"{late_site}/backlog?item=HEATER", height=1600)
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    expect(page.get_by_text("Select lines in the table above")).to_be_visible()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 18, box["y"] + 52)
    page.get_by_role("link", name=re.compile("^Why SO.* is short$")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Why is SO.* short"))
    expect(page).to_have_url(re.compile(r"causes\?.*order=SO.*line=1"))
    expect(
        page.get_by_text(re.compile("promised for 20 Mar 2026 → not in, 11 days"))
    ).to_be_visible()
    page.get_by_role("link", name="How COIL Ltd delivers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Who delivers late"))
    expect(page).to_have_url(re.compile("supplier=COIL"))
    expect(page.get_by_role("heading", name="COIL Ltd")).to_be_visible()


def test_a_clicked_month_and_cause_are_in_the_url(visit: Open, late_site: str) -> None:
    page = visit(f"{late_site}/causes", height=1600)
    months = page.locator("[class*=st-key-months_] path[aria-roledescription=bar]")
    months.first.click()
    expect(page).to_have_url(re.compile(r"due=.*2026"))
    expect(page).to_have_url(re.compile(r"why=Went\+short\+when\+due"))
    expect(page.get_by_text(re.compile("^Short when due in"))).to_be_visible()
    causes = page.locator("[class*=st-key-shares_] path[aria-roledescription=bar]")
    chosen = page.get_by_role("heading", name=re.compile("Who and what is behind it:"))
    for _ in range(4):  # a click that falls into the redrawing of the chart is lost
        causes.first.click()
        with suppress(AssertionError):
            expect(chosen).to_be_visible(timeout=8000)
            break
    expect(chosen).to_be_visible()
    expect(page).to_have_url(re.compile("[?&]cause="))
