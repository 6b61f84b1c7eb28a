"""A bot's life as an operator sees it: made by the form, started, its fills on the chart, stopped, in trouble, edited by two at once."""

import re
from collections.abc import Callable

from playwright.async_api import Page, expect

from acceptance.service import Service, idle, spec, until
from e2e.desk import PATIENCE_S, SitDown
from e2e.house import CRASHING, FAILED, RESTING, TRADER, resting

CHART = "[data-chart=candles]"


async def drawn_fills(page: Page) -> int:
    return int(await page.locator(CHART).get_attribute("data-fills") or 0)


async def test_a_bot_made_by_the_form_is_started_and_its_fills_appear_on_the_chart(house: Service, sit_down: SitDown) -> None:
    page = await (await sit_down(house)).open("new")
    await page.get_by_role("link", name="restless").click()
    await page.get_by_role("textbox", name="Id").fill("by-hand")
    await page.get_by_label("Capital").fill("5000")
    await page.get_by_placeholder("BTC/USDT").fill("ETH/USDT")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Check", exact=True).click()
    await page.get_by_label("Reason").fill("to see it trade")
    await page.get_by_role("button", name="Create stopped").click()
    await expect(page).to_have_url(re.compile("/bots/by-hand$"))
    await expect(page.get_by_role("heading", level=1, name="by-hand")).to_be_visible()
    await expect(page.get_by_role("banner").or_(page.get_by_role("main")).get_by_text("Stopped").first).to_be_visible()
    assert house.bot("by-hand")["observed"] == "STOPPED"
    await page.get_by_role("group", name="Commands").get_by_role("button", name="Start").click()
    await expect(page.get_by_role("main").get_by_text("Running").first).to_be_visible()
    await expect(page.locator(CHART)).not_to_have_attribute("data-fills", "0")
    seen = await drawn_fills(page)
    await expect(page.locator(CHART)).not_to_have_attribute("data-fills", str(seen))
    more = await drawn_fills(page)

    assert more > seen
    assert len(house.get("/bots/by-hand/fills").json()["items"]) >= more


async def test_stopping_with_open_orders_takes_them_off_and_says_so(house: Service, sit_down: SitDown) -> None:
    house.apply([resting("rests-too")])
    house.post("/bots/rests-too/start")
    until(lambda: bool(house.bot("rests-too")["working_orders"]), within_s=PATIENCE_S, what=lambda: str(house.bot("rests-too")))
    page = await (await sit_down(house)).open("bots/rests-too?tab=orders")
    await expect(page.get_by_role("main").get_by_text("Working").first).to_be_visible()
    await page.get_by_role("group", name="Commands").get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("alert").filter(has_text="rests-too: stopped")).to_be_visible()
    await expect(page.get_by_role("main").get_by_text("Stopped").first).to_be_visible()
    stopped = house.bot("rests-too")
    orders = house.get("/bots/rests-too/orders").json()["items"]

    assert (stopped["observed"], list(stopped["working_orders"])) == ("STOPPED", [])
    assert {order["state"] for order in orders} <= {"CANCELED", "FILLED"}


async def test_leaving_one_instrument_is_followed_until_it_is_flat(house: Service, sit_down: SitDown) -> None:
    house.apply([spec("holds", "dca", params={"every": 1, "gain": 100}, capital="10000", timeframe="1m")])
    house.post("/bots/holds/start")
    page = await (await sit_down(house)).open("bots/holds")
    await page.get_by_role("button", name="Exit BTC/USDT").click()
    dialogue = page.get_by_role("dialog")
    await dialogue.get_by_label("to confirm").fill("exit")
    await dialogue.get_by_role("button", name="Exit BTC/USDT").click()
    await expect(page.get_by_role("alert").filter(has_text="BTC/USDT of holds: flattened")).to_be_visible()

    assert [held for held in house.bot("holds")["positions"] if float(held["quantity"])] == []


