"""Problems: the right status, a stable code, the faulty fields, and never what the caller sent."""

from typing import Annotated, Literal

import httpx
import orjson
import pytest
from fastapi import FastAPI, Header
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException

from styrman import errors
from styrman.api import problems
from styrman.api.bodies import Body


def every_error(kind: type[errors.StyrmanError] = errors.StyrmanError) -> list[type[errors.StyrmanError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every_error(child))]


def raised(kind: type[errors.StyrmanError]) -> errors.StyrmanError:
    if issubclass(kind, errors.OrderDenied | errors.OrderRejected):
        return kind("rule", "A sentence.")
    return kind("A sentence.")


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_ours_is_a_problem(kind: type[errors.StyrmanError]) -> None:
    answer = problems.of_styrman(raised(kind))
    body = orjson.loads(answer.body)

    assert answer.headers["content-type"] == "application/problem+json"
    assert (body["status"], body["detail"], body["code"]) == (answer.status_code, "A sentence.", kind.code)
    assert body["type"].endswith(kind.code)
    assert body["title"]


def test_title_is_the_condition_in_words() -> None:
    assert orjson.loads(problems.of_styrman(errors.BotNotFound("x")).body)["title"] == "Bot not found"


def test_faulty_fields_are_named_with_what_is_allowed() -> None:
    fault = errors.FieldError(("params", "fast"), "must be less than slow", ("1", "2"))
    body = orjson.loads(problems.of_styrman(errors.InvalidSpec("No.", [fault])).body)

    assert body["errors"] == [{"loc": ["params", "fast"], "message": "must be less than slow", "allowed": ["1", "2"]}]


def test_unavailable_says_when_to_come_back() -> None:
    assert problems.of_styrman(errors.ShuttingDown("x")).headers["retry-after"]


class Order(Body):
    secret: Annotated[int, Field(ge=1)]
    side: Literal["buy", "sell"] = "buy"


def app() -> FastAPI:
    made = FastAPI()

    @made.post("/order")
    async def take(order: Order, wait: float = 0, x_number: Annotated[int, Header()] = 0) -> float:
        return order.secret + wait + x_number

    made.add_exception_handler(RequestValidationError, lambda _, error: problems.of_request(error))
    return made


@pytest.mark.parametrize(
    ("body", "query", "loc"),
    [
        (b'{"secret": "hunter2"}', "", ["secret"]),
        (b'{"secret": 1, "unknown": "hunter2"}', "", ["unknown"]),
        (b'{"secret": 1, "side": "hunter2"}', "", ["side"]),
        (b'{"secret": 1}', "?wait=hunter2", ["query", "wait"]),
        (b'{"secret": hunter2', "", [11]),
        (b'"hunter2"', "", []),
        (b"", "", []),
    ],
)
async def test_wrong_request_names_the_field_and_repeats_no_value(body: bytes, query: str, loc: list[str | int]) -> None:
    transport = httpx.ASGITransport(app())
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers={"content-type": "application/json"}) as http:
        answer = await http.post(f"/order{query}", content=body)
    said = answer.json()

    assert answer.status_code == 422
    assert said["errors"][0]["loc"] == loc
    assert "hunter2" not in answer.text


async def test_literal_tells_its_values() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://x") as http:
        answer = await http.post("/order", json={"secret": 1, "side": "x"})

    assert answer.json()["errors"][0]["allowed"] == ["buy", "sell"]


def test_http_errors_keep_their_headers() -> None:
    answer = problems.of_http(HTTPException(405, headers={"allow": "GET"}))

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert orjson.loads(answer.body)["code"] == "method_not_allowed"
