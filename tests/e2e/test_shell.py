"""The frame around every page: banners, tabs that share one stream, what is preferred and kept, keys and the palette."""

import re
from collections.abc import Callable

from playwright.async_api import Page, expect

from acceptance.service import Service
from e2e.desk import Desk, SitDown
from e2e.house import TRADER

UP_TO_DATE = "Up to date"


async def ready(desk: Desk, path: str = "") -> Page:
    page = await desk.open(path)
    await expect(page.get_by_role("status").filter(has_text=UP_TO_DATE)).to_be_visible()
    return page


def readers(service: Service) -> int:
    """How many read the service's stream, as its metrics say."""
    found = re.search(r"^styrman_stream_readers (\d+)", service.http.get("/metrics").text, re.MULTILINE)
    assert found is not None
    return int(found[1])


async def test_the_tabs_of_a_browser_share_one_stream(make_house: Callable[..., Service], sit_down: SitDown) -> None:
    service = make_house().start()
    desk = await sit_down(service)
    pages = [await ready(desk, path) for path in ("", "events", "system")]
    shared = readers(service)
    for page in pages[:2]:
        await page.close()
    await expect(pages[2].get_by_role("status").filter(has_text=UP_TO_DATE)).to_be_visible()
    left = readers(service)
    other = await sit_down(service)
    await ready(other)

    assert (shared, left, readers(service)) == (1, 1, 2)


async def test_halting_everything_is_typed_and_shown_in_every_tab_until_it_is_lifted(
    make_house: Callable[..., Service], sit_down: SitDown
) -> None:
    service = make_house().start()
    desk = await sit_down(service)
    mine, beside = await ready(desk), await ready(desk, "events")
    banners = [page.get_by_role("alert").filter(has_text="All trading is halted") for page in (mine, beside)]
    await mine.get_by_role("button", name="Halt all trading").click()
    dialog = mine.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Halt all trading")
    await dialog.get_by_label("Reason").fill("the cat is on the keyboard")
    await expect(confirm).to_be_disabled()
    await dialog.get_by_label("Type halt to confirm").fill("halt")
    await confirm.click()
    for banner in banners:
        await expect(banner).to_contain_text("the cat is on the keyboard")
    halted = service.get("/system").json()["halted"]
    await banners[1].get_by_role("button", name="Lift the halt").click()
    await beside.get_by_role("dialog").get_by_role("button", name="Lift the halt of everything").click()
    for banner in banners:
        await expect(banner).to_have_count(0)

    assert halted is True
    assert service.get("/system").json()["halted"] is False


async def test_colours_and_time_zone_stay_as_they_were_chosen(house: Service, sit_down: SitDown) -> None:
    page = await ready(await sit_down(house))
    scheme = page.locator("html")
    await expect(scheme).to_have_attribute("data-mantine-color-scheme", "dark")
    await page.get_by_role("button", name="Light colours").click()
    await page.get_by_role("button", name="UTC", exact=True).click()
    await page.get_by_role("switch", name="Red and green").click()
    await page.reload()

    await expect(page.get_by_role("button", name="Local", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Dark colours")).to_be_visible()
    await expect(scheme).to_have_attribute("data-mantine-color-scheme", "light")
    await expect(scheme).to_have_attribute("data-profit", "classic")


async def test_the_palette_finds_a_bot_and_opens_it_by_keys_alone(house: Service, sit_down: SitDown) -> None:
    page = await ready(await sit_down(house))
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    await page.keyboard.type(TRADER)
    await expect(page.get_by_role("option", name=TRADER)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(f"/bots/{TRADER}$"))


async def test_g_and_a_letter_lead_to_each_page(house: Service, sit_down: SitDown) -> None:
    page = await ready(await sit_down(house), "about")
    for key, title in {"o": "Orders", "p": "Portfolio", "e": "Events", "s": "Strategies", "y": "System", "f": "Fleet"}.items():
        await page.keyboard.press("g")
        await page.keyboard.press(key)
        await expect(page.get_by_role("heading", level=1)).to_contain_text(title)


async def test_the_first_key_leads_past_the_navigation(house: Service, sit_down: SitDown) -> None:
    page = await ready(await sit_down(house))
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.locator("main")).to_be_focused()


async def test_an_address_that_leads_nowhere_says_so_and_leads_back(house: Service, sit_down: SitDown) -> None:
    page = await ready(await sit_down(house), "no/such/page")
    await expect(page.get_by_text("There is no such page")).to_be_visible()
    await page.get_by_role("link", name="To the fleet").click()

    await expect(page.get_by_role("heading", level=1, name="Fleet")).to_be_visible()