async def test_a_crashing_bot_tells_its_reason_and_what_happens_next(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    page = await desk.open(f"bots/{CRASHING}")
    trouble = page.get_by_role("main")
    await expect(trouble.get_by_text("Backing off").first).to_be_visible()
    await expect(trouble).to_contain_text(f"the oracle of {CRASHING} does not answer")
    await expect(trouble).to_contain_text(re.compile(r"In \d+ "))
    await page.goto(f"{desk.url}bots/{FAILED}")
    await expect(page.get_by_role("alert")).to_contain_text(f"{FAILED} was told to sell what it never had")
    await page.get_by_role("link", name="See the log at that time").click()

    await expect(page).to_have_url(re.compile("tab=log"))
    await expect(page.get_by_role("main")).to_contain_text("sell what it never had")


async def test_a_bot_that_is_not_there_is_told_as_that(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    desk.excuse("status of 404")
    page = await desk.open("bots/nobody")
    await expect(page.get_by_role("main")).to_contain_text("nobody")
    await page.get_by_role("main").get_by_role("link", name=re.compile("fleet", re.IGNORECASE)).click()

    await expect(page.get_by_role("heading", level=1, name="Fleet")).to_be_visible()


async def test_a_bot_deleted_elsewhere_says_so_while_it_is_looked_at(house: Service, sit_down: SitDown) -> None:
    house.apply([idle("short-lived", capital="1")])
    desk = await sit_down(house)
    desk.excuse("status of 404")
    page = await desk.open("bots/short-lived")
    await expect(page.get_by_role("heading", level=1, name="short-lived")).to_be_visible()
    house.http.delete("/api/v1/bots/short-lived").raise_for_status()

    await expect(page.get_by_role("alert").filter(has_text="This bot was deleted")).to_be_visible()


async def test_two_who_edit_one_spec_see_both_versions_and_lose_neither(house: Service, sit_down: SitDown) -> None:
    house.apply([idle("edited", capital="100", labels={"team": "a"})])
    mine, theirs = await sit_down(house), await sit_down(house)
    first, second = [await desk.open("bots/edited?tab=spec") for desk in (mine, theirs)]
    for page, capital in ((first, "300"), (second, "200")):
        await page.get_by_label("Capital").fill(capital)
        await expect(page.get_by_text("1 change", exact=True)).to_be_visible()
    await second.get_by_role("button", name="Review and save").click()
    await second.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(second.get_by_text(re.compile("Saved[,.]"))).to_be_visible()
    conflict = first.get_by_test_id("conflict")
    await expect(conflict).to_contain_text("changed elsewhere")
    row = conflict.get_by_role("row", name=re.compile("capital"))
    for figure in ("100", "200", "300"):
        await expect(row).to_contain_text(figure)
    kept = house.get("/bots/edited").json()["spec"]["capital"]
    await conflict.get_by_role("button", name="Put mine on top of theirs").click()
    await first.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(first.get_by_text(re.compile("Saved[,.]"))).to_be_visible()

    assert kept == "200"
    assert house.get("/bots/edited").json()["spec"]["capital"] == "300"


async def test_the_log_follows_what_the_bot_writes_and_orders_show_what_rests(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    page = await desk.open(f"bots/{TRADER}?tab=fills")
    await expect(page.get_by_role("main").get_by_text("BTC/USDT").first).to_be_visible()
    await page.goto(f"{desk.url}bots/{RESTING}?tab=orders")
    await expect(page.get_by_role("main").get_by_text("limit").first).to_be_visible()


async def test_a_service_killed_and_back_shows_the_truth_in_the_open_page(make_house: Callable[..., Service], sit_down: SitDown) -> None:
    service = make_house().start()
    service.apply([idle("survivor", every_s=0.2), idle("sleeper")])
    service.post("/bots/survivor/start")
    until(lambda: service.bot("survivor")["observed"] == "RUNNING", within_s=PATIENCE_S, what=lambda: str(service.bots()))
    desk = await sit_down(service)
    desk.excuse("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING")
    page = await desk.open("?sort=id")
    freshness = page.locator("header").get_by_role("status")
    survivor, sleeper = (page.get_by_role("row", name=name, exact=True) for name in ("survivor", "sleeper"))
    await expect(survivor).to_contain_text("Running")
    await expect(freshness).to_have_text("Up to date")
    await page.evaluate("window.isTheSamePage = true")
    service.kill()
    await expect(freshness).to_contain_text("Stale")
    await expect(survivor).to_contain_text("Running")
    service.start()
    service.post("/bots/sleeper/start")
    service.post("/bots/survivor/stop")
    await expect(freshness).to_have_text("Up to date")
    await expect(sleeper).to_contain_text("Running")
    await expect(survivor).to_contain_text("Stopped")

    assert await page.evaluate("window.isTheSamePage") is True
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
