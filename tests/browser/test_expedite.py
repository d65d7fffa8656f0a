"""The journey of a manager: from what waits, to the order that keeps it, to what hurry costs."""

import csv
import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Stage
from tests.browser.site import settle
from tests.dashboard.store import Stores, newest, publish_changed

# Ten heaters were promised for the 20th and come on 30 April, to be paid a month later; customers
# pay a month after they are served.
OVERDUE = (
    "update contract.purchase_order_lines set order_date = date '2026-02-11', ordered_qty = 10,"
    " first_promised_date = date '2026-03-20', promised_date = date '2026-04-30',"
    " unit_price = 80, currency = 'EUR' where supplier_id = 'COIL'",
    "insert into contract.payment_terms by name select 'NET30' as payment_terms_id,"
    " 30 as net_days, 'ship' as basis, 0.0 as deposit_rate",
    "update contract.sales_order_lines set payment_terms_id = 'NET30'",
    "update contract.purchase_order_lines set payment_terms_id = 'NET30'",
)
A_WEEK_LATER = "update core.as_of set as_of = as_of + 7"


@pytest.fixture(scope="module")
def overdue(stores: Stores) -> Path:
    return stores(*OVERDUE)


def headline(page: Page) -> Locator:
    return page.locator(".st-key-headline [data-testid=stMetricValue]")


def figure(page: Page, label: str) -> Locator:
    named = page.get_by_text(label, exact=True)
    return page.locator("[data-testid=stMetric]").filter(has=named)


def menu(page: Page, path: str) -> None:
    page.locator(f"[data-testid=stTopNavLink][href$='/{path}']").first.evaluate("e => e.click()")
    expect(page).to_have_url(re.compile(f"/{path}(\\?|$)"))
    settle(page)


def test_from_what_waits_to_what_hurrying_costs(visit: Open, stage: Stage, overdue: Path) -> None:
    page = visit(stage.show(overdue), height=1400)
    expect(headline(page)).to_have_text("€2,358")

    # Filter by clicking.
    heaters = page.locator("[class*=_item_] path[aria-label*=Heater][aria-roledescription=bar]")
    for wait in (20_000, 30_000):  # a click that falls into a redrawing is lost
        settle(page)
        heaters.first.click()
        with suppress(AssertionError):
            expect(page).to_have_url(re.compile(r"\?item=Heater"), timeout=wait)
            break
    expect(headline(page)).to_have_text("€600")

    # The lines, and in them the figure of the screen.
    menu(page, "backlog")
    with page.expect_download() as event:
        page.get_by_role("button", name="CSV", exact=True).click()
    text = Path(event.value.path()).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert {line["item_id"] for line in lines} == {"HEATER"}
    waiting = sum(float(line["backordered_value"]) for line in lines)
    expect(figure(page, "Backordered")).to_contain_text(f"€{waiting:,.0f}")

    # The late purchase order behind one of them.
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 18, box["y"] + 52)
    page.get_by_role("link", name=re.compile("^Why SO.* is short$")).click()
    expect(page.get_by_text(re.compile("promised for 20 Mar 2026"))).to_be_visible()

    # What if it came 20 days earlier?
    menu(page, "what_if")
    page.locator(".st-key-lever_supply_True input").click()
    page.get_by_role("option", name=re.compile("PO2")).click()
    days = page.locator(".st-key-value_supply_days input")
    days.fill("-20")
    days.press("Enter")
    settle(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("3 order lines are filled earlier", exact=False)).to_be_visible()
    expect(figure(page, "Funding gap")).to_contain_text("+€7")
    page.get_by_text("Show it on every page").click()
    menu(page, "cash_flow")
    expect(page.get_by_text("Scenario, not the published figures")).to_be_visible()
    expect(headline(page)).to_have_text("€7")

    # The link shows another person the same.
    other = visit(page.url)
    expect(other.get_by_text("Scenario, not the published figures")).to_be_visible()
    expect(headline(other)).to_have_text("€7")
    other.get_by_role("button", name="Leave the scenario").click()
    expect(headline(other)).to_have_text("€0")

    # A refresh published meanwhile shows by itself, the scenario kept.
    publish_changed(newest(overdue), stage.folder, "20260408T060000", A_WEEK_LATER)
    stage.forget()
    for tab in (page, other):
        expect(tab.get_by_text("As of 7 Apr 2026", exact=True)).to_be_visible()
    expect(page.get_by_text("Scenario, not the published figures")).to_be_visible()
    assert "set=" in page.url
