"""Files dropped in the browser: seen before they are published, and published when asked."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Stage

ORDERS = """\
Order ID;Line ID;Order Date;Item ID;Ordered Qty;Unit Price;Currency
O1;1;13.03.2026;LAMP;10;12,50;EUR
O2;1;14.03.2026;=VASE;-2;30,00;EUR
"""
STOCK = "as_of,item_id,on_hand_qty\n2026-03-31,LAMP,6\n"


def drop(page: Page, *files: Path) -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(list(files))


def widest_overflow(page: Page, width: int) -> int:
    """By how much something is wider than a screen of that width."""
    page.set_viewport_size({"width": width, "height": 844})
    page.wait_for_timeout(500)
    return int(
        page.evaluate(
            "Math.max(...[...document.querySelectorAll("
            "'[data-testid=stMain], html, .stAppViewContainer')]"
            ".map(e => e.scrollWidth - e.clientWidth))"
        )
    )


def test_dropped_files_are_seen_first_and_then_published(
    visit: Open, stage: Stage, tmp_path: Path
) -> None:
    orders, stock, odd = (tmp_path / name for name in ("orders (1).csv", "stock.csv", "odd.csv"))
    orders.write_text(ORDERS)
    stock.write_text(STOCK)
    odd.write_text("a,b\n1,2\n")
    page = visit(f"{stage.clear()}/data", dark=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("No data yet")
    drop(page, orders, stock, odd)
    expect(page.get_by_text("orders (1).csv is Sales order lines")).to_be_visible()
    expect(page.get_by_text("1 of 2 rows would be loaded, 1 refused")).to_be_visible()
    expect(page.get_by_text("No header of a known layout was found")).to_be_visible()
    expect(page.get_by_text("stock.csv is Inventory balances")).to_be_visible()
    assert not list(stage.folder.iterdir())
    page.get_by_role("button", name="Publish 2 of 3 files").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("What is loaded"))
    expect(page.get_by_text("Published", exact=True)).to_be_visible()
    expect(page.get_by_text("2 of 3 rows read from 2 files are in force")).to_be_visible()
    assert widest_overflow(page, 390) <= 0
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".st-key-headline [data-testid=stMetricValue]")).to_have_text("€50")
