"""A hub whose mounts are all taken: idle ones are given back, and who has to wait is told their place."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backups.models import Backup
from restore.mirror import refresh_mounts
from restore.models import Download, Mount, MountTurn, MountUse
from restore.mounts import MountService
from restore.room import IDLE_AFTER, IDLE_FOR_ALL
from restore.turns import FORGOTTEN_AFTER
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.hub import HubBusy
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm
from tests.restore.small_hub import SmallHub

State = Mount.State


@pytest.fixture(autouse=True)
def two_mounts(small_hub: SmallHub) -> None:
    small_hub.wrong.most_mounts = 2


def point_of(connection: HubConnection, tenant: Tenant | None, name: str) -> Backup:
    return make_backup(make_vm(name, tenant, hub=connection))


def opened(cast: Cast, point: Backup) -> Mount:
    admin = cast.acme_admin if point.tenant == cast.acme else cast.borealis_admin
    return MountService(Actor(admin, str(admin))).open(backup=point, disk_index=0)


def left_alone(mount: Mount, since: timedelta) -> None:
    """As if nobody had looked into it since."""
    at = timezone.now() - since
    Mount.objects.filter(pk=mount.pk).update(created_at=at)
    MountUse.objects.filter(mount=mount).update(last_used_at=at)


def ask(browser: Client, point: Backup) -> str:
    """Somebody presses *Open* in the dialog; what the dialog then says, or where it leads."""
    answer = browser.post(
        reverse("restore:mount_open"), {"backup": point.pk, "disk": 0}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return answer.headers.get("HX-Redirect") or answer.content.decode()


def test_the_one_left_alone_longest_is_given_back(cast: Cast, connection: HubConnection) -> None:
    first, second = (opened(cast, point_of(connection, cast.acme, name)) for name in ("a", "b"))
    left_alone(first, IDLE_AFTER * 2)
    left_alone(second, IDLE_AFTER * 3)
    third = opened(cast, point_of(connection, cast.acme, "c"))
    for mount in (first, second):
        mount.refresh_from_db()
    assert (first.state, second.state, third.state) == (State.OPEN, State.EXPIRED, State.OPEN)
    entry = AuditEntry.objects.get(action="mount.close", outcome=Outcome.OK)
    assert (entry.actor_name, entry.target_id) == ("portal", str(second.pk))


def test_whoever_goes_on_with_it_gets_it_anew(cast: Cast, connection: HubConnection) -> None:
    mount = opened(cast, point_of(connection, cast.acme, "a"))
    opened(cast, point_of(connection, cast.acme, "b"))
    left_alone(mount, IDLE_AFTER * 2)
    third = opened(cast, point_of(connection, cast.acme, "c"))
    left_alone(third, IDLE_AFTER * 2)
    service = MountService(Actor(cast.acme_admin, "x"))
    assert service.usable(mount).is_open
    third.refresh_from_db()
    assert third.state == State.EXPIRED


def test_what_is_in_use_is_never_taken_away(cast: Cast, connection: HubConnection) -> None:
    first, second = (opened(cast, point_of(connection, cast.acme, name)) for name in ("a", "b"))
    left_alone(second, IDLE_FOR_ALL * 2)
    Download.objects.create(
        tenant=cast.acme, backup=second.backup, mount=second, disk_index=0, path="/a", kind="file"
    )
    with pytest.raises(HubBusy):
        opened(cast, point_of(connection, cast.acme, "c"))
    for mount in (first, second):
        mount.refresh_from_db()
        assert mount.is_open


def test_a_customer_pushes_others_out_only_up_to_its_share(cast: Cast, connection: HubConnection) -> None:
    of_acme = opened(cast, point_of(connection, cast.acme, "a"))
    of_borealis = opened(cast, point_of(connection, cast.borealis, "b"))
    left_alone(of_borealis, IDLE_AFTER * 2)
    # Acme holds one already, and with the row of its new one two: Borealis keeps its only one.
    with pytest.raises(HubBusy):
        opened(cast, point_of(connection, cast.acme, "c"))
    left_alone(of_borealis, IDLE_FOR_ALL * 2)
    assert opened(cast, point_of(connection, cast.acme, "d")).is_open
    of_acme.refresh_from_db()
    assert of_acme.is_open


def test_who_has_to_wait_is_told_their_place_and_goes_on_by_itself(
    cast: Cast, connection: HubConnection, as_person: AsPerson
) -> None:
    mounts = [opened(cast, point_of(connection, cast.acme, name)) for name in ("a", "b")]
    refresh_hub(connection)
    wanted = point_of(connection, cast.acme, "c")
    browser = as_person(cast.acme_operator)
    said = ask(browser, wanted)
    assert "You are number 1 of 1 waiting" in said
    assert "every 5s" in said
    assert AuditEntry.objects.filter(target_id=str(wanted.pk), outcome=Outcome.FAILED).count() == 0
    left_alone(mounts[0], IDLE_AFTER * 2)
    assert ask(browser, wanted).startswith("/restore/mounts/")
    assert MountTurn.objects.count() == 0


def test_the_customer_that_holds_least_comes_first(
    cast: Cast, connection: HubConnection, as_person: AsPerson
) -> None:
    mounts = [opened(cast, point_of(connection, cast.acme, name)) for name in ("a", "b")]
    refresh_hub(connection)
    early, late = point_of(connection, cast.acme, "c"), point_of(connection, cast.borealis, "d")
    acme, borealis = as_person(cast.acme_operator), as_person(cast.borealis_admin)
    assert "number 1 of 1" in ask(acme, early)
    assert "number 1 of 2" in ask(borealis, late)
    assert "number 2 of 2" in ask(acme, early)
    left_alone(mounts[0], IDLE_AFTER * 2)
    assert "number 2 of 2" in ask(acme, early), "not its turn, although one could be given back"
    assert ask(borealis, late).startswith("/restore/mounts/")


def test_a_page_that_was_closed_gives_its_turn_up(
    cast: Cast, connection: HubConnection, as_person: AsPerson
) -> None:
    for name in ("a", "b"):
        opened(cast, point_of(connection, cast.acme, name))
    refresh_hub(connection)
    ask(as_person(cast.borealis_admin), point_of(connection, cast.borealis, "d"))
    MountTurn.objects.update(seen_at=F("seen_at") - FORGOTTEN_AFTER)
    assert "number 1 of 1" in ask(as_person(cast.acme_operator), point_of(connection, cast.acme, "c"))


def test_a_place_is_said_also_when_others_than_the_portal_took_the_last(
    cast: Cast, connection: HubConnection, as_person: AsPerson, small_hub: SmallHub
) -> None:
    for number in range(2):
        small_hub.mount(f"outside-{number}", 0)
    said = ask(as_person(cast.acme_operator), point_of(connection, cast.acme, "c"))
    assert "You are number 1 of 1 waiting" in said


def refresh_hub(connection: HubConnection) -> None:
    """A round of sync, which learns how many mounts the hub has."""
    list(refresh_mounts(connection, client_for(connection)))
