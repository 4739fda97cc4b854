"""Repositories at a real small hub: tested, added, counted, deleted; the password of a share is nowhere."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from backups.mirror.repositories import announce, refresh_repositories
from backups.models import Repository
from backups.repositories import known_to
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm
from tests.hub.servers import LOGGED_IN, Request, http, serving
from tests.localhub_process import LocalHub

pytestmark = pytest.mark.django_db
ADD = "/backups/repositories/add/"
PASSWORD = 'geheim"ün'


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    folder = tmp_path_factory.mktemp("stores")
    (folder / "vms").mkdir()
    with LocalHub(folder / "vms", folder / "state") as hub:
        yield hub


@pytest.fixture
def hub(process: LocalHub, db: None) -> Iterator[HubConnection]:
    connection = HubConnection(name="Hub", url=process.url, state=HubConnection.State.UP)
    connection.token = process.token
    connection.save()
    # The hub names repositories by the second; its own first one was made a moment ago.
    last = int(time.time())
    while int(time.time()) == last:
        time.sleep(0.05)
    yield connection
    clients.clear()


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_admin)


def local(hub: HubConnection, path: Path, **more: Any) -> dict[str, Any]:
    return {"hub": str(hub.pk), "name": "Vault", "kind": "local", "path": str(path), **more}


def share(hub: HubConnection, **more: Any) -> dict[str, Any]:
    return {
        "hub": str(hub.pk), "name": "Share", "kind": "cifs", "server": "nas.example.invalid",
        "share_name": "b", "mount_point": "/mnt/b", "username": "backup", "password_secret": PASSWORD, **more,
    }  # fmt: skip


def test_a_folder_is_tested_added_counted_and_deleted(
    cast: Cast, staff: Client, hub: HubConnection, tmp_path: Path
) -> None:
    make_vm("acme-web", cast.acme, hub=hub)
    folder = tmp_path / "new" / "vault"
    tried = staff.post(ADD, local(hub, folder, do="test"))
    assert "The hub can write there" in tried.content.decode()
    assert folder.is_dir(), "as the page says, a test makes the folder"
    assert not Repository.objects.exists()
    assert f'value="{folder}"' in tried.content.decode(), "what was typed stays"

    added = staff.post(ADD, local(hub, folder, do="add"))
    vault = Repository.objects.get(name="Vault")
    assert added["Location"] == f"/backups/repositories/{vault.pk}/"
    assert vault.total_bytes and vault.used_bytes and vault.gone_at is None and not vault.is_shared
    assert vault not in known_to(Access.of(cast.acme_admin)), (
        "for the provider only until customers are chosen"
    )

    staff.post(f"/backups/repositories/{vault.pk}/refresh/")
    assert vault.samples.count() == 1
    staff.post(f"/backups/repositories/{vault.pk}/delete/")
    vault.refresh_from_db()
    assert vault.gone_at
    said = {(entry.action, entry.outcome) for entry in AuditEntry.objects.all()}
    for action in ("repository.test", "repository.add", "repository.refresh", "repository.delete"):
        assert {(action, "started"), (action, "ok")} <= said


def test_what_the_hub_finds_wrong_is_said_and_nothing_typed_is_lost(
    staff: Client, hub: HubConnection, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    tried = staff.post(ADD, local(hub, tmp_path / "file" / "x", do="test")).content.decode()
    assert "The hub finds fault with it" in tried and "not a directory" in tried
    added = staff.post(ADD, local(hub, tmp_path / "file" / "x", do="add")).content.decode()
    assert "The hub cannot use this place" in added and str(tmp_path / "file" / "x") in added
    for path in ("relative", "/a/../b"):
        assert staff.post(ADD, local(hub, Path(path))).context["form"].errors["path"]
    assert not Repository.objects.exists()
    asked = AuditEntry.objects.filter(action="repository.add").order_by("sequence")
    assert list(asked.values_list("outcome", flat=True)) == ["started", "refused"]


def test_a_share_is_never_called_tested_and_its_password_is_nowhere(
    staff: Client, hub: HubConnection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tried = staff.post(ADD, share(hub, do="test")).content.decode()
    assert "has not tried the share" in tried
    assert staff.post(ADD, share(hub, do="add")).status_code == 302
    made = Repository.objects.get(name="Share")
    assert (made.kind, made.total_bytes) == ("cifs", None), "a share that does not answer has no capacity"
    page = staff.get(f"/backups/repositories/{made.pk}/").content.decode()
    assert "The hub does not tell its size" in page
    trail = [str(entry.parameters) for entry in AuditEntry.objects.all()]
    assert any("nas.example.invalid:b" in text for text in trail)
    stored = [str(row) for row in Repository.objects.values()]
    for text in (tried, page, caplog.text, *trail, *stored, repr(client_for(made.hub))):
        assert "geheim" not in text
    staff.post(f"/backups/repositories/{made.pk}/delete/")


def test_a_password_that_a_hub_repeats_in_a_refusal_is_cut_out(
    staff: Client, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def answer(request: Request, connection: object) -> bytes:
        if request.path.endswith("/login"):
            return LOGGED_IN
        if request.path.endswith("/test"):
            return http(200, '{"success":false,"error_details":"mount -o password=geheim\\"ün"}')
        return http(500, '{"error":"mount -o password=geheim\\"\\u00fcn failed","success":false}')

    with serving(answer) as server:
        hub = HubConnection.objects.create(name="Talker", url=server.url)
        tried = staff.post(ADD, share(hub, do="test")).content.decode()
        assert "mount -o password=•••" in tried
        assert "The hub failed to do this" in staff.post(ADD, share(hub, do="add")).content.decode()
    assert "password=•••" in caplog.text
    assert "geheim" not in caplog.text + tried


def test_fields_of_another_kind_are_neither_asked_for_nor_sent(staff: Client, hub: HubConnection) -> None:
    errors = staff.post(ADD, {"hub": str(hub.pk), "name": "N", "kind": "nfs"}).context["form"].errors
    assert set(errors) == {"server", "export_path", "mount_point"}
    form = share(hub, kind="nfs", export_path="/srv/b", do="add", name="Export")
    assert staff.post(ADD, form).status_code == 302
    assert Repository.objects.get(name="Export").kind == "nfs"
    assert staff.post(ADD, form).context["form"].errors["name"], "the name is taken"


def test_one_that_holds_backups_stays(cast: Cast, staff: Client, hub: HubConnection) -> None:
    refresh_repositories(hub, client_for(hub))
    place = Repository.objects.get(name="Local repository")
    make_backup(make_vm("acme-web", cast.acme, hub=hub), repository=place)
    address = f"/backups/repositories/{place.pk}/delete/"
    assert "It holds 1 backup" in staff.get(address).content.decode()
    assert "It holds 1 backup. Delete that first." in staff.post(address).content.decode()
    place.refresh_from_db()
    assert place.gone_at is None


def test_a_hub_that_is_down_costs_a_sentence(cast: Cast, staff: Client) -> None:
    hub = HubConnection.objects.create(name="Down", url="http://127.0.0.1:9")
    page = staff.post(ADD, local(hub, Path("/backup/vault"), do="add")).content.decode()
    assert "The hub cannot be reached" in page and 'value="/backup/vault"' in page


def test_customers_see_room_and_no_growth_and_no_other_kind_of_button(
    cast: Cast, as_person: AsPerson, hub: HubConnection
) -> None:
    refresh_repositories(hub, client_for(hub))
    make_vm("acme-web", cast.acme, hub=hub)
    place = Repository.objects.get(name="Local repository")
    html = as_person(cast.acme_admin).get(f"/backups/repositories/{place.pk}/").content.decode()
    assert "free" in html
    for word in ("Growth", "Count anew", "/delete/", "Who may use it"):
        assert word not in html
    assert as_person(cast.borealis_admin).get(f"/backups/repositories/{place.pk}/").status_code == 404


def test_sync_that_sees_a_new_one_first_gives_it_to_nobody_else(
    cast: Cast, hub: HubConnection, tmp_path: Path
) -> None:
    make_vm("acme-web", cast.acme, hub=hub)
    announced = announce(hub, "Early", kind="local", is_shared=False)
    assert announced not in known_to(Access.of(cast.provider_admin)).filter(gone_at__isnull=True)
    made = client_for(hub).repositories.add("Early", "local", {"path": str(tmp_path / "early")})
    list(refresh_repositories(hub, client_for(hub)))
    early = Repository.objects.get(name="Early")
    assert (early.pk, early.remote_id, early.gone_at) == (announced.pk, made, None)
    assert early not in known_to(Access.of(cast.acme_admin))
    client_for(hub).repositories.delete(made)
