"""A real Chromium against a real service. One browser and one furnished house per worker; each test has a desk of its own.

Where there is no browser these tests are skipped, and the end of the run says so; in CI that is a failure.
"""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from acceptance.service import Service
from e2e import chromium as installed
from e2e.house import CONFIG, furnish, open_house

if TYPE_CHECKING:  # Playwright may be missing: then these tests are skipped
    from playwright.async_api import Browser

    from e2e.desk import Desk, SitDown

HERE = Path(__file__).parent
FAILED = pytest.StashKey[bool]()
MISSING = installed.missing()
if MISSING == installed.NO_PLAYWRIGHT and not installed.is_required():
    collect_ignore_glob = ["test_*.py"]  # they could not even be imported


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here as what it is; all of it shares one loop, for the browser's sake."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Run no test without a browser."""
    if MISSING is not None:
        (pytest.fail if installed.is_required() else pytest.skip)(MISSING)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the desks know that their test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> "AsyncIterator[Browser]":
    """The browser. Starting it takes half a second."""
    from playwright.async_api import async_playwright, expect  # noqa: PLC0415 - see MISSING

    from e2e.desk import PATIENCE_S  # noqa: PLC0415 - as above

    expect.set_options(timeout=PATIENCE_S * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed.executable(), args=list(installed.FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The furnished service. Tests may add bots of their own; they leave alone what was there, and what concerns all."""
    with open_house(tmp_path_factory.mktemp("house") / "home") as service:
        service.start()
        furnish(service)
        yield service


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """The services of the test's own. They end after its desks: a page whose service is gone has something to complain about."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def make_house(running: ExitStack, tmp_path: Path) -> Callable[..., Service]:
    """Return what makes a service of the test's own, not started yet: for what would disturb others."""

    def make(config: str = CONFIG) -> Service:
        return running.enter_context(open_house(tmp_path / "home", config=config))

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def sit_down(chromium: "Browser", running: ExitStack, request: pytest.FixtureRequest, tmp_path: Path) -> "AsyncIterator[SitDown]":
    """Return what makes a desk in front of a service. At the end: no policy was violated, and no error stands in a console."""
    from e2e import desk  # noqa: PLC0415 - see MISSING

    del running  # see there
    desks: list[Desk] = []

    async def sit(where: Service | str, **options: object) -> "Desk":
        url = where if isinstance(where, str) else f"http://127.0.0.1:{where.port}/"
        desks.append(await desk.sit_down(chromium, url, **options))  # type: ignore[arg-type] # its keywords, handed on
        return desks[-1]

    yield sit
    for each in desks:
        if request.node.stash.get(FAILED, False):
            await each.tell(tmp_path)
        await each.context.close()
    assert [trouble for each in desks for trouble in each.troubles] == []
