"""The one socket of an open page: it says what it shows, and hears when that changes."""

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import aget_user
from django.http.request import validate_host

from sendense_portal.live import components
from sendense_portal.live.events import PROVIDER_GROUP, tenant_group
from sendense_portal.sign_in.demands import is_missing
from sendense_portal.tenancy.access import Access, access_in
from sendense_portal.tenancy.models import User

CLOSED_NO_RIGHTS = 4403
CLOSED_FLOOD = 4429
CLOSED_TOO_BIG = 1009
RIGHTS_AGAIN_EVERY = 3.0
LONGEST_MESSAGE = 64 * 1024
MOST_WATCHES = 400
MOST_MESSAGES_PER_MINUTE = 120


class LiveConsumer(AsyncWebsocketConsumer):
    """One-way but for ``{"watch": ["topic:pk:component:place", …]}``, which names what the page shows.

    A refusal is sent after accepting (code 4403): browsers can't tell one made before from a lost line and
    would try for ever.
    """

    async def connect(self) -> None:
        await self.accept()
        self.watches: set[components.Watch] = set()
        self.groups_joined: set[str] = set()
        self.rights_check: asyncio.Task[None] | None = None
        self.heard: list[float] = []
        if not origin_allowed(dict(self.scope["headers"])) or not await self.renew_rights():
            await self.close(CLOSED_NO_RIGHTS)
            return
        self.rights_check = asyncio.create_task(self.keep_checking())

    async def disconnect(self, code: int) -> None:
        if self.rights_check:
            self.rights_check.cancel()
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > LONGEST_MESSAGE:
            await self.close(CLOSED_TOO_BIG)
            return
        now = time.monotonic()
        self.heard = [at for at in self.heard if now - at < 60] + [now]
        if len(self.heard) > MOST_MESSAGES_PER_MINUTE:
            await self.close(CLOSED_FLOOD)
            return
        asked = read_watches(text_data)
        self.watches = await sync_to_async(components.allowed)(asked, self.access) if asked else set()

    async def live_event(self, event: dict[str, Any]) -> None:
        """A fact from the channel layer: fragments for what the page shows, signals for its lists."""
        for watch in [w for w in self.watches if (w.topic, w.pk) == (event["topic"], event["pk"])]:
            html = await sync_to_async(components.render)(event["id"], watch, self.access)
            if html:
                await self.send(html)
        for signal in event["signals"]:
            await self.send(json.dumps({"signal": signal}))
        if event["toast"]:
            await self.send(json.dumps({"toast": event["toast"]}))

    async def renew_rights(self) -> bool:
        """Reads the session and the person's rights afresh; joins and leaves groups accordingly."""
        user = await aget_user(SessionOnly(self.scope["session"]))  # type: ignore[arg-type]  # asks for .session only
        if not isinstance(user, User) or not user.is_active:
            return False
        access = await sync_to_async(rights_in)(user, self.scope["session"])
        if access is None:
            return False
        self.access = access
        wanted = {tenant_group(pk) for pk in self.access.tenant_roles}
        if self.access.is_provider:
            wanted = {PROVIDER_GROUP}
        for group in wanted - self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        for group in self.groups_joined - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
            # What was watched may have been seen through that customer.
            self.watches = set()
        self.groups_joined = wanted
        return bool(wanted)

    async def keep_checking(self) -> None:
        """Closes the socket within seconds of rights being taken away or the session ended."""
        while True:
            await asyncio.sleep(RIGHTS_AGAIN_EVERY)
            if not await self.session_exists() or not await self.renew_rights():
                await self.close(CLOSED_NO_RIGHTS)
                return

    async def session_exists(self) -> bool:
        """Whether the session was not ended elsewhere."""
        session = self.scope["session"]
        key: str | None = session.session_key
        return key is not None and await sync_to_async(session.exists)(key)


def rights_in(user: User, session: Any) -> Access | None:
    """The rights of a person in one session; none while a second factor has yet to be set up."""
    access = access_in(user, session)
    return None if is_missing(access, session) else access


class SessionOnly:
    """What ``aget_user`` needs of a request."""

    def __init__(self, session: Any) -> None:
        self.session = session


def origin_allowed(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser's page of ours opened the socket; a missing Origin is refused too."""
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1"))
    host = headers.get(b"host", b"").decode("latin-1")
    if not origin.hostname or origin.netloc != host:
        return False
    return validate_host(origin.hostname, settings.ALLOWED_HOSTS)


def read_watches(text: str) -> list[components.Watch]:
    """The watches of a message; anything else in it is ignored."""
    try:
        message = json.loads(text)
    except ValueError:
        return []
    asked = message.get("watch") if isinstance(message, dict) else None
    if not isinstance(asked, list):
        return []
    texts = [item for item in asked[:MOST_WATCHES] if isinstance(item, str)]
    return [watch for item in texts if (watch := components.Watch.parse(item))]
