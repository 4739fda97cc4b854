"""Asking an identity provider, whose address a customer typed (trust.md row 6).

The address is looked up once, where the line is opened: what was checked is what is connected to. No
redirects, no proxies, no private addresses unless SSO_ALLOW_PRIVATE says so, an end to time and size.
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

TIMEOUT = 5.0
MOST_BYTES = 1_000_000


class AddressRefused(requests.RequestException):
    """The portal does not go there; ``str()`` says why."""


def open_line(connection: HTTPConnection) -> socket.socket:
    """A socket to the first public address that a name has now. Raises NewConnectionError."""
    host, port = connection._dns_host, connection.port or connection.default_port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NewConnectionError(connection, f"{host} has no address") from error
    allowed = [entry for entry in found if is_allowed(str(entry[4][0]))]
    if not allowed:
        raise NewConnectionError(connection, f"{host} is not a public address")
    family, kind, protocol, _name, address = allowed[0]
    line = socket.socket(family, kind, protocol)
    line.settimeout(TIMEOUT)
    try:
        line.connect(address)
    except OSError as error:
        line.close()
        raise NewConnectionError(connection, f"{host} does not answer") from error
    return line


def is_allowed(address: str) -> bool:
    """Whether an IP address is one of the open internet; IPv4 within IPv6 counts as what it is."""
    if settings.SSO_ALLOW_PRIVATE:
        return True
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return is_allowed(str(inner))
        if ip in NAT64:
            return False
    return ip.is_global and not ip.is_multicast


NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PinnedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return open_line(self)


class PinnedHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return open_line(self)


class PinnedHTTPPool(HTTPConnectionPool):
    ConnectionCls = PinnedHTTP


class PinnedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = PinnedHTTPS


class PinnedAdapter(HTTPAdapter):
    """Opens lines by ``open_line`` only."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": PinnedHTTPPool, "https": PinnedHTTPSPool}


class Session(requests.Session):
    """A session for answers of a few kilobytes; raises AddressRefused for what the portal does not do."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("http://", PinnedAdapter())
        self.mount("https://", PinnedAdapter())

    def request(self, method: str | bytes, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]  # fewer ways to ask
        refuse_scheme(str(url))
        options |= {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        answer = super().request(method, url, **options)
        if answer.is_redirect:
            raise AddressRefused("the answer leads elsewhere")
        body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        if len(body) > MOST_BYTES:
            answer.close()
            raise AddressRefused("the answer is too long")
        # Read here to its limit: what the library would read by itself has none.
        vars(answer).update(_content=body, _content_consumed=True)
        return answer


def refuse_scheme(url: str) -> None:
    """Raises AddressRefused for all but HTTPS (and HTTP, where private addresses are allowed)."""
    parts = urlsplit(url)
    schemes = {"https", "http"} if settings.SSO_ALLOW_PRIVATE else {"https"}
    if parts.scheme not in schemes or not parts.hostname or parts.username:
        raise AddressRefused("not an address that the portal asks")
