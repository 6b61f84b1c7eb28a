"""A real manager on the simulated venue behind the real application, asked without a network or over loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from styrman import BotManagerAsync, Settings
from styrman.access.sessions import Sessions
from styrman.api import create_app
from styrman.api.server import ApiServer

TOKEN = "t" * 43
SEAL = "5" * 64
SPEC = {"id": "b1", "strategy": "idle", "venue": "sim", "instruments": ["BTC/USDT"], "capital": "1000", "cycle": {"every_s": 0.05}}


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def spec() -> dict[str, object]:
    return dict(SPEC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", profile="embedded")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    manager = BotManagerAsync(settings)
    sessions = Sessions(settings.home, seal=lambda: SEAL, now=manager.clock.timestamp)
    made = create_app(manager, verify=TOKEN.__eq__, sessions=sessions)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
def manager(app: FastAPI) -> BotManagerAsync:
    found: BotManagerAsync = app.state.bot_manager
    return found


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


def client_of(app: FastAPI) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080", headers=headers)


@dataclass(slots=True)
class Service:
    """The application on a real socket of loopback."""

    url: str
    server: ApiServer
    task: asyncio.Task[None]

    async def stop(self) -> None:
        """End as at SIGTERM."""
        self.server.should_exit = True
        await self.task


@pytest.fixture
async def service(app: FastAPI, manager: BotManagerAsync) -> AsyncIterator[Service]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.bind(("127.0.0.1", 0))
        server = ApiServer(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=5), manager.bus)
        running = Service(
            f"http://127.0.0.1:{bound.getsockname()[1]}", server, asyncio.create_task(server.serve([bound]), name="test-server")
        )
        async with asyncio.timeout(5):
            while not server.started:
                await manager.clock.sleep(0.01)
        yield running
        await running.stop()


@pytest.fixture
def url(service: Service) -> str:
    return service.url
