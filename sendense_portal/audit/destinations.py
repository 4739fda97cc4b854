"""Where syslog goes; read by the settings, so nothing of Django's apps is imported here."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

DEFAULT_PORTS = {"udp": 514, "tcp": 601}


@dataclass(frozen=True)
class Destination:
    """A syslog receiver: a host and port, or the path of a Unix socket."""

    kind: Literal["udp", "tcp", "unix"]
    host: str = ""
    port: int = 0
    path: str = ""


def destination(text: str) -> Destination | None:
    """``udp://host:514``, ``tcp://host:601`` or ``unix:/dev/log``; nothing for an empty text."""
    if not text:
        return None
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return Destination("unix", path=parts.path)
    if parts.scheme in DEFAULT_PORTS and parts.hostname and port != -1 and not parts.path.strip("/"):
        kind: Literal["udp", "tcp"] = "udp" if parts.scheme == "udp" else "tcp"
        return Destination(kind, parts.hostname, port or DEFAULT_PORTS[kind])
    raise ImproperlyConfigured("AUDIT_SYSLOG must be udp://host:port, tcp://host:port or unix:/path")


def element_name(text: str) -> str:
    """The name of syslog's structured data, as RFC 5424 (6.3.2) has it: ``name@enterprise number``."""
    if not re.fullmatch(r"[!#-<>-\\^-~]{1,20}@[0-9.]{1,11}", text):
        raise ImproperlyConfigured("AUDIT_SYSLOG_SD_ID must be a name, @ and an enterprise number")
    return text
