"""The committed OpenAPI document is the one that the code makes, and says what a client needs."""

import json
import subprocess
import sys
from pathlib import Path

from styrman.api.document import document

COMMITTED = Path(__file__).resolve().parents[3] / "openapi.json"


def test_committed_document_is_in_step() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == document(), "remake it: python -m styrman.api.openapi > openapi.json"


def test_command_prints_the_document_and_nothing_else() -> None:
    made = subprocess.run([sys.executable, "-m", "styrman.api.openapi"], capture_output=True, check=True, timeout=60)

    assert made.stdout.decode() == COMMITTED.read_text(encoding="utf-8")
    assert made.stderr == b""


def test_every_path_of_the_issue_is_there() -> None:
    paths = {path: set(operations) for path, operations in document()["paths"].items()}
    bot = "/api/v1/bots/{bot_id}"

    assert paths["/api/v1/bots"] == {"get", "post"}
    assert paths[bot] == {"get", "put", "patch", "delete"}
    assert all("post" in paths[f"{bot}/{action}"] for action in ("start", "stop", "restart", "pause", "resume", "reset", "flatten"))
    assert all("get" in paths[f"{bot}/{history}"] for history in ("events", "orders", "fills", "equity", "candles", "logs"))
    assert {"/api/v1/bots/apply", "/api/v1/operations", "/api/v1/operations/{operation_id}", "/api/v1/halt", "/api/v1/unhalt"} <= set(paths)
    assert {"/api/v1/events", "/api/v1/strategies", "/api/v1/strategies/{name}", "/api/v1/accounts", "/api/v1/system"} <= set(paths)
    assert {"/livez", "/readyz", "/metrics", "/api/bot-status", "/api/bot/start", "/api/bot/stop"} <= set(paths)


def test_every_operation_tells_how_it_fails_and_has_a_name_of_its_own() -> None:
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]

    assert all(operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"} for operation in operations)
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(document())
    named = {part.split('"')[0] for part in text.split('"$ref": "#/components/')[1:]}
    components = document()["components"]

    assert all(name.split("/")[1] in components[name.split("/")[0]] for name in named)
    assert "HTTPValidationError" not in text
