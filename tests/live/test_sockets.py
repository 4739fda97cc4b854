"""The live socket, through the whole ASGI application with a real cookie and Origin (trust.md row 2)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator

from backups.models import Backup, BackupState
from sendense_portal.asgi import application
from sendense_portal.live import consumer
from sendense_portal.live.events import Event, Toast, publish
from sendense_portal.tenancy.models import Membership, User
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


def socket_of(person: User | None, origin: str | None = "http://testserver") -> WebsocketCommunicator:
    """A browser's socket: the person's session cookie, a Host and (usually) an Origin."""
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if person is not None:
        cookie = AsPerson()(person).cookies["sessionid"].value
        headers.append((b"cookie", f"sessionid={cookie}".encode()))
    return WebsocketCommunicator(application, "/live/", headers=headers)


def run(scene: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    return async_to_sync(scene)(*arguments)


async def closed_with(socket: WebsocketCommunicator, within: float = 2) -> int:
    """The close code of a socket that was accepted."""
    assert (await socket.connect())[0]
    message = await socket.receive_output(within)
    assert message["type"] == "websocket.close"
    return int(message["code"])


def watch_of(backup: Backup) -> str:
    return f"backup:{backup.pk}:progress:list"


async def watching(person: User, backup: Backup) -> WebsocketCommunicator:
    socket = await sync_to_async(socket_of)(person)
    assert (await socket.connect())[0]
    await socket.send_to(text_data=json.dumps({"watch": [watch_of(backup)]}))
    await asyncio.sleep(0.1)
    return socket


def event_of(backup: Backup) -> Event:
    return Event("backup", str(backup.pk), backup.tenant_id, ("backups",), Toast("success", "Done"))


def test_a_page_hears_of_its_backup_and_gets_the_same_component(cast: Cast) -> None:
    backup = make_backup(make_vm("web01", cast.acme), BackupState.RUNNING)

    async def scene() -> list[Any]:
        socket = await watching(cast.acme_viewer, backup)
        await publish(event_of(backup))
        heard = [await socket.receive_from(2) for _ in range(3)]
        await socket.disconnect()
        return heard

    fragment, signal, toast = run(scene)
    assert f'id="backup-{backup.pk}-progress-list"' in fragment
    assert "hx-swap-oob" in fragment
    assert json.loads(signal) == {"signal": "backups"}
    assert json.loads(toast)["toast"]["title"] == "Done"


def test_another_customer_hears_nothing_even_when_it_asks(cast: Cast) -> None:
    backup = make_backup(make_vm("web01", cast.acme), BackupState.RUNNING)

    async def scene() -> bool:
        socket = await watching(cast.borealis_admin, backup)
        await publish(event_of(backup))
        silent = await socket.receive_nothing(0.5)
        await socket.disconnect()
        return bool(silent)

    assert run(scene)


def test_the_provider_hears_of_every_customer(cast: Cast) -> None:
    backup = make_backup(make_vm("web01", cast.borealis), BackupState.RUNNING)

    async def scene() -> str:
        socket = await watching(cast.provider_operator, backup)
        await publish(event_of(backup))
        heard = str(await socket.receive_from(2))
        await socket.disconnect()
        return heard

    assert str(backup.pk) in run(scene)


@pytest.mark.parametrize("origin", [None, "http://evil.test", "http://testserver.evil.test", "null"])
def test_a_foreign_or_missing_origin_is_refused(cast: Cast, origin: str | None) -> None:
    socket = socket_of(cast.acme_admin, origin)
    assert run(closed_with, socket) == consumer.CLOSED_NO_RIGHTS


def test_nobody_is_refused(db: None) -> None:
    socket = socket_of(None)
    assert run(closed_with, socket) == consumer.CLOSED_NO_RIGHTS


def test_someone_in_no_customer_is_refused(cast: Cast) -> None:
    socket = socket_of(cast.stranger)
    assert run(closed_with, socket) == consumer.CLOSED_NO_RIGHTS


@pytest.mark.parametrize("how", ["role", "disabled", "session"])
def test_it_closes_within_five_seconds_of_rights_going(cast: Cast, how: str) -> None:
    person = cast.acme_viewer

    async def scene() -> int:
        socket = await sync_to_async(socket_of)(person)
        assert (await socket.connect())[0]
        await sync_to_async(take_away)(person, how)
        message = await socket.receive_output(5)
        return int(message["code"])

    assert run(scene) == consumer.CLOSED_NO_RIGHTS


def take_away(person: User, how: str) -> None:
    if how == "role":
        Membership.objects.filter(user=person).delete()
    elif how == "disabled":
        User.objects.filter(pk=person.pk).update(is_active=False)
    else:
        from django.contrib.sessions.models import Session

        Session.objects.all().delete()


def test_a_flood_is_closed(cast: Cast) -> None:
    async def scene() -> int:
        socket = await sync_to_async(socket_of)(cast.acme_viewer)
        assert (await socket.connect())[0]
        for _ in range(consumer.MOST_MESSAGES_PER_MINUTE + 1):
            await socket.send_to(text_data='{"watch": []}')
        return int((await socket.receive_output(5))["code"])

    assert run(scene) == consumer.CLOSED_FLOOD


def test_a_message_of_a_megabyte_is_closed(cast: Cast) -> None:
    async def scene() -> int:
        socket = await sync_to_async(socket_of)(cast.acme_viewer)
        assert (await socket.connect())[0]
        await socket.send_to(text_data="x" * 2**20)
        return int((await socket.receive_output(5))["code"])

    assert run(scene) == consumer.CLOSED_TOO_BIG


@pytest.mark.parametrize("text", ["{", "[]", '{"watch": 1}', '{"watch": [1, "a:b", "x:y:z:w"]}', '"watch"'])
def test_nonsense_is_ignored(cast: Cast, text: str) -> None:
    async def scene() -> bool:
        socket = await sync_to_async(socket_of)(cast.acme_viewer)
        assert (await socket.connect())[0]
        await socket.send_to(text_data=text)
        silent = await socket.receive_nothing(0.3)
        await socket.disconnect()
        return bool(silent)

    assert run(scene)
