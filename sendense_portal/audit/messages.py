"""An entry as one syslog message (RFC 5424, section 6): what a collector needs, in stable names."""

import html
import json
import os
import re
import socket
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.html import strip_tags

if TYPE_CHECKING:
    from sendense_portal.audit.models import AuditEntry

APP_NAME = "sendense-portal"
FACILITY = 13
"""Log audit (RFC 5424, table 1)."""
SEVERITIES = {"started": 6, "ok": 6, "unknown": 4, "refused": 4, "failed": 3}
LONGEST_MSGID = 32
LONGEST_VALUE = 2000
"""Characters of one value: with all of them a message stays below what a datagram can carry."""
BOM = b"\xef\xbb\xbf"


def message_of(entry: "AuditEntry") -> bytes:
    """``<PRI>1 TIME HOST APP PROCID MSGID [trail@… …] BOM sentence``; MSGID is the entry's action."""
    head = " ".join(
        (
            f"<{FACILITY * 8 + SEVERITIES.get(entry.outcome, 5)}>1",
            entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            plain_ascii(socket.gethostname(), 255),
            APP_NAME,
            str(os.getpid()),
            plain_ascii(entry.action, LONGEST_MSGID),
            structured(entry),
        )
    )
    return head.encode() + b" " + BOM + sentence(entry).encode()


def structured(entry: "AuditEntry") -> str:
    """One element with the entry's facts; secrets were blanked when the entry was written."""
    facts = {
        "chain": entry.chain,
        "sequence": str(entry.sequence),
        "outcome": str(entry.outcome),
        "actor": str(entry.actor_id or ""),
        "actorName": entry.actor_name,
        "address": entry.address,
        "targetKind": entry.target_kind,
        "targetId": entry.target_id,
        "targetName": entry.target_name,
        "requestId": entry.request_id,
        "parameters": json.dumps(entry.parameters, ensure_ascii=False, sort_keys=True),
        "hash": entry.hash,
    }
    values = " ".join(f'{name}="{escaped(value)}"' for name, value in facts.items() if value)
    return f"[{settings.AUDIT_SYSLOG_SD_ID} {values}]"


def sentence(entry: "AuditEntry") -> str:
    """The entry in words, in the portal's own language whoever's request this is."""
    from sendense_portal.audit.sentences import sentence_of

    with translation.override(settings.LANGUAGE_CODE):
        words = html.unescape(strip_tags(sentence_of(entry)))
    return f"{entry.actor_name}: {one_line(words)[:LONGEST_VALUE]}"


def escaped(value: str) -> str:
    """A PARAM-VALUE (RFC 5424, 6.3.3): backslash before quote, backslash and bracket."""
    return re.sub(r'(["\\\]])', r"\\\1", one_line(value)[:LONGEST_VALUE])


def one_line(text: str) -> str:
    """Control characters and lone surrogates replaced: names must not forge a line in a collector's file."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "�", text)


def plain_ascii(text: str, longest: int) -> str:
    """PRINTUSASCII of a header's field; "-" for nothing."""
    return re.sub(r"[^\x21-\x7e]", "?", text)[:longest] or "-"
