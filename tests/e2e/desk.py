"""Somebody at a browser, in front of a running service: tabs that share a session, and all that went wrong in them."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeAlias

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState, ViewportSize, WebError

from acceptance.service import TOKEN

PATIENCE_S = 25.0  # for what a page shall show: a busy machine may take its time, and a test that passes never waits so long
SCREEN, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
_TELL_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) =>
  window.tellViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`))
"""
Colors: TypeAlias = Literal["dark", "light"]


class Desk:
    """A browser of its own: no other desk has its cookies, its storage or its stream. What goes wrong in any tab stands in `troubles`."""

    def __init__(self, context: BrowserContext, url: str, token: str | None) -> None:
        self.context, self.url = context, url
        self._token = token
        self._excused: list[str] = []
        self._troubles: list[str] = []

    @property
    def troubles(self) -> list[str]:
        """Every violation of the policy and every error in the console but the excused."""
        return [told for told in self._troubles if not any(re.search(excuse, told) for excuse in self._excused)]

    def excuse(self, *patterns: str) -> None:
        """Expect errors of this kind: Chromium tells each request that fails, also where that is what the test is about."""
        self._excused += patterns

    async def watch(self) -> None:
        """Note what goes wrong from now on."""
        self.context.on("console", self._hear)
        self.context.on("weberror", self._catch)
        await self.context.expose_function("tellViolation", lambda told: self._troubles.append(f"policy violated: {told}"))
        await self.context.add_init_script(_TELL_VIOLATIONS)

    async def open(self, path: str = "") -> Page:
        """Open a tab on a path below the dashboard's; the first one signs in, by the link with the token."""
        page = await self.context.new_page()
        fragment = "" if self._token is None else f"#token={self._token}"
        self._token = None
        await page.goto(f"{self.url}{path}{fragment}")
        return page

    async def tell(self, folder: Path) -> None:
        """Print what the tabs show, and leave a picture of each: for whoever wants to know why a test failed."""
        for number, page in enumerate(self.context.pages):
            picture = folder / f"tab-{number}.png"
            await page.screenshot(path=picture)
            print(f"{page.url} ({picture})\n{(await page.locator('body').inner_text())[:1500]}\n")  # noqa: T201 - pytest shows it

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._troubles.append(f"console: {message.text} ({message.location['url']})")

    def _catch(self, error: WebError) -> None:
        self._troubles.append(f"uncaught: {error.error}")


SitDown: TypeAlias = Callable[..., Awaitable[Desk]]


async def sit_down(  # noqa: PLR0913 - what a browser may differ in
    browser: Browser,
    url: str,
    *,
    token: str | None = TOKEN,
    screen: ViewportSize = SCREEN,
    colors: Colors = "dark",
    may_break_policy: bool = False,
) -> Desk:
    """Return a desk in front of the dashboard at a URL with its closing slash. `colors`: what the reader prefers on a first visit."""
    # The dashboard begins dark, whatever the system prefers: who prefers light has said so before.
    chosen: StorageState = {
        "cookies": [],
        "origins": [{"origin": "/".join(url.split("/")[:3]), "localStorage": [{"name": "mantine-color-scheme-value", "value": colors}]}],
    }
    context = await browser.new_context(
        viewport=screen,
        bypass_csp=may_break_policy,
        storage_state=chosen,
        locale="en-GB",
        timezone_id="Asia/Tokyo",  # far from UTC, so that the two are told apart
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    desk = Desk(context, url, token)
    await desk.watch()
    return desk
