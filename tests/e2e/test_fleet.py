"""The fleet page: what needs someone comes first, filters live in the address, and many bots are steered at once."""

import re
from collections.abc import Callable
from typing import Final

from playwright.async_api import Locator, Page, expect

from acceptance.service import Service, idle, until
from e2e.desk import PATIENCE_S, PHONE, SitDown
from e2e.house import CRASHING, FAILED, IDLE, TRADER

MANY: Final = 500


def rows(page: Page) -> Locator:
    """The drawn rows of bots: no row of headings is among them."""
    return page.get_by_role("grid", name="Bots").locator("[role=row][data-id]")


def row(page: Page, bot_id: str) -> Locator:
    return page.get_by_role("row", name=bot_id, exact=True)


async def test_what_needs_someone_stands_first_with_its_reason(house: Service, sit_down: SitDown) -> None:
    page = await (await sit_down(house)).open()
    await expect(rows(page).nth(0)).to_have_attribute("data-id", re.compile(f"^({CRASHING}|{FAILED})$"))
    await expect(rows(page).nth(1)).to_have_attribute("data-id", re.compile(f"^({CRASHING}|{FAILED})$"))
    await expect(row(page, CRASHING)).to_contain_text(f"the oracle of {CRASHING} does not answer")
    await expect(row(page, FAILED)).to_contain_text("sell what it never had")
    await page.get_by_role("button", name="Needs attention").click()

    await expect(rows(page)).to_have_count(2)
    await expect(page).to_have_url(re.compile("state=attention"))


async def test_a_link_with_filters_shows_the_same_after_a_reload(house: Service, sit_down: SitDown) -> None:
    night = [bot_id for number, bot_id in enumerate(IDLE) if number % 3 and number >= 6]
    page = await (await sit_down(house)).open("?q=idle&state=STOPPED&label=team%3Dnight&sort=id&desc=true")
    for _ in range(2):
        await expect(rows(page)).to_have_count(len(night))
        shown = await rows(page).evaluate_all("(rows) => rows.map((row) => row.dataset.id)")
        assert shown == night[::-1]
        await expect(page.get_by_label("State", exact=True)).to_have_value("STOPPED")
        await expect(page.get_by_role("searchbox")).to_have_value("idle")
        await page.reload()


async def test_a_filter_that_no_bot_passes_says_so_and_is_cleared(house: Service, sit_down: SitDown) -> None:
    page = await (await sit_down(house)).open()
    await page.get_by_role("searchbox").fill("nobody has this name")
    await expect(page.get_by_text("No bot matches")).to_be_visible()
    await page.get_by_role("link", name="Clear the filter").click()

    await expect(row(page, TRADER)).to_be_visible()
    await expect(page.get_by_role("searchbox")).to_have_value("")


async def test_five_hundred_bots_are_stopped_as_one_operation_with_its_progress(
    make_house: Callable[..., Service], sit_down: SitDown
) -> None:
    service = make_house().start()
    service.apply([idle(f"many-{number:03}", every_s=5, capital="1", labels={"lot": "a"}) for number in range(MANY)])
    service.apply([idle(f"kept-{number}", every_s=5, capital="1") for number in range(5)])
    service.operate("start")
    until(lambda: len(service.bots("RUNNING")) == MANY + 5, within_s=60, what=lambda: str(len(service.bots("RUNNING"))))
    page = await (await sit_down(service)).open("?label=lot%3Da")
    await expect(page.get_by_role("grid", name="Bots")).to_have_attribute("aria-rowcount", str(MANY + 1))
    await page.get_by_role("checkbox", name=f"Select all {MANY} bots").check()
    chosen = page.get_by_role("region", name="Chosen bots")
    await expect(chosen).to_contain_text(f"{MANY} selected")
    await chosen.get_by_role("button", name="Stop", exact=True).click()
    await page.get_by_role("dialog").get_by_label("Reason").fill("the lot is sold")
    await page.get_by_role("dialog").get_by_role("button", name=f"Stop {MANY} bots").click()
    await expect(page.get_by_role("alert").filter(has_text=f"{MANY} bots: stopped")).to_contain_text(f"{MANY} of {MANY} done")
    await expect(chosen.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    states = {bot_id: bot["observed"] for bot_id, bot in service.bots().items()}
    [operation] = service.get("/operations", limit=1).json()["items"]

    assert {state for bot_id, state in states.items() if bot_id.startswith("many")} == {"STOPPED"}
    assert {state for bot_id, state in states.items() if bot_id.startswith("kept")} == {"RUNNING"}
    assert (operation["action"], operation["total"], operation["done"], operation["failed"]) == ("stop", MANY, MANY, 0)


async def test_on_a_phone_profit_and_actions_are_on_the_screen(house: Service, sit_down: SitDown) -> None:
    page = await (await sit_down(house, screen=PHONE)).open(f"?q={TRADER}")
    trader = row(page, TRADER)
    await expect(trader).to_be_in_viewport(ratio=0.9)
    profit = trader.get_by_text(re.compile(r"^[-+\N{MINUS SIGN}]?[\d,]+\.\d\d"))
    for seen in (profit.first, trader.get_by_text("Running"), trader.get_by_role("button", name=f"Stop {TRADER}")):
        await expect(seen).to_be_in_viewport(ratio=0.9)
    width = await page.evaluate("document.documentElement.scrollWidth")

    assert width <= PHONE["width"], "the page scrolls sideways"


async def test_the_keyboard_alone_finds_chooses_and_opens_a_bot(house: Service, sit_down: SitDown) -> None:
    page = await (await sit_down(house)).open("?q=idle-&sort=id")
    await expect(row(page, IDLE[0])).to_be_visible()
    await page.keyboard.press("j")
    await expect(row(page, IDLE[0])).to_be_focused()
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(row(page, IDLE[1])).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(f"/bots/{IDLE[1]}$"))


async def test_a_bot_that_another_hand_makes_appears_and_goes_by_itself(house: Service, sit_down: SitDown) -> None:
    page = await (await sit_down(house)).open("?q=guest")
    await expect(page.get_by_text("No bot matches")).to_be_visible()
    house.apply([idle("guest-1", capital="1")])
    await expect(row(page, "guest-1")).to_contain_text("Stopped")
    await row(page, "guest-1").get_by_role("button", name="Start guest-1").click()
    await expect(row(page, "guest-1")).to_contain_text("Running")
    await expect(page.get_by_role("alert").filter(has_text="guest-1: started")).to_be_visible()
    until(lambda: house.bot("guest-1")["observed"] == "RUNNING", within_s=PATIENCE_S, what=lambda: str(house.bot("guest-1")))
    await row(page, "guest-1").get_by_role("button", name="Stop guest-1").click()
    await expect(row(page, "guest-1")).to_contain_text("Stopped")
    house.http.delete("/api/v1/bots/guest-1").raise_for_status()

    await expect(row(page, "guest-1")).to_have_count(0)
