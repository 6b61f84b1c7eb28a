"""In by the link that `styrman up` prints, out by a button, and no token left anywhere in between."""

import re
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from acceptance.service import Service, until
from e2e.desk import SitDown

EVERYWHERE = """() => JSON.stringify([
  location.href, performance.getEntriesByType('navigation')[0].name, document.referrer, history.state,
  {...localStorage}, {...sessionStorage}, document.cookie, document.documentElement.outerHTML,
])"""


class Unknown(Service):
    """A service whose token nobody chose: it makes one at its first start and prints it."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        del self._env["STYRMAN_ADMIN_TOKEN"]

    def printed_link(self) -> str:
        until(lambda: "#token=" in self.log.read_text(), within_s=20, what=self.last_words)
        link = re.search(r"http://\S+#token=\S+", self.log.read_text())
        assert link is not None
        return link[0]


async def visited(context: BrowserContext, page: Page) -> list[str]:
    """Return the addresses that going back and forward leads to."""
    told = await (await context.new_cdp_session(page)).send("Page.getNavigationHistory")
    return [entry["url"] for entry in told["entries"]]


@pytest.fixture
def fresh(running: ExitStack, tmp_path: Path) -> Unknown:
    service = running.enter_context(Unknown(tmp_path / "home"))
    service.start()
    return service


async def test_the_printed_link_signs_in_and_leaves_no_token_behind(fresh: Unknown, sit_down: SitDown) -> None:
    url, _, token = fresh.printed_link().partition("#token=")
    desk = await sit_down(url, token=token)
    page = await desk.open()
    fleet = page.get_by_role("heading", level=1, name="No bots yet")
    await expect(fleet).to_be_visible()
    await expect(page).to_have_url(url)
    told = await page.evaluate(EVERYWHERE)
    databases = await page.evaluate("async () => (await indexedDB.databases()).map(({name}) => name)")
    history = await visited(desk.context, page)
    [cookie] = await desk.context.cookies()
    await page.reload()
    await expect(fleet).to_be_visible()
    await page.goto("about:blank")
    await page.go_back()
    await expect(fleet).to_be_visible()

    assert len(token) >= 32
    assert token not in told
    assert databases == []
    assert url in history
    assert not any(token in address for address in history)
    assert token not in str(cookie)
    assert (cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path")) == (True, "Strict", "/")


async def test_signing_out_voids_the_session_and_asks_for_a_token(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    desk.excuse("status of 401")
    page = await desk.open()
    await expect(page.get_by_role("heading", level=1, name="Fleet")).to_be_visible()
    [cookie] = await desk.context.cookies()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Token")).to_be_visible()
    kept = {str(cookie.get("name")): str(cookie.get("value"))}
    async with httpx.AsyncClient(cookies=kept) as stranger:
        answer = await stranger.get(f"{desk.url}api/v1/session")

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert await desk.context.cookies() == []


async def test_a_wrong_token_is_refused_and_the_right_one_leads_to_the_page_that_was_asked_for(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house, token="w" * 43)
    desk.excuse("status of 401")
    page = await desk.open("bots/trader")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Token").fill(house.http.headers["Authorization"].removeprefix("Bearer "))
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    await expect(page).to_have_url(f"{desk.url}bots/trader")


async def test_a_session_that_ends_elsewhere_asks_for_the_token_here(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    desk.excuse("status of 401")
    first = await desk.open("events")
    await expect(first.get_by_role("button", name="Sign out")).to_be_visible()
    second = await desk.open("system")
    await expect(second.get_by_role("heading", level=1, name="System")).to_be_visible()
    await first.get_by_role("button", name="Sign out").click()

    await expect(second.get_by_label("Token")).to_be_visible()
