"""Repositories at hubs that surprise: no list after a dead share, no id, rows that nobody can delete."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backups.mirror.repositories import ANNOUNCED_FOR, announce, refresh_repositories
from backups.models import Repository
from backups.places import kind_label, wrong_path
from protection.models import Flow
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_repository
from tests.hub.servers import LOGGED_IN, Request, http, serving

pytestmark = pytest.mark.django_db
ADD = "/backups/repositories/add/"
MADE = '{"success":true,"repository":{"id":"repo-nfs-1","name":"Share","type":"nfs","enabled":true}}'
NONE = '{"success":true,"repositories":[]}'
SHARE = {
    "name": "Share", "kind": "nfs", "server": "nas.example.invalid", "export_path": "/srv",
    "mount_point": "/mnt/share", "do": "add",
}  # fmt: skip
COUNTED = (
    '{"error":"Failed to delete repository: repository repo-local-1: delete: cannot delete repository with 2 '
    'existing backups","success":false}'
)
Answer = tuple[int, str]


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_admin)


@pytest.fixture
def hub_saying(request: pytest.FixtureRequest) -> Callable[..., HubConnection]:
    """A hub that answers by method; None closes the connection without a byte."""

    def start(**answers: Answer | None) -> HubConnection:
        def answer(asked: Request, connection: object) -> bytes | None:
            if asked.path.endswith("/login"):
                return LOGGED_IN
            said = answers[asked.method]
            return None if said is None else http(*said)

        running = serving(answer)
        request.addfinalizer(clients.clear)
        request.addfinalizer(lambda: running.__exit__(None, None, None))
        return HubConnection.objects.create(
            name="Odd", url=running.__enter__().url, state=HubConnection.State.UP
        )

    return start


def test_a_hub_that_lists_nothing_after_a_dead_share_is_told_of(
    staff: Client, hub_saying: Callable[..., HubConnection]
) -> None:
    hub = hub_saying(POST=(201, MADE), GET=None)
    page = staff.post(ADD, {"hub": str(hub.pk), **SHARE}, follow=True)
    assert page.redirect_chain[-1][0] == "/backups/repositories/"
    html = page.content.decode()
    assert "was added, but the hub does not list it yet" in html
    share = Repository.objects.get()
    assert (share.remote_id, share.gone_at, share.is_shared) == ("repo-nfs-1", None, False)
    assert "it cannot read this share. Backups to it fail until it can" in html
    asked = AuditEntry.objects.filter(action="repository.add").order_by("sequence")
    assert list(asked.values_list("outcome", flat=True)) == ["started", "ok"], "the hub did make it"


def test_what_is_deleted_while_the_hub_lists_nothing_is_gone(
    staff: Client, hub_saying: Callable[..., HubConnection]
) -> None:
    share = make_repository("Share", hub_saying(DELETE=(200, '{"success":true}'), GET=None))
    answer = staff.post(f"/backups/repositories/{share.pk}/delete/")
    share.refresh_from_db()
    assert answer.status_code == 302 and share.gone_at
    assert staff.get(f"/backups/repositories/{share.pk}/").status_code == 404


@pytest.mark.parametrize("said", [(201, '{"success":true}'), (201, "<html>"), None])
def test_an_answer_that_says_nothing_leaves_it_open_whether_it_was_added(
    staff: Client, hub_saying: Callable[..., HubConnection], said: Answer | None
) -> None:
    hub = hub_saying(POST=said, GET=(200, NONE))
    html = staff.post(ADD, {"hub": str(hub.pk), **SHARE}).content.decode()
    assert "Look at the list before you add it again." in html and 'value="/mnt/share"' in html
    asked = AuditEntry.objects.filter(action="repository.add").order_by("sequence")
    assert list(asked.values_list("outcome", flat=True)) == ["started", "unknown"]
    assert "Share" not in staff.get("/backups/repositories/").content.decode()


def test_what_never_appeared_is_forgotten_after_a_day(hub_saying: Callable[..., HubConnection]) -> None:
    hub = hub_saying(GET=(200, NONE))
    for name, age in (("Old", ANNOUNCED_FOR + timedelta(hours=1)), ("New", timedelta(hours=1))):
        row = announce(hub, name)
        Repository.objects.filter(pk=row.pk).update(gone_at=timezone.now() - age)
    list(refresh_repositories(hub, client_for(hub)))
    assert list(Repository.objects.values_list("name", flat=True)) == ["New"]


def test_rows_of_deleted_backups_that_the_hub_still_counts_are_named(
    staff: Client, hub_saying: Callable[..., HubConnection]
) -> None:
    place = make_repository("Vault", hub_saying(DELETE=(500, COUNTED), GET=(200, NONE)))
    html = staff.post(f"/backups/repositories/{place.pk}/delete/").content.decode()
    assert "It was not deleted" in html and "counts what deleted ones leave behind" in html
    place.refresh_from_db()
    assert place.gone_at is None


def test_one_that_protection_backs_up_to_stays(cast: Cast, staff: Client) -> None:
    place = make_repository("Vault")
    Flow.objects.create(tenant=cast.acme, name="All", repository=place, owner=cast.acme_admin)
    address = f"/backups/repositories/{place.pk}/delete/"
    for html in (staff.get(address).content.decode(), staff.post(address).content.decode()):
        assert "1 protection flow backs up to it. Point that elsewhere first." in html
        assert "btn-danger" not in html
    assert not AuditEntry.objects.filter(action="repository.delete").exists(), "the hub was not asked"


@pytest.mark.parametrize(
    "path",
    ["/", "/etc/cron.d", "/backupx", "relative", "/backup/../etc", "//etc", "/backup\n/x", "/backup/\0"],
)
def test_a_hub_is_never_told_a_folder_of_its_own(path: str) -> None:
    assert wrong_path(path)


@pytest.mark.parametrize("path", ["/backup", "/backup/a b", "//backup/./vault/", "/mnt/über"])
def test_folders_under_those_of_the_setting_are_taken(path: str) -> None:
    assert wrong_path(path) == ""


def test_where_it_may_lie_is_said_and_holds_for_mount_points_too(
    staff: Client, hub_saying: Callable[..., HubConnection]
) -> None:
    form: dict[str, Any] = {"hub": str(hub_saying().pk), **SHARE, "mount_point": "/etc"}
    errors = staff.post(ADD, form).context["form"].errors
    assert "It has to lie under one of: /backup, /mnt" in errors["mount_point"][0]
    local = form | {"kind": "local", "path": str(Path("/root/x"))}
    assert set(staff.post(ADD, local).context["form"].errors) == {"path"}


@pytest.mark.parametrize(("kind", "label"), [("smb", "CIFS (SMB)"), ("nfs", "NFS"), ("s3", "S3")])
def test_kinds_are_words(kind: str, label: str) -> None:
    assert kind_label(kind) == label
