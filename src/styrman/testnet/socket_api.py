"""The WebSocket API (`/ws-api/v3`): the REST endpoints by method name, logging on, and the user data stream on the same connection."""

import asyncio
from collections.abc import Mapping

import orjson
from aiohttp import WSMsgType, web

from styrman.clock import Clock
from styrman.testnet.connections import Connection, Connections
from styrman.testnet.delivery import error_answer
from styrman.testnet.endpoints import WEBSOCKET_API
from styrman.testnet.events import Event, Teller, UserStream
from styrman.testnet.faults import Kind
from styrman.testnet.gateway import Answer, Asked, Gateway
from styrman.testnet.refusals import Refusal
from styrman.testnet.signing import sorted_payload

_PATH = "/ws-api/v3"
_NONSENSE = "<html><body>502 Bad Gateway</body></html>"


class SocketApi:
    """Serves every connection of the WebSocket API."""

    def __init__(self, gateway: Gateway, users: UserStream, connections: Connections, clock: Clock) -> None:
        self._gateway, self._users, self._connections, self._clock = gateway, users, connections, clock

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Talk to one client until it goes."""
        connection = await self._connections.accept(request)
        session = _Session(connection, self._gateway, self._users, self._clock)
        answering: set[asyncio.Task[None]] = set()
        try:
            async for message in connection.socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                task = asyncio.create_task(session.answer(message.data), name="testnet:ws-api")
                answering.add(task)
                task.add_done_callback(answering.discard)
        finally:
            session.end()
            if answering:
                await asyncio.wait(answering)
            await self._connections.forget(connection)
        return connection.socket


class _Session:
    """One connection: whether it has logged on, and its subscriptions to the account."""

    def __init__(self, connection: Connection, gateway: Gateway, users: UserStream, clock: Clock) -> None:
        self._connection, self._gateway, self._users, self._clock = connection, gateway, users, clock
        self._is_trusted = False
        self._made = 0
        self._tellers: dict[int, Teller] = {}

    async def answer(self, text: str) -> None:
        """Answer one request."""
        try:
            request = orjson.loads(text)
            method, number = str(request["method"]), request.get("id")
            sent = {str(name): _text(value) for name, value in (request.get("params") or {}).items()}
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
            self._send(None, Answer(status=400, content={"code": -1000, "msg": "Invalid request."}))
            return
        if method in _OWN:
            self._send(number, self._own(method, sent))
        elif method in WEBSOCKET_API:
            await self._pass_on(method, number, sent)
        else:
            self._send(number, Answer(status=400, content={"code": -1000, "msg": f"There is no method {method} here."}))

    def end(self) -> None:
        """Forget the subscriptions."""
        for teller in self._tellers.values():
            self._users.tellers.remove(teller)
        self._tellers.clear()

    def _own(self, method: str, sent: Mapping[str, str]) -> Answer:
        """Answer what only this API has. It is logged and struck by faults under the API's own path."""
        self._gateway.enter("WS", f"{_PATH}/{method}", sent)
        try:
            return Answer(status=200, content=_OWN[method](self, sent))
        except Refusal as refusal:
            return Answer(status=refusal.status, content=refusal.body)

    def log_on(self, sent: Mapping[str, str]) -> object:
        """Trust this connection from now on."""
        self._gateway.check_session(self._asked("GET", _PATH, sent))
        self._is_trusted = True
        return {"apiKey": sent.get("apiKey"), "authorizedSince": round(self._clock.timestamp() * 1000)}

    def subscribe(self, sent: Mapping[str, str]) -> object:
        """Tell the account's events on this connection."""
        if not self._is_trusted:
            self._gateway.check_session(self._asked("GET", _PATH, sent))
        number, self._made = self._made, self._made + 1

        def tell(event: Event) -> None:
            self._connection.send({"subscriptionId": number, "event": event})

        self._tellers[number] = tell
        self._users.tellers.append(tell)
        return {"subscriptionId": number}

    def unsubscribe(self, sent: Mapping[str, str]) -> object:
        """End one subscription, or all."""
        chosen = [int(sent["subscriptionId"])] if sent.get("subscriptionId", "").isdecimal() else list(self._tellers)
        for number in chosen:
            teller = self._tellers.pop(number, None)
            if teller is not None:
                self._users.tellers.remove(teller)
        return {}

    async def _pass_on(self, method: str, number: object, sent: Mapping[str, str]) -> None:
        """Answer by the REST endpoint of the same meaning, struck by the same faults."""
        verb, path = WEBSOCKET_API[method]
        entry, strikes = self._gateway.enter(verb, path, sent)
        if delay_s := strikes.seconds(Kind.DELAY):
            await self._clock.sleep(delay_s)
        if strikes.before(Kind.RESET):
            self._connection.cut()
            return
        early = strikes.before(Kind.STATUS)
        answer = error_answer(early.status) if early else await self._gateway.execute(self._asked(verb, path, sent), strikes)
        late = strikes.after(Kind.STATUS)
        answer = error_answer(late.status) if late else answer
        entry.status = answer.status
        if delay_s := strikes.seconds(Kind.DELAY_ANSWER):
            await self._clock.sleep(delay_s)
        if Kind.DROP_ANSWER in strikes.by_kind or strikes.after(Kind.RESET):
            self._connection.cut()
            return
        for _ in range(2 if Kind.DUPLICATE in strikes.by_kind else 1):
            self._connection.send(_NONSENSE) if Kind.NONSENSE in strikes.by_kind else self._send(number, answer)

    def _asked(self, verb: str, path: str, sent: Mapping[str, str]) -> Asked:
        payload = sorted_payload(sent)
        return Asked(method=verb, path=path, parameters=sent, key=sent.get("apiKey"), payload=payload, is_trusted=self._is_trusted)

    def _send(self, number: object, answer: Answer) -> None:
        kind = "result" if answer.status == OK else "error"
        self._connection.send({"id": number, "status": answer.status, kind: answer.content, "rateLimits": []})


OK = 200
_OWN = {
    "session.logon": _Session.log_on,
    "userDataStream.subscribe.signature": _Session.subscribe,
    "userDataStream.subscribe": _Session.subscribe,
    "userDataStream.unsubscribe": _Session.unsubscribe,
}


def _text(value: object) -> str:
    """Return a parameter as it was signed."""
    return str(value).lower() if isinstance(value, bool) else str(value)
