"""Pictures of each page of the dashboard, dark, light and on a phone, of a fleet made for them: into docs/assets/screenshots/.

Run by `make screenshots`. Takes some minutes: the bots need a history to show.
"""

import asyncio
import itertools
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from acceptance.service import PROGRAM, Service, spec, until
from e2e.chromium import FLAGS, executable, missing
from e2e.desk import PHONE, SCREEN, Colors, sit_down
from e2e.house import crashing, failing, open_house
from styrman.clock import SystemClock
from styrman.config import Settings
from styrman.domain.records import EquityPoint
from styrman.store.repositories import SqlStore

TARGET = Path(__file__).with_name("assets") / "screenshots"
HISTORY_S = float(os.environ.get("STYRMAN_HISTORY_S", "100"))  # how long the bots trade first; a candle each second
PAST, PAST_STEP = 280, timedelta(minutes=5)  # what is made up of the day before
LOOKS: dict[str, tuple[Colors, ViewportSize]] = {"dark": ("dark", SCREEN), "light": ("light", SCREEN), "phone": ("dark", PHONE)}
SHOWN = "btc-trend"
PAGES = {
    "fleet": "",
    "bot": f"bots/{SHOWN}",
    "spec": f"bots/{SHOWN}?tab=spec",
    "new": "new?strategy=grid",
    "orders": "orders?tab=history",
    "portfolio": "portfolio",
    "events": "events",
    "strategies": "strategies",
    "system": "system",
    "about": "about",
}
RISK = {"max_order_value": "25000"}  # real money wants a limit
# The picture's pixels, as the browser itself reads them: rows of red, green, blue, behind a zero each.
READ_PIXELS = """async (png) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob())
  const { width, height } = image
  const context = new OffscreenCanvas(width, height).getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const rows = new Uint8Array((width * 3 + 1) * height)
  for (let y = 0, at = 0, from = 0; y < height; y++) {
    at++
    for (let x = 0; x < width; x++, from += 4) for (let each = 0; each < 3; each++) rows[at++] = data[from + each]
  }
  return [width, height, rows.toBase64()]
}"""
KEY, SECRET = "k" * 64, "s" * 64
# One exchange on this machine stands for the real one, once with (made-up) real money and once on paper.
CONFIG = """\
[venues.binance]
adapter = "ccxt"
exchange = "binance"
base_url = "{url}"
credential = "main"
live = true
[venues.binance-paper]
adapter = "ccxt"
exchange = "binance"
base_url = "{url}"
balances = {{USDT = "200000"}}
taker_fee = "0.0002"
maker_fee = "0"
[venues.sim]
adapter = "simulated"
speed = 60
seed = 3
taker_fee = "0.0002"
maker_fee = "0"
[supervision]
max_restarts = 1
"""


def bots() -> Iterator[dict[str, object]]:
    """Return the specs of the fleet: what trades, for whom, and two that are in trouble."""
    trend = {"fast": 4, "slow": 9, "stop_loss": 0.02, "take_profit": 0.04}
    yield spec(SHOWN, "ema_cross", params=trend, capital="20000", labels={"desk": "majors"}, risk=RISK)
    kinds = [("ema_cross", trend), ("rsi_reversion", {}), ("donchian_breakout", {}), ("grid", {"levels": 4, "step": 0.002})]
    venues = ("binance", "binance-paper", "sim")
    for number, (venue, (strategy, params), name) in enumerate(itertools.product(venues, kinds, ("BTC", "ETH"))):
        own = {
            "instruments": [f"{name}/USDT"],
            "venue": venue,
            "params": params,
            "labels": {"desk": "majors" if number % 2 else "lab"},
            "risk": RISK,
        }
        yield spec(f"{name.lower()}-{strategy.partition('_')[0]}-{number + 1:02}", strategy, capital="5000") | own
    yield crashing("eth-oracle")
    yield failing("sol-carry")


def exchange(stack: ExitStack) -> str:
    """Run the local exchange; return its address."""
    pair = ("--key", KEY, "--secret", SECRET, "--order-limit", "100000", "--weight-limit", "1000000")
    command = [str(PROGRAM), "testnet", "--port", "0", *pair]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own program
    stack.callback(process.kill)
    return process.stdout.readline().split()[3] if process.stdout else ""


