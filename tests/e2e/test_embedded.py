"""The dashboard within a host application, under the host's prefix and behind the host's own door."""

import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from acceptance.service import START_S, environment, free_port, until
from e2e.desk import SitDown

SPEC = {"id": "mine", "main": "watch", "venue": "sim", "instruments": ["BTC/USDT"], "cycle": {"every_s": 0.2}}
STAFF = {"staff": "yes"}


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("readyz").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def host(running: ExitStack, tmp_path: Path) -> str:
    """The address of the dashboard within a running host application."""
    port, log = free_port(), tmp_path / "host.log"
    command = [sys.executable, "-m", "uvicorn", "host:app", "--app-dir", str(Path(__file__).parent), "--port", str(port)]
    out = running.enter_context(log.open("wb"))
    process = running.enter_context(subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=out, stderr=out))
    running.callback(process.kill)
    url = f"http://127.0.0.1:{port}/desk/ops/"
    own = {"Origin": f"http://127.0.0.1:{port}"}
    client = running.enter_context(httpx.Client(base_url=url, cookies=STAFF, headers=own, timeout=30))
    until(lambda: is_ready(client), within_s=START_S, what=log.read_text)
    created = client.post("api/v1/bots", json=SPEC)
    assert created.is_success, created.text
    return url


async def test_under_a_prefix_the_dashboard_shows_steers_and_streams(host: str, sit_down: SitDown) -> None:
    desk = await sit_down(host, token=None)
    await desk.context.add_cookies([{"name": "staff", "value": "yes", "url": host}])
    page = await desk.open("bots/mine")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("mine")
    await expect(page.get_by_role("status").filter(has_text="Up to date")).to_be_visible()
    await page.get_by_role("button", name="Start", exact=True).first.click()
    await expect(page.get_by_role("main")).to_contain_text("Running")
    await expect(page.get_by_text("Signed in as host")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    await page.get_by_role("link", name="Fleet", exact=True).click()
    await expect(page).to_have_url(re.compile(r"/desk/ops/?$"))
    await page.reload()

    await expect(page.get_by_role("link", name="mine")).to_have_attribute("href", re.compile("/desk/ops/bots/mine$"))
