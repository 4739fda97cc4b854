"""What happened, as facts: a consumer turns them into the components of an open page."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

PROVIDER_GROUP = "live.provider"


def tenant_group(tenant_id: UUID) -> str:
    """The channel group of a customer's people."""
    return f"live.tenant.{tenant_id}"


@dataclass(frozen=True)
class Toast:
    """A short message for whoever is looking, wherever they are in the portal."""

    tone: str
    title: str
    text: str = ""
    href: str = ""


@dataclass(frozen=True)
class Event:
    """One row changed. ``topic`` and ``pk`` name it as in ``data-live``; ``signals`` are the lists that
    have to be asked for again; ``tenant_id`` None is for the provider's people alone."""

    topic: str
    pk: str
    tenant_id: UUID | None
    signals: tuple[str, ...] = ()
    toast: Toast | None = None
    id: str = field(default_factory=lambda: str(uuid4()))

    def message(self) -> dict[str, Any]:
        """As a channel layer carries it: JSON types only."""
        return {
            "type": "live.event",
            "id": self.id,
            "topic": self.topic,
            "pk": self.pk,
            "signals": list(self.signals),
            "toast": asdict(self.toast) if self.toast else None,
        }


async def publish(event: Event) -> None:
    """Tells the customer's people and the provider's."""
    layer = get_channel_layer()
    if layer is None:
        return
    message = event.message()
    await layer.group_send(PROVIDER_GROUP, message)
    if event.tenant_id:
        await layer.group_send(tenant_group(event.tenant_id), message)


publish_now = async_to_sync(publish)
"""For views and services, which are synchronous."""
