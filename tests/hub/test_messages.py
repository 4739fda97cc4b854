"""What a hub says of a failure reaches a customer without what it reveals of the provider's machines."""

from __future__ import annotations

import pytest

from sendense_portal.hub.jobs import blanked
from sendense_portal.hub.refusals import error_from, text_of


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("VDDK: Error 14009: The server refused connection", None),
        ("Job stalled - no telemetry for 5m12s", None),
        ("[datastore1] web01/web01.vmdk is locked", None),
        ("50/50 blocks, 3/4 done", None),
        ("open /backup/repo/main/ctx-1/disk-0/x.qcow2: no space left", "open …: no space left"),
        ("mount: '/mnt/sendense/restore/68044e64': busy", "mount: '…': busy"),
        ("nbd://10.0.0.5:10100/web01-disk0 refused", "… refused"),
        ("/dev/nbd3 is gone", "… is gone"),
        ("dial tcp 10.0.0.5:9081: refused", "dial tcp …: refused"),
        ("qemu-nbd with pid 16416 died", "qemu-nbd with … died"),
        ("sent Bearer abcdef", "sent …"),
    ],
)
def test_messages_lose_paths_addresses_and_devices_and_keep_the_rest(said: str, shown: str | None) -> None:
    assert blanked(said) == (shown or said)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error":"a","details":"b","timestamp":""}', "a: b"),
        (b'{"error":"a"}', "a"),
        (b'{"success":false,"error":"a"}', "a"),
        (b'{"success":false,"error_message":"a"}', "a"),
        (b"404 page not found\n", "404 page not found"),
        (b'{"error":{"code":7}}', "{'code': 7}"),
        (b"[1]", "[1]"),
        (b"\xff", "\ufffd"),
        (b"", ""),
    ],
)
def test_every_shape_of_an_error_is_read(body: bytes, text: str) -> None:
    assert text_of(body) == text
    assert error_from(500, body).detail == text


def test_the_hubs_own_words_are_in_no_text_of_the_exception() -> None:
    error = error_from(500, b'{"error":"cannot open /backup/x","details":"Error 1062"}')
    assert error.detail == "cannot open /backup/x: Error 1062"
    assert not [
        text for text in (str(error), repr(error), error.sentence) if "/backup" in text or "1062" in text
    ]
