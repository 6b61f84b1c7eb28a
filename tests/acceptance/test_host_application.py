"""A host application includes API and dashboard under /ops, with its own main and its own authentication, and is run by its own server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from acceptance.examples import EXAMPLES, assert_readme_shows
from acceptance.service import START_S, environment, free_port, until

KEY = "the host's own key"
SPEC = {"id": "mine", "main": "counter", "venue": "sim", "instruments": ["BTC/USDT"], "cycle": {"every_s": 0.1}}
BOTS, MINE = "/ops/api/v1/bots", "/ops/api/v1/bots/mine"


@contextmanager
def hosted(folder: Path) -> Iterator[httpx.Client]:
    """Run the host application with uvicorn; gives a client that knows the host's key."""
    port, log = free_port(), folder / "host.log"
    command = [sys.executable, "-m", "uvicorn", "host_application:app", "--app-dir", str(EXAMPLES), "--port", str(port)]
    env = environment(HOST_KEY=KEY)
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=("ops", KEY), timeout=30) as client,
    ):
        try:
            until(lambda: is_ready(client), within_s=START_S, what=log.read_text)
            yield client
            process.terminate()
            process.wait(25)
        finally:
            process.kill()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ops/readyz").is_success
    except httpx.TransportError:
        return False


def test_a_host_application_runs_its_own_main_behind_its_own_door(tmp_path: Path) -> None:
    with hosted(tmp_path) as host:
        refused = host.get(BOTS, auth=("ops", "another"))
        foreign = host.post(BOTS, json=SPEC, headers={"Origin": "http://evil.example"})
        page = host.get("/ops/bots/mine", headers={"Accept": "text/html"})
        closed = host.get("/ops/", auth=("ops", "another"), headers={"Accept": "text/html"})
        session = host.get("/ops/api/v1/session").json()
        created = host.post(BOTS, json=SPEC)
        started = host.post(f"{MINE}/start?wait=20")
        until(lambda: host.get(MINE).json()["cycle_count"] >= 3, within_s=20, what=lambda: host.get(MINE).text)
        seen = host.get(MINE).json()
    with hosted(tmp_path) as host:
        until(lambda: host.get(MINE).json()["observed"] == "RUNNING", within_s=20, what=lambda: host.get(MINE).text)
        back = host.get(MINE).json()

    assert [refused.status_code, closed.status_code] == [httpx.codes.UNAUTHORIZED] * 2
    assert (foreign.status_code, foreign.json()["code"]) == (httpx.codes.FORBIDDEN, "foreign_origin")
    assert (page.status_code, page.headers["content-type"]) == (httpx.codes.OK, "text/html; charset=utf-8")
    assert (session["sign_in"], session["actor"]) == ("host", "host")
    assert created.status_code == httpx.codes.CREATED
    assert started.status_code == httpx.codes.ACCEPTED
    assert (seen["observed"], seen["main"], seen["last_error"]) == ("RUNNING", "counter", None)
    assert back["cycle_count"] >= seen["cycle_count"]


def test_the_readme_shows_the_host_application_as_it_is_run() -> None:
    assert_readme_shows("host_application.py")
