"""A real Chromium, asked by its own tracing what a page costs: Debian's, or whichever `STYRMAN_CHROMIUM` names."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]


def program() -> str:
    """Return the path of the browser. FileNotFoundError where there is none."""
    found = named()
    if found is None:
        raise FileNotFoundError("no Chromium here: apt-get install chromium, or name one in STYRMAN_CHROMIUM")
    return found


def named() -> str | None:
    """Return the path of the browser; None where there is none."""
    return os.environ.get("STYRMAN_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program(), args=list(_FLAGS))
        yield running
        running.close()


@contextmanager
def signed_in(running: Browser, url: str, token: str) -> Iterator[BrowserContext]:
    """Open a profile of its own, with nothing in its cache and a session in its cookies."""
    context = running.new_context(viewport={"width": 1440, "height": 900})
    answer = context.request.post(f"{url}/api/v1/session", data={"token": token}, headers={"origin": url})
    if not answer.ok:
        raise RuntimeError(f"signing in: {answer.text()}")
    yield context
    context.close()


@dataclass(frozen=True, slots=True)
class Traced:
    """What a page's main thread did for a while."""

    busy_ms: float
    longest_ms: float
    seconds: float

    @property
    def busy_ms_per_s(self) -> float:
        """Milliseconds of work in each second."""
        return self.busy_ms / self.seconds


def trace(running: Browser, page: Page, seconds: float) -> Traced:
    """Trace a page that nobody touches."""
    running.start_tracing(page=page, categories=_CATEGORIES)
    page.wait_for_timeout(seconds * 1000)
    events = json.loads(running.stop_tracing())["traceEvents"]
    thread = _main_thread(events)
    tasks = [
        event["dur"] / 1000 for event in events if event["name"] == "RunTask" and (event["pid"], event["tid"]) == thread and "dur" in event
    ]
    return Traced(sum(tasks), max(tasks, default=0.0), seconds)


def _main_thread(events: list[dict[str, Any]]) -> tuple[int, int]:  # a trace event's fields are of any kind
    """Return the thread that painted: a worker's process has a thread of that name too, but paints nothing."""
    named = {
        (event["pid"], event["tid"]) for event in events if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    work = dict.fromkeys(named, 0.0)
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in work and event["name"] in ("Layout", "UpdateLayoutTree", "PrePaint", "Paint", "FunctionCall"):
            work[thread] += event.get("dur", 0)
    return max(work, key=lambda thread: work[thread])


class Transfer:
    """Counts the bytes of a page's files as they came over the network: compressed, without their heads and the API's answers."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        self._heads: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._begin)
        session.on("Network.loadingFinished", self._end)
        session.send("Network.enable")

    def _begin(self, event: dict[str, Any]) -> None:  # a protocol message
        if "/api/" not in event["response"]["url"]:
            self._heads[event["requestId"]] = int(event["response"]["encodedDataLength"])

    def _end(self, event: dict[str, Any]) -> None:  # a protocol message
        if (head := self._heads.get(event["requestId"])) is not None:
            self.bytes += int(event["encodedDataLength"]) - head