async def remember(home: Path, fleet: Sequence[Mapping[str, object]]) -> None:
    """Make each bot a day older, with the equity of a day that it did not live: curves want something to show."""
    chance, now = random.Random(5), datetime.now(UTC)  # noqa: S311 - a picture's curve
    store = SqlStore(Settings(home=home), SystemClock())
    await store.open()
    for record, _ in (await store.boot()).bots:
        await store.commit(replace(record, created_at=now - (PAST + 1) * PAST_STEP))
    for each in fleet:
        capital = Decimal(str(each.get("capital", 100)))
        steps = [Decimal(round(chance.gauss(0.02, 1), 3)) / 2000 for _ in range(PAST)]
        equity = capital * (1 - sum(steps, Decimal(0)))
        points = []
        for number, step in enumerate(steps):
            at = now - (PAST - number) * PAST_STEP
            equity += capital * step
            money = {"equity": equity, "realized_pnl": equity - capital, "unrealized_pnl": Decimal(0)}
            points.append(EquityPoint(bot_id=str(each["id"]), at=at, market_at=at, **money))
        await store.commit(*points)
    await store.close()


def furnish(service: Service) -> None:
    """Create the fleet and let it trade for a while; then a few are stopped and paused."""
    fleet = list(bots())
    venues = partial(service.get, "/venues")
    until(lambda: all(venue["is_open"] for venue in venues().json()["items"]), within_s=60, what=lambda: venues().text)
    service.apply(fleet)
    service.stop()
    asyncio.run(remember(service.home, fleet))
    service.start()
    service.post("/operations", {"action": "start", "all": True, "reason": "the day begins"})
    until(lambda: bool(service.get(f"/bots/{SHOWN}/fills").json()["items"]), within_s=60, what=lambda: str(service.bot(SHOWN)))
    up_s = service.get("/system").json()["uptime_s"] + HISTORY_S
    until(lambda: service.get("/system").json()["uptime_s"] > up_s, within_s=HISTORY_S + 60, what=service.last_words, every_s=1)
    ids = [str(each["id"]) for each in fleet]
    service.post("/operations", {"action": "stop", "ids": ids[5:8], "reason": "maintenance"})
    service.post("/operations", {"action": "pause", "ids": ids[10:12], "reason": "before the figures"})


async def tightened(blank: Page, png: bytes) -> bytes:
    """Return the same picture a third smaller: flat areas are packed better without the filters that Chromium puts before them."""
    width, height, rows = await blank.evaluate(READ_PIXELS, b64encode(png).decode())
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b64decode(rows), 9)), (b"IEND", b"")]
    packed = [struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


async def picture(browser: Browser, service: Service, look: str) -> None:
    """Take every page in one look."""
    colors, screen = LOOKS[look]
    desk = await sit_down(browser, f"http://127.0.0.1:{service.port}/", colors=colors, screen=screen)
    blank = await browser.new_page()
    page = await desk.open()
    await expect(page.get_by_role("heading", level=1, name="Fleet")).to_be_visible()
    for name, path in PAGES.items():
        await page.goto(f"{desk.url}{path}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await expect(page.get_by_role("status").filter(has_text="Up to date")).to_be_visible()
        await page.wait_for_timeout(1500)  # charts draw when they like
        target = TARGET / f"{name}-{look}.png"
        target.write_bytes(await tightened(blank, await page.screenshot()))
        print(f"{target.name}: {target.stat().st_size // 1000} kB")  # noqa: T201 - this is a program
    await desk.context.close()


async def take(service: Service) -> None:
    """Take all pictures."""
    expect.set_options(timeout=30_000)
    TARGET.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        for look in LOOKS:
            await picture(browser, service, look)
        await browser.close()


def main() -> int:
    """Take all pictures; return the exit code."""
    if (lacking := missing()) is not None:
        print(f"no screenshots: {lacking}", file=sys.stderr)  # noqa: T201 - this is a program
        return 1
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        keys = {"STYRMAN_CREDENTIAL_MAIN_KEY": KEY, "STYRMAN_CREDENTIAL_MAIN_SECRET": SECRET}
        service = stack.enter_context(open_house(home, config=CONFIG.format(url=exchange(stack)), env=keys))
        service.start()
        furnish(service)
        asyncio.run(take(service))
    return 0


if __name__ == "__main__":
    sys.exit(main())
