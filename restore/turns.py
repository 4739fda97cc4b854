"""The queue for a hub's mounts: fair between customers, kept by the pages that wait in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from time import sleep

from django.utils import timezone

from backups.models import Backup
from restore import room
from restore.models import Mount, MountTurn
from restore.mounts import live_mount
from sendense_portal.hub import HubBusy
from sendense_portal.tenancy.models import User

PAUSE = 5.0
"""Seconds between two questions to a hub whose mounts are all taken."""


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
    first = next(iter(room.in_order(backup.hub_id)), None)
    if (first is None or is_of(first, person, backup)) and is_possible(backup):
        return None
    return join_queue(person, backup)


def join_queue(person: User, backup: Backup) -> Wait:
    """The place of this person in the queue of the backup's hub, new or held on to."""
    kept = {"hub": backup.hub, "tenant": backup.tenant, "seen_at": timezone.now()}
    MountTurn.objects.update_or_create(person=person, backup=backup, defaults=kept)
    waiting = room.in_order(backup.hub_id)
    place = next(place for place, turn in enumerate(waiting, 1) if is_of(turn, person, backup))
    return Wait(place, len(waiting), room.next_end(backup.hub_id))


def in_line(
    person: User | None, seconds: float, alive: Callable[[], None] = lambda: None
) -> Callable[[HubBusy, Backup], None]:
    """What packs an archive waits with, point by point: in the queue, ``seconds`` in all, with a sign of life
    each time. Raises the hub's refusal when the time is over, and what ``alive`` raises."""
    asked = count()

    def wait(error: HubBusy, backup: Backup) -> None:
        if person is None or next(asked) * PAUSE >= seconds:
            raise error
        join_queue(person, backup)
        sleep(PAUSE)
        alive()

    return wait


def is_of(turn: MountTurn, person: User, backup: Backup) -> bool:
    """Whether it is this person's, for this point."""
    return (turn.person_id, turn.backup_id) == (person.pk, backup.pk)


def is_possible(backup: Backup) -> bool:
    """Whether asking may help: a mount is free, or one can be given back."""
    wanted = Mount(hub=backup.hub, tenant=backup.tenant, backup=backup)
    return room.has_room(backup.hub_id) or room.idle_mount(wanted) is not None
