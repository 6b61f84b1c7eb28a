"""How an answer leaves, and how it is kept from leaving: dropped, reset in the middle, sent twice, or made nonsense of."""

import socket
import struct

from aiohttp import web

from styrman.testnet.faults import Kind, Strikes
from styrman.testnet.gateway import Answer

_NO_LINGER = struct.pack("ii", 1, 0)
_NONSENSE = b"<html><head><title>502 Bad Gateway</title></head><body>"
_ERROR = {"code": -1003, "msg": "Injected."}


def cut(request: web.BaseRequest) -> None:
    """Close the connection after what was sent."""
    if request.transport is not None:
        request.transport.close()


def reset(request: web.BaseRequest) -> None:
    """Reset the connection: the other side sees a reset, not an end."""
    transport = request.transport
    if transport is None:
        return
    handle = transport.get_extra_info("socket")
    if handle is not None:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def error_answer(status: int) -> Answer:
    """Return an injected error."""
    headers = {"Retry-After": "1"} if status in (418, 429) else {}
    return Answer(status=status, content=_ERROR, headers=headers)


async def deliver(request: web.Request, answer: Answer, strikes: Strikes) -> web.StreamResponse:
    """Send an answer as the faults let it through."""
    if Kind.DROP_ANSWER in strikes.by_kind:
        cut(request)
    if strikes.after(Kind.RESET):
        return await _half(request, answer)
    fault = strikes.after(Kind.STATUS)
    if fault is not None:
        answer = error_answer(fault.status)
    response = _response(answer, _NONSENSE if Kind.NONSENSE in strikes.by_kind else answer.body)
    if Kind.DUPLICATE in strikes.by_kind:
        return await _twice(request, response, answer)
    return response


def _response(answer: Answer, body: bytes) -> web.Response:
    return web.Response(status=answer.status, body=body, content_type="application/json", headers=answer.headers)


async def _half(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Send half an answer, then reset."""
    body = answer.body
    response = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    reset(request)
    return response


async def _twice(request: web.Request, response: web.Response, answer: Answer) -> web.StreamResponse:
    """Send an answer, and the same again though nobody asked."""
    await response.prepare(request)
    await response.write_eof()
    if request.transport is not None:
        head = f"HTTP/1.1 {answer.status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer.body)}\r\n\r\n"
        request.transport.write(head.encode() + answer.body)
    return response
