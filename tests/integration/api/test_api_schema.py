"""Whatever a client makes of the OpenAPI document, the service neither breaks nor answers otherwise than documented."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from styrman import BotManagerAsync, Settings
from styrman.access.sessions import Sessions
from styrman.api import create_app
from styrman.api.document import document
from styrman.api.server import ApiServer

TOKEN = "t" * 43
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}  # the journal in place of its endless stream


async def _serve(bound: socket.socket, home: Path, up: threading.Event, ends: list[ApiServer]) -> None:
    manager = BotManagerAsync(Settings(home=home, profile="embedded"))
    app = create_app(manager, verify=TOKEN.__eq__, sessions=Sessions(home, seal=lambda: "5" * 64, now=manager.clock.timestamp))
    async with app.router.lifespan_context(app):
        for n in range(3):
            await manager.create_bot({"id": f"b{n}", "strategy": "idle", "venue": "sim", "instruments": ["BTC/USDT"], "capital": "10"})
        server = ApiServer(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1), manager.bus)
        ends.append(server)
        bound.listen()
        up.set()
        await server.serve([bound])


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    up, ends = threading.Event(), list[ApiServer]()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        running = threading.Thread(target=lambda: asyncio.run(_serve(bound, tmp_path_factory.mktemp("home"), up, ends)))
        running.start()
        assert up.wait(20)
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        yield schemathesis.openapi.from_url(f"{url}/openapi.json", headers=HEADERS)
        ends[0].should_exit = True
        running.join(20)


OPERATIONS = [(path, method) for path, operations in document()["paths"].items() for method in operations]


# A well-formed spec may name a strategy or an instrument that isn't there: no schema can tell, and the manager's answer is 422.
# Wrong tokens by the dozen are met with 429, which is ours to want; test_auth.py claims the rest.
EXCLUDED = [positive_data_acceptance, ignored_auth]
EXAMPLES = int(os.environ.get("STYRMAN_FUZZ", "8"))  # an operation


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_service_keeps_its_document(api_schema: BaseSchema, path: str, method: str) -> None:
    @given(case=api_schema[path][method].as_strategy(), bot_id=st.sampled_from(["b0", "b1", None]))
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case[Any], bot_id: str | None) -> None:
        if bot_id is not None and "bot_id" in case.path_parameters:
            case.path_parameters["bot_id"] = bot_id  # one that is there
            if "wait" in case.query:
                case.query["wait"] = 0.05  # long enough to arrive or not, short enough for a test
        case.call_and_validate(headers=HEADERS, excluded_checks=EXCLUDED)

    check()
