"""The queue for a hub's mounts: fair between customers, kept by the pages that wait in it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from backups.models import Backup
from restore import room
from restore.models import Mount, MountTurn
from restore.mounts import live_mount
from sendense_portal.tenancy.models import User

FORGOTTEN_AFTER = timedelta(seconds=30)
"""A page that waits asks every few seconds; one that no longer does has given up its turn."""


@dataclass(frozen=True)
class Wait:
    """What a person who waits is told: their place from 1, of how many, and when at the latest."""

    place: int
    length: int
    free_at: datetime | None


def wait_for_turn(person: User, backup: Backup, disk_index: int) -> Wait | None:
    """None when this person may ask the hub now; else their place in its queue, which they now hold."""
    if live_mount(backup, disk_index):
        return None
    first = next(iter(in_order(backup)), None)
    if (first is None or is_of(first, person, backup)) and is_possible(backup):
        return None
    return join_queue(person, backup)


def join_queue(person: User, backup: Backup) -> Wait:
    """The place of this person in the queue of the backup's hub, new or held on to."""
    kept = {"hub": backup.hub, "tenant": backup.tenant, "seen_at": timezone.now()}
    MountTurn.objects.update_or_create(person=person, backup=backup, defaults=kept)
    waiting = in_order(backup)
    place = next(place for place, turn in enumerate(waiting, 1) if is_of(turn, person, backup))
    return Wait(place, len(waiting), room.next_end(backup.hub_id))


def is_of(turn: MountTurn, person: User, backup: Backup) -> bool:
    """Whether it is this person's, for this point."""
    return (turn.person_id, turn.backup_id) == (person.pk, backup.pk)


def leave(person: User, backup: Backup) -> None:
    """Gives the turn up, or has had it."""
    MountTurn.objects.filter(person=person, backup=backup).delete()


def in_order(backup: Backup) -> list[MountTurn]:
    """Those who wait at the backup's hub: customers who hold the least come first, then who came first."""
    MountTurn.objects.filter(seen_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    held = Counter(room.live_tenants(backup.hub_id))
    waiting = MountTurn.objects.filter(hub=backup.hub_id)
    return sorted(waiting, key=lambda turn: (held[turn.tenant_id], turn.asked_at))


def is_possible(backup: Backup) -> bool:
    """Whether asking may help: a mount is free, or one can be given back."""
    wanted = Mount(hub=backup.hub, tenant=backup.tenant, backup=backup)
    return room.has_room(backup.hub_id) or room.idle_mount(wanted) is not None
