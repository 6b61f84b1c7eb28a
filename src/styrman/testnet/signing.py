"""Who may call: the API key, the HMAC-SHA256 signature over query and body, and the clock's window (`recvWindow`)."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from styrman.testnet.parameters import Parameters
from styrman.testnet.refusals import UNAUTHORIZED, Refusal, missing

_WINDOW_MS, _MAX_WINDOW_MS, _AHEAD_MS = 5000, 60_000, 1000
_SIGNATURE = "signature"


def sign(secret: str, payload: str) -> str:
    """Return the signature of a payload."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def read_pairs(text: str) -> dict[str, str]:
    """Return a query or a body as names and texts."""
    return dict(parse_qsl(text, keep_blank_values=True))


def unsigned(text: str) -> str:
    """Return a query or a body as it was signed: without its signature, every other byte as it came."""
    return "&".join(part for part in text.split("&") if part and not part.startswith(f"{_SIGNATURE}="))


def sorted_payload(parameters: Mapping[str, str]) -> str:
    """Return what a request of the WebSocket API signs: its parameters by name, not encoded."""
    return "&".join(f"{name}={text}" for name, text in sorted(parameters.items()) if name != _SIGNATURE)


class Credential:
    """The one key of the testnet, and its secret."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret

    def check_key(self, key: str | None) -> None:
        """Refuse another key; compared in constant time."""
        if not key:
            raise Refusal(-2014, "API-key format invalid.", status=UNAUTHORIZED)
        if not hmac.compare_digest(key.encode(), self._key.encode()):
            raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", status=UNAUTHORIZED)

    def check_signature(self, parameters: Parameters, payload: str) -> None:
        """Refuse what was not signed with the secret."""
        signature = parameters.text(_SIGNATURE)
        if signature is None:
            raise missing(_SIGNATURE)
        if not hmac.compare_digest(signature.encode(), sign(self._secret, payload).encode()):
            raise Refusal(-1022, "Signature for this request is not valid.")


def check_window(parameters: Parameters, now_ms: int) -> None:
    """Refuse a request whose timestamp is too old or lies ahead of the server's clock."""
    stamp = parameters.integer("timestamp")
    if stamp is None:
        raise missing("timestamp")
    window = parameters.decimal("recvWindow")
    if window is not None and window > _MAX_WINDOW_MS:
        raise Refusal(-1131, f"recvWindow must be less than {_MAX_WINDOW_MS}.")
    if stamp >= now_ms + _AHEAD_MS:
        raise Refusal(-1021, f"Timestamp for this request was {_AHEAD_MS}ms ahead of the server's time.")
    if now_ms - stamp > (window or _WINDOW_MS):
        raise Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")
