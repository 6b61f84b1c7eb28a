"""Each page, in dark and in light, as axe judges it: nothing serious and nothing critical. And whether it stands still and fits a phone."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

from acceptance.service import Service
from e2e.chromium import is_required
from e2e.desk import PHONE, SitDown
from e2e.house import CRASHING, FAILED, IDLE, TRADER

AXE = Path(__file__).resolve().parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    *("", "new", "new?strategy=grid", "orders", "orders?tab=fills", "portfolio", "events", "strategies", "system", "about"),
    *(f"bots/{TRADER}", f"bots/{TRADER}?tab=orders", f"bots/{TRADER}?tab=log", f"bots/{TRADER}?tab=spec"),
    *(f"bots/{CRASHING}", f"bots/{FAILED}?tab=events", "bots/nobody"),
)
# What trades moves its pages: new orders come in on top. These have nothing new to tell once they are there.
STILL = (
    *("", "new", "new?strategy=grid", "strategies", "system", "about"),
    *(f"bots/{IDLE[0]}", f"bots/{IDLE[0]}?tab=orders", f"bots/{IDLE[0]}?tab=spec"),
)
STEADY = 0.1  # up to here a shift counts as good
SHIFT = """() => new Promise((tell) => {
  let sum = 0
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) sum += entry.value }))
    .observe({ type: 'layout-shift', buffered: true })
  requestAnimationFrame(() => setTimeout(() => tell(sum), 50))
})"""
LACKING = not AXE.is_file() and not is_required()
pytestmark = pytest.mark.skipif(LACKING, reason="axe-core is not installed: the dashboard was built elsewhere")
GRAVE = {"serious", "critical"}
# What the colours are changes nothing but the contrast.
RULES: dict[str, dict[str, object]] = {"dark": {}, "light": {"runOnly": ["color-contrast"]}}


async def faults(page: Page, colors: str) -> list[str]:
    """Return what axe finds grave: the rule and the first elements that break it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("(rules) => axe.run(document, {resultTypes: ['violations'], ...rules})", RULES[colors])
    return [
        f"{page.url} {fault['id']}: {[node['html'][:160] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
        if fault["impact"] in GRAVE
    ]


async def settled(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_count(1)
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("colors", ["dark", "light"])
async def test_axe_finds_nothing_serious_on_any_page(house: Service, sit_down: SitDown, colors: Literal["dark", "light"]) -> None:
    desk = await sit_down(house, colors=colors, may_break_policy=True)
    desk.excuse("status of 404")  # the page of a bot that does not exist
    found = []
    page = await desk.open()
    await settled(page)
    for path in PAGES:
        await page.goto(f"{desk.url}{path}")
        await settled(page)
        found += await faults(page, colors)

    assert found == []


async def test_a_page_stands_still_while_it_loads(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    page, shifts = await desk.open(), {}
    await settled(page)
    for path in STILL:
        await page.goto(f"{desk.url}{path}")
        await settled(page)
        shifts[path] = await page.evaluate(SHIFT)

    assert {path: shift for path, shift in shifts.items() if shift > STEADY} == {}


async def test_axe_finds_nothing_serious_in_dialogues_and_at_the_door(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house, may_break_policy=True)
    desk.excuse("status of 401")
    page = await desk.open()
    await settled(page)
    await page.get_by_role("button", name="Halt all trading").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    found = await faults(page, "dark")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="Search")).to_be_visible()
    found += await faults(page, "dark")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Token")).to_be_visible()
    found += await faults(page, "dark")

    assert found == []


async def test_no_page_scrolls_sideways_on_a_phone(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house, screen=PHONE)
    desk.excuse("status of 404")
    page = await desk.open()
    await settled(page)
    wide = []
    for path in PAGES:
        await page.goto(f"{desk.url}{path}")
        await settled(page)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)

    assert wide == []
