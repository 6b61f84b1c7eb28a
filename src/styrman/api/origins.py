"""Where a request comes from: which address, and which page where a browser sent it. Says what is so; who gets in is decided in `auth`."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_OWN_NAME = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_OWN_SITE = ("none", "same-origin")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_PORTS = {"http": 80, "https": 443}


def address_of(scope: Scope) -> str:
    """Return the address of the socket's peer; an empty text where it has none."""
    return str(scope["client"][0]) if scope.get("client") else ""


def source_of(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or an IPv6 network of 64 bits, which one host has to itself."""
    host = _host(address)
    return str(ip_network((host, 64), strict=False)) if isinstance(host, IPv6Address) else str(host or address)


def is_local(scope: Scope) -> bool:
    """Whether the caller sits on this machine and is no web page: the socket's peer is loopback, no proxy passed the request
    on, and no browser sent it for a page that isn't ours (a rebound name shows in Host, a foreign page in Origin).
    """
    peer = _host(address_of(scope))
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    own_page = headers.get("origin", f"http://{host}") == f"http://{host}" and headers.get("sec-fetch-site", "none") in _OWN_SITE
    return _is_loopback(peer) and _OWN_NAME.fullmatch(host) is not None and own_page and not any(name in headers for name in _FORWARDED)


def is_own_page(scope: Scope, schemes: frozenset[str] = frozenset()) -> bool:
    """Whether a page of ours sent the request: its Origin is scheme and host that the request was sent to. `schemes` are those that
    count besides the request's own, where a proxy speaks TLS for us.

    What a browser says of the relation in Sec-Fetch-Site must agree, and suffices where it sends no Origin. A program that sends
    neither is no page.
    """
    headers = Headers(scope=scope)
    relation, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if relation is not None and relation != "same-origin":
        return False
    if origin is None:
        return relation is not None
    host = headers.get("host", "")
    return any(_same(origin, f"{scheme}://{host}") for scheme in {scope["scheme"], *schemes})


def is_foreign_page(scope: Scope) -> bool:
    """Whether a browser says that a page of another site sent the request. Programs, which say nothing of pages, are no pages."""
    headers = Headers(scope=scope)
    return ("origin" in headers or "sec-fetch-site" in headers) and not is_own_page(scope)


def _same(origin: str, sent_to: str) -> bool:
    one, other = _origin(origin), _origin(sent_to)
    return one is not None and one == other


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an origin; None where it is none, as `null` is."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    plain = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    return (parts.scheme, parts.hostname, port) if plain and parts.hostname and port else None


def _is_loopback(host: IPv4Address | IPv6Address | None) -> bool:
    return host is not None and host.is_loopback


def _host(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address; one of IPv4 in IPv6's clothes as what it is; None where it is none."""
    try:
        host = ip_address(address)
    except ValueError:
        return None
    return (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host
