"""A browser's session against the real program: it outlives kill -9, and a new token ends it."""

import subprocess
from pathlib import Path

import httpx

from acceptance.service import PROGRAM, TOKEN, Service, environment, until

SESSION = "/api/v1/session"


def test_a_session_outlives_kill_9_and_not_a_new_token(tmp_path: Path) -> None:
    with Service(tmp_path / "home") as service, httpx.Client(base_url=service.http.base_url, timeout=30) as browser:
        service.start()
        signed_in = browser.post(SESSION, json={"token": TOKEN}, headers={"Origin": f"http://127.0.0.1:{service.port}"})
        service.kill()
        service.start()
        after_kill = browser.get(SESSION)
        reset = [str(PROGRAM), "token", "reset", "--home", str(service.home)]
        subprocess.run(reset, env=environment(), check=True, capture_output=True, timeout=60)
        until(lambda: browser.get(SESSION).status_code == httpx.codes.UNAUTHORIZED, within_s=20, what=lambda: browser.get(SESSION).text)

    assert signed_in.status_code == httpx.codes.OK
    assert after_kill.json()["sign_in"] == "cookie"
    assert after_kill.json()["expires_at"] == signed_in.json()["expires_at"]
