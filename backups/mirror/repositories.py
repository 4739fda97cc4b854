"""The hub's repositories as rows."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from backups.models import Repository, RepositorySample
from sendense_portal.hub import Hub
from sendense_portal.hub.records import Storage
from sendense_portal.live.events import Event
from sendense_portal.tenancy.models import HubConnection

ANNOUNCED = "announced:"
"""Begins the ``remote_id`` of what the hub was asked to make and nobody has seen there yet."""
ANNOUNCED_FOR = timedelta(days=1)
"""What has not appeared by then was not made."""
SAMPLE_DAYS = 400
"""A year and a month: growth is told from the last month, the chart shows the year."""


def refresh_repositories(connection: HubConnection, hub: Hub) -> Iterable[Event]:
    """Mirrors the list; a disabled one vanishes from it after the hub's restart and is then gone here."""
    now = timezone.now()
    listed = hub.repositories.list()
    with transaction.atomic():
        for record in listed:
            storage = record.storage
            take_announced(connection, record.id, record.name)
            repository, _ = Repository.objects.update_or_create(
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
            if storage:
                sample(repository, storage, now)
        forgotten = Repository.objects.filter(hub=connection, remote_id__startswith=ANNOUNCED)
        forgotten.filter(gone_at__lt=now - ANNOUNCED_FOR).delete()
        gone = Repository.objects.filter(hub=connection, gone_at__isnull=True)
        gone.exclude(remote_id__in=[record.id for record in listed]).update(gone_at=now)
    return [Event("hub", str(connection.pk), None, signals=("repositories",))]


def announce(connection: HubConnection, name: str, **row: Any) -> Repository:
    """The row of a repository that the hub is about to be asked for; no page shows it yet."""
    Repository.objects.filter(hub=connection, name=name, remote_id__startswith=ANNOUNCED).delete()
    return Repository.objects.create(
        hub=connection, name=name, remote_id=f"{ANNOUNCED}{uuid4()}", gone_at=timezone.now(), **row
    )


def take_announced(connection: HubConnection, remote_id: str, name: str) -> None:
    """Makes the announced row of this name the row of what the hub has made, if there is one."""
    if not Repository.objects.filter(hub=connection, remote_id=remote_id).exists():
        waiting = Repository.objects.filter(hub=connection, name=name, remote_id__startswith=ANNOUNCED)
        waiting.update(remote_id=remote_id, gone_at=None, observed_at=timezone.now())


def sample(repository: Repository, storage: Storage, now: datetime) -> None:
    """Today's reading, over an earlier one of today; with the first of a day the oldest go."""
    day = now.astimezone(UTC).date()
    reading = {"used_bytes": storage.used_bytes, "total_bytes": storage.total_bytes}
    _, is_new = RepositorySample.objects.update_or_create(repository=repository, day=day, defaults=reading)
    if is_new:
        oldest = day - timedelta(days=SAMPLE_DAYS)
        RepositorySample.objects.filter(repository=repository, day__lte=oldest).delete()
