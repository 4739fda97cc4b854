"""Entries as syslog messages: to real receivers, in the form of RFC 5424, and never in a request's way."""

import re
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from sendense_portal.audit import log, syslog
from sendense_portal.audit.destinations import Destination, destination, element_name
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.audit.syslog import Sender
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
ACTOR = log.Actor(None, 'Kim "K\\" <kim@acme.test>', "192.0.2.1", "request-1")

HEADER = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>[!-~]{1,255}) "
    rb"(?P<app>[!-~]{1,48}) (?P<pid>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
    rb"\[(?P<id>[!#-<>-\\^-~]{1,32})(?P<values>(?: [!#-<>-\\^-~]{1,32}=\"(?:[^\"\\\]]|\\[\"\\\]])*\")*)\] "
    rb"\xef\xbb\xbf(?P<text>.*)",
    re.DOTALL,
)
"""SYSLOG-MSG of RFC 5424, section 6, with one SD-ELEMENT and a text in UTF-8."""


@dataclass
class Message:
    """What a receiver understood."""

    header: dict[str, str]
    values: dict[str, str]
    text: str

    @classmethod
    def of(cls, content: bytes) -> "Message":
        found = HEADER.fullmatch(content)
        assert found, content
        pairs = re.findall(r' ([^=]+)="((?:[^"\\\]]|\\["\\\]])*)"', found["values"].decode())
        values = {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in pairs}
        header = {name: found[name].decode() for name in ("pri", "at", "app", "pid", "msgid", "id")}
        return cls(header, values, found["text"].decode())


@pytest.fixture
def commits(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        yield receiver


def from_stream(receiver: socket.socket) -> bytes:
    """One message of RFC 6587's octet counting."""
    length = b""
    while not length.endswith(b" "):
        length += receiver.recv(1) or pytest.fail("closed in the middle")
    wanted, content = int(length), b""
    while len(content) < wanted:
        content += receiver.recv(wanted - len(content)) or pytest.fail("closed in the middle")
    return content


def test_an_entry_reaches_a_udp_receiver_as_rfc_5424(
    udp: socket.socket, cast: Cast, settings: Settings, commits: Any
) -> None:
    settings.AUDIT_SYSLOG = destination(f"udp://127.0.0.1:{udp.getsockname()[1]}")
    with commits():
        entry = log.record(
            ACTOR, "tenant.rename", Outcome.REFUSED, cast.acme, before='x]"\\y\nz', token="s3cret"
        )
    content = udp.recv(65535)
    message = Message.of(content)
    assert message.header["pri"] == str(13 * 8 + 4)
    assert (message.header["app"], message.header["msgid"]) == ("sendense-portal", "tenant.rename")
    assert message.header["id"] == "trail@32473"
    assert message.values["sequence"] == "1"
    assert message.values["chain"] == str(cast.acme.pk)
    assert message.values["actorName"] == ACTOR.name
    assert message.values["hash"] == entry.hash
    assert message.values["outcome"] == "refused"
    assert "Was not allowed to rename the customer" in message.text
    assert b"s3cret" not in content
    assert b"\n" not in content, "a name must not forge a line in the receiver's file"


def test_messages_arrive_over_tcp_in_order_and_after_the_receiver_was_away(
    cast: Cast, settings: Settings, commits: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        settings.AUDIT_SYSLOG = destination(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        with commits():
            for number in range(3):
                log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before=f"Ångström {number}")
        connection, _address = server.accept()
        with connection:
            connection.settimeout(10)
            first = [Message.of(from_stream(connection)) for _ in range(3)]
        assert [message.values["sequence"] for message in first] == ["1", "2", "3"]
        assert "Ångström 2" in first[2].text
        time.sleep(0.1)
        with commits():
            log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before="later")
        connection, _address = server.accept()
        with connection:
            connection.settimeout(10)
            assert Message.of(from_stream(connection)).values["sequence"] == "4"


def test_a_unix_socket_takes_them_too(cast: Cast, settings: Settings, commits: Any) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
    ):
        path = Path(folder) / "log"
        receiver.bind(str(path))
        receiver.settimeout(10)
        settings.AUDIT_SYSLOG = destination(f"unix:{path}")
        with commits():
            log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before="x")
        assert Message.of(receiver.recv(65535)).values["sequence"] == "1"


def test_a_receiver_that_takes_nothing_stops_nobody_and_drops_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    sender = Sender(Destination("tcp", "127.0.0.1", port), room=3)
    begun = time.monotonic()
    for _ in range(20):
        sender.put(b"x" * 1000)
    assert time.monotonic() - begun < 0.5
    assert sender.dropped >= 16
    assert caplog.text.count("were not sent there") == 1


def test_what_was_rolled_back_is_not_sent(
    udp: socket.socket, cast: Cast, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.AUDIT_SYSLOG = destination(f"udp://127.0.0.1:{udp.getsockname()[1]}")
    with django_capture_on_commit_callbacks(execute=False):
        log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before="x")
    udp.settimeout(0.3)
    with pytest.raises(TimeoutError):
        udp.recv(65535)


def test_without_a_destination_nothing_is_sent(cast: Cast, settings: Settings, commits: Any) -> None:
    assert settings.AUDIT_SYSLOG is None
    before = dict(syslog.senders)
    with commits():
        log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before="x")
    assert syslog.senders == before
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("udp://logs.example", Destination("udp", "logs.example", 514)),
        ("tcp://[::1]:1601", Destination("tcp", "::1", 1601)),
        ("unix:/dev/log", Destination("unix", path="/dev/log")),
    ],
)
def test_a_destination_is_read_from_its_address(text: str, expected: Destination | None) -> None:
    assert destination(text) == expected


@pytest.mark.parametrize(
    "text", ["logs.example", "udp://", "http://logs", "tcp://logs:99999", "unix:dev/log"]
)
def test_a_wrong_destination_is_refused_at_start_up(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="AUDIT_SYSLOG must be"):
        destination(text)


@pytest.mark.parametrize("text", ["trail", 'tr"ail@1', "a b@1", "trail@x", "a]b@1", "a=b@1"])
def test_a_wrong_element_name_is_refused_at_start_up(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="AUDIT_SYSLOG_SD_ID"):
        element_name(text)
