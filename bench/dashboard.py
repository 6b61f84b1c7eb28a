"""What the dashboard costs in a real browser: 1,000 bots that trade and run a cycle each second on a real service.

First useful paint (the first bots' rows are on the screen) from an empty cache, the main thread's work on the fleet page that nobody
touches, what is transferred, and whether scrolling through 10,000 bots ever shows a gap or leaves one out.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.browser import Transfer, browser, named, signed_in, trace
from bench.ground import spec
from bench.living import TOKEN, Service, until
from bench.row import Row, program
from playwright.sync_api import Browser

from styrman.api.site import built_site

PAINT_BAR_S, IDLE_BAR_MS, FIRST_BAR_KB, CHART_BAR_KB = 1.5, 40.0, 260.0, 100.0
ROW = "[role=row] a[href*='bots/']"
HOLDER = '''"""Holds what its capital buys."""
import numpy as np
from styrman import Candles, Strategy


class Holder(Strategy):
    """Wants to be long, always."""

    warmup = 1

    def target(self, candles: Candles) -> np.ndarray:
        return np.ones(len(candles.close))
'''
_WATCH = f"""
new MutationObserver((_, observer) => {{
  if (!document.querySelector("{ROW}")) return
  observer.disconnect()
  requestAnimationFrame(() => setTimeout(() => {{ window.paintedAt = performance.now() }}))
}}).observe(document, {{ childList: true, subtree: true }})
"""
_SCROLL = f"""async () => {{
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
  const page = document.scrollingElement, body = document.querySelector("{ROW}").closest('[role=rowgroup]')
  const seen = new Set(); let gaps = 0, frames = 0
  for (let top = 0; ; top += innerHeight * 0.7) {{
    page.scrollTop = top
    await frame()
    const whole = body.getBoundingClientRect()
    const wanted = Math.min(whole.bottom, innerHeight) - Math.max(whole.top, 0)
    let covered = 0
    for (const link of body.querySelectorAll("{ROW}")) {{
      const row = link.closest('[role=row]').getBoundingClientRect()
      covered += Math.max(0, Math.min(row.bottom, innerHeight) - Math.max(row.top, 0))
      if (row.bottom > 0 && row.top < innerHeight) seen.add(link.getAttribute('href'))
    }}
    frames += 1
    if (covered < wanted - 2) gaps += 1
    if (page.scrollTop + innerHeight >= page.scrollHeight - 1) return {{ seen: seen.size, gaps, frames }}
  }}
}}"""


@contextmanager
def serving(home: Path, running: int, stopped: int) -> Iterator[Service]:
    """Run a service with bots that trade at 1 Hz, and some that are stopped."""
    (home / "strategies").mkdir(parents=True)
    (home / "strategies" / "holder.py").write_text(HOLDER)
    service = Service(home)
    try:
        service.up("--no-demo")
        bots = [spec(number, strategy="holder", cycle={"every_s": 1.0}, capital="100") for number in range(running)]
        bots += [spec(number) for number in range(running, running + stopped)]
        for first in range(0, len(bots), 1000):
            service.post("/api/v1/bots/apply", bots[first : first + 1000])
        service.post("/api/v1/operations", {"action": "start", "ids": [str(bot["id"]) for bot in bots[:running]]})
        until(lambda: service.running() == running, every_s=0.2)
        yield service
    finally:
        service.down()


def first_load(running: Browser, url: str) -> tuple[float, float, float]:
    """Return the seconds to the first useful paint, and the kilobytes of the first load and of a bot's page beside it."""
    with signed_in(running, url, TOKEN) as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        transfer = Transfer(page)
        page.goto(url)
        until(lambda: page.evaluate("window.paintedAt ?? 0") > 0, every_s=0.1)
        painted_s = float(page.evaluate("window.paintedAt")) / 1000
        page.wait_for_load_state("load")
        first_kb = transfer.bytes / 1000
        page.locator(ROW).first.click()
        page.locator("canvas").first.wait_for()
        page.wait_for_timeout(1000)
        return painted_s, first_kb, transfer.bytes / 1000 - first_kb


def idle(running: Browser, url: str, seconds: float) -> tuple[float, float]:
    """Return the milliseconds of main-thread work in each second on the fleet page, and the longest task."""
    with signed_in(running, url, TOKEN) as context:
        page = context.new_page()
        page.goto(url)
        page.locator(ROW).first.wait_for()
        page.wait_for_timeout(3000)
        traced = trace(running, page, seconds)
        return traced.busy_ms_per_s, traced.longest_ms


def scroll(running: Browser, url: str) -> dict[str, Any]:  # what the page's script returned
    """Scroll through the whole fleet; return how many bots were seen, in how many frames, and how many of these had a gap."""
    with signed_in(running, url, TOKEN) as context:
        page = context.new_page()
        page.goto(url)
        page.locator(ROW).first.wait_for()
        told: dict[str, Any] = page.evaluate(_SCROLL)
        return told


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    if named() is None or built_site().index is None:
        return [Row("the dashboard in a browser", "", "no Chromium, or not built", "", met=False)]
    bots, many, loads, seconds = (50, 500, 1, 3.0) if quick else (1000, 9000, 5, 15.0)
    with browser() as running:
        with tempfile.TemporaryDirectory() as home, serving(Path(home), bots, 0) as service:
            url = f"http://127.0.0.1:{service.port}"
            paints, firsts, charts = zip(*(first_load(running, url) for _ in range(loads)), strict=True)
            busy, longest = idle(running, url, seconds)
        with tempfile.TemporaryDirectory() as home, serving(Path(home), bots, many) as service:
            told = scroll(running, f"http://127.0.0.1:{service.port}")
    paint, first, chart = median(paints), max(firsts), max(charts)
    fleet = f"{bots:,} bots at 1 Hz"
    whole = f"{told['seen']:,} of {bots + many:,} seen in {told['frames']} frames"
    return [
        Row(f"first useful paint, {fleet}", f"median of {loads} cold loads", f"{paint:.2f} s", f"{PAINT_BAR_S} s", paint <= PAINT_BAR_S),
        Row(
            f"fleet page at rest, {fleet}",
            f"longest task: {longest:.0f} ms",
            f"{busy:.0f} ms/s",
            f"{IDLE_BAR_MS:.0f} ms/s",
            busy <= IDLE_BAR_MS,
        ),
        Row("first load, transferred", "", f"{first:.0f} kB", f"{FIRST_BAR_KB:.0f} kB", first <= FIRST_BAR_KB),
        Row("a bot's page beside it", "", f"{chart:.0f} kB", f"{CHART_BAR_KB:.0f} kB", chart <= CHART_BAR_KB),
        Row("scrolling through all bots", whole, f"{told['gaps']} gaps", "0", told["gaps"] == 0 and told["seen"] == bots + many),
    ]


if __name__ == "__main__":
    program(measure)
