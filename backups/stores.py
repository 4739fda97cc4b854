"""Testing, adding, counting anew and deleting repositories: the only code that asks a hub for it.

A share's password goes to the hub and nowhere else: not into the trail, the log or a page. The hub itself
keeps it in clear (hub/reference.md 9).
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.mirror.repositories import announce, refresh_repositories, take_announced
from backups.models import Backup, Repository
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown
from sendense_portal.hub.repositories import Config
from sendense_portal.live.events import publish_now
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.roles import Action


class StoreRefused(Exception):
    """The portal said no before the hub was asked; ``str()`` is the sentence to show."""


@dataclass(frozen=True)
class Place:
    """What a repository is made of. ``config`` may hold a password; ``where`` never does."""

    hub: HubConnection
    name: str
    kind: str
    config: Config
    is_immutable: bool = False

    @property
    def where(self) -> str:
        """For the trail: a folder, or a server and what it shares."""
        config = self.config
        folder = config.get("export_path") or config.get("share_name")
        return f"{config['server']}:{folder}" if folder else config["path"]


def try_out(actor: Actor, place: Place) -> str:
    """What the hub finds wrong with it, "" if nothing. Of a local one the hub makes the folder. Raises
    HubError."""
    with log.attempt(
        actor, "repository.test", place.hub, repository=place.name, kind=place.kind, place=place.where
    ) as attempt:
        said = client_for(place.hub).repositories.test(place.kind, place.config)
        attempt.note(answer=said or "ok")
    return said


@dataclass(frozen=True)
class Added:
    """``is_listed`` is False where the hub says that it made it and does not list it since."""

    repository: Repository
    is_listed: bool


def add(actor: Actor, place: Place, *, is_shared: bool) -> Added:
    """Makes it at the hub, and its row, which sync would find within a minute. Raises HubError.

    The row is there before the hub is asked, hidden: whoever sees the new repository first, sync or the hub's
    answer, takes it with who may use it, also when the answer is lost.
    """
    announced = announce(
        place.hub, place.name, kind=place.kind, immutable=place.is_immutable, is_shared=is_shared
    )
    with log.attempt(
        actor, Action.REPOSITORY_ADD, place.hub, repository=place.name, kind=place.kind, place=place.where
    ) as attempt:
        try:
            hub = client_for(place.hub)
            made = hub.repositories.add(place.name, place.kind, place.config, is_immutable=place.is_immutable)
        except HubOutcomeUnknown:
            raise
        except HubError:
            announced.delete()
            raise
        attempt.note(hub_id=made)
        take_announced(place.hub, made, place.name)
    is_read = mirror(place.hub)
    repository = Repository.objects.get(hub=place.hub, remote_id=made)
    return Added(repository, is_read and repository.gone_at is None)


def count_anew(actor: Actor, repository: Repository) -> None:
    """Has the hub count what is used of all its repositories, and reads it. Raises HubError."""
    with log.attempt(actor, Action.REPOSITORY_REFRESH, repository):
        client_for(repository.hub).repositories.refresh()
        refresh_mirror(repository.hub)


def held_by(repository: Repository) -> int:
    """Backups that the portal knows in it."""
    return Backup.objects.filter(repository=repository, gone_at__isnull=True).count()


Need = Callable[[Repository], str]
_needs: list[Need] = []


def add_need(need: Need) -> None:
    """A domain above says why it needs a repository, in a sentence; "" if it does not."""
    _needs.append(need)


def objections(repository: Repository) -> list[str]:
    """Why it can't be deleted, in sentences; the hub asks about its own count of backups alone."""
    if repository.gone_at:
        return [_("The hub does not list it any more.")]
    said = [need(repository) for need in _needs]
    if held := held_by(repository):
        holds = ngettext(
            "It holds %(count)d backup. Delete that first.",
            "It holds %(count)d backups. Delete them first.",
            held,
        )
        said.insert(0, holds % {"count": held})
    return [sentence for sentence in said if sentence]


def delete(actor: Actor, repository: Repository) -> None:
    """Takes it out of the hub, which does so only with an empty one. Raises StoreRefused or HubError."""
    if said := objections(repository):
        raise StoreRefused(" ".join(said))
    with log.attempt(actor, Action.REPOSITORY_DELETE, repository, hub=repository.hub.name):
        client_for(repository.hub).repositories.delete(repository.remote_id)
    if not mirror(repository.hub):
        Repository.objects.filter(pk=repository.pk).update(gone_at=timezone.now())


def mirror(connection: HubConnection) -> bool:
    """Reads the hub's list after a change; False where it does not answer, as hubs do for a while whose list
    waits for a dead share. Sync asks again."""
    try:
        refresh_mirror(connection)
    except HubError:
        return False
    return True


def refresh_mirror(connection: HubConnection) -> None:
    """The rows as the hub tells them now, and open pages hear of it. Raises HubError."""
    for event in refresh_repositories(connection, client_for(connection)):
        publish_now(event)
