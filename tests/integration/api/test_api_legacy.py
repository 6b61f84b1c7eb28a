"""The Flask-era caller's script: status, start, start again, status, stop, stop again."""

import httpx
import pytest

from styrman import Settings

PROGRESS = {"uptime", "thread_alive", "cycle_count", "last_cycle_time", "last_update"}
STATUS_FIELDS = {"success", "message", "status", "dev_mode", "error"} | PROGRESS


async def test_old_script_runs_word_for_word(http: httpx.AsyncClient) -> None:
    before = (await http.get("/api/bot-status")).json()
    started = await http.post("/api/bot/start")
    again = await http.post("/api/bot/start")
    running = (await http.get("/api/bot-status")).json()
    stopped = await http.post("/api/bot/stop")
    stopped_again = await http.post("/api/bot/stop")
    after = (await http.get("/api/bot-status")).json()

    assert set(before) == set(running) == STATUS_FIELDS
    assert (before["success"], before["status"], before["thread_alive"], before["cycle_count"]) == (True, "stopped", False, 0)
    assert [answer.status_code for answer in (started, again, stopped, stopped_again)] == [200] * 4
    assert (started.json()["success"], started.json()["status"]) == (True, "running")
    assert again.json() == {"success": False, "message": "Bot is already running", "status": "running"}
    assert (running["status"], running["thread_alive"], running["dev_mode"], running["error"]) == ("running", True, True, None)
    assert running["uptime"] > 0
    assert (stopped.json()["success"], stopped.json()["status"]) == (True, "stopped")
    assert stopped_again.json() == {"success": False, "message": "Bot is not running", "status": "stopped"}
    assert (after["status"], after["uptime"]) == ("stopped", 0)


async def test_stop_before_any_start_is_not_running(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/bot/stop")).json() == {"success": False, "message": "Bot is not running", "status": "stopped"}


async def test_old_paths_steer_the_bot_that_the_new_ones_see(http: httpx.AsyncClient) -> None:
    await http.post("/api/bot/start")
    bot = (await http.get("/api/v1/bots/default")).json()
    await http.post("/api/v1/bots/default/stop", params={"wait": 5})

    assert (bot["strategy"], bot["observed"], bot["asked_by"]) == ("ema_cross", "RUNNING", "admin")
    assert (await http.get("/api/bot-status")).json()["status"] == "stopped"


class TestBrokenSettings:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        legacy = settings.legacy.model_copy(update={"spec": {"strategy": "nonesuch", "venue": "sim", "instruments": ["BTC/USDT"]}})
        return settings.model_copy(update={"legacy": legacy})

    async def test_failure_is_told_in_the_old_way(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/api/bot/start")

        assert (answer.status_code, answer.json()["success"], answer.json()["status"]) == (200, False, "stopped")
        assert "strategy" in answer.json()["message"]


class TestWithoutToken:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"legacy": settings.legacy.model_copy(update={"auth": "none"})})

    async def test_opened_paths_answer_callers_of_this_machine(self, url: str) -> None:
        async with httpx.AsyncClient(base_url=url) as stranger:
            assert (await stranger.get("/api/bot-status")).status_code == 200
            assert (await stranger.post("/api/bot/start")).json()["success"] is True
            assert (await stranger.post("/api/bot/stop", headers={"X-Forwarded-For": "127.0.0.1"})).status_code == 401
            assert (await stranger.post("/api/bot/stop", headers={"Origin": "http://evil.example"})).status_code == 401
            assert (await stranger.get("/api/v1/bots")).status_code == 401


async def test_closed_paths_want_the_token_like_all_others(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as stranger:
        assert (await stranger.get("/api/bot-status")).status_code == 401
        assert (await stranger.post("/api/bot/start")).status_code == 401
