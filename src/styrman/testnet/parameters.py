"""The parameters of a request, read as Binance reads them: what is missing or malformed is refused by name."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation

from styrman.testnet.refusals import Refusal, illegal, missing

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_NUMBER_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_CLIENT_ID = re.compile(r"[a-zA-Z0-9_:/.-]{1,36}")
_MAX_DECIMALS = 8


class Parameters:
    """Names to texts, as they were sent."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self.sent = dict(sent)

    def text(self, name: str) -> str | None:
        """Return a text; None where it wasn't sent."""
        return self.sent.get(name) or None

    def need(self, name: str) -> str:
        """Return a text that must have been sent."""
        text = self.text(name)
        if text is None:
            raise missing(name)
        return text

    def choice(self, name: str, allowed: Collection[str], refusal: Refusal) -> str:
        """Return a text that must be one of several."""
        text = self.need(name)
        if text not in allowed:
            raise refusal
        return text

    def integer(self, name: str) -> int | None:
        """Return a whole number; None where it wasn't sent."""
        text = self.text(name)
        if text is not None and not _INTEGER.fullmatch(text):
            raise illegal(name, "^[0-9]{1,20}$")
        return None if text is None else int(text)

    def decimal(self, name: str) -> Decimal | None:
        """Return a number above zero; None where it wasn't sent."""
        text = self.text(name)
        if text is None:
            return None
        if not _NUMBER.fullmatch(text):
            raise illegal(name, _NUMBER_RANGE)
        try:
            number = Decimal(text).normalize() + 0
        except InvalidOperation:
            raise illegal(name, _NUMBER_RANGE) from None
        if -int(number.as_tuple().exponent) > _MAX_DECIMALS:
            raise Refusal(-1111, f"Parameter '{name}' has too much precision.")
        if number <= 0:
            raise Refusal(-1013, f"Invalid {name}.")
        return number

    def need_decimal(self, name: str) -> Decimal:
        """Return a number that must have been sent."""
        number = self.decimal(name)
        if number is None:
            raise missing(name)
        return number

    def client_id(self, name: str) -> str | None:
        """Return a client's own id for an order; None where it wasn't sent."""
        text = self.text(name)
        if text is not None and not _CLIENT_ID.fullmatch(text):
            raise illegal(name, "^[a-zA-Z0-9-_]{1,36}$")
        return text

    def limit(self, default: int, most: int) -> int:
        """Return how many of something are wanted."""
        wanted = self.integer("limit")
        return default if wanted is None else max(1, min(wanted, most))
