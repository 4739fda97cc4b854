"""The hub's repositories as rows."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from backups.models import Repository
from sendense_portal.hub import Hub
from sendense_portal.live.events import Event
from sendense_portal.tenancy.models import HubConnection


def refresh_repositories(connection: HubConnection, hub: Hub) -> Iterable[Event]:
    """Mirrors the list; a disabled one vanishes from it after the hub's restart and is then gone here."""
    now = timezone.now()
    listed = hub.repositories.list()
    with transaction.atomic():
        for record in listed:
            storage = record.storage
            Repository.objects.update_or_create(
                hub=connection,
                remote_id=record.id,
                defaults={
                    "name": record.name,
                    "kind": record.type,
                    "enabled": record.enabled,
                    "immutable": record.is_immutable,
                    "total_bytes": storage.total_bytes if storage else None,
                    "used_bytes": storage.used_bytes if storage else None,
                    "available_bytes": storage.available_bytes if storage else None,
                    "observed_at": now,
                    "gone_at": None,
                },
            )
        gone = Repository.objects.filter(hub=connection, gone_at__isnull=True)
        gone.exclude(remote_id__in=[record.id for record in listed]).update(gone_at=now)
    return [Event("hub", str(connection.pk), None, signals=("repositories",))]
