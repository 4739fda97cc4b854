"""A hub whose mounts are all taken: idle ones are given back, and who has to wait is told their place."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backups.models import Backup
from restore import giving_back, notices
from restore.archives import Archive
from restore.formats import WRITERS
from restore.mirror import refresh_mounts
from restore.models import Download, Mount, MountSlots, MountTurn, MountUse, RestoreProof
from restore.mounts import MountService
from restore.room import FORGOTTEN_AFTER, IDLE_AFTER, IDLE_FOR_ALL, resting
from restore.selections import Item, Selection
from restore.spare import is_still_ours
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.hub import HubBusy
from sendense_portal.live.events import Event
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


def test_what_another_process_reads_for_the_portal_is_left_before_it_is_closed(
    cast: Cast, connection: HubConnection, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = point_of(connection, cast.acme, "a")
    mount = opened(cast, point)
    Mount.objects.update(is_spare=True)
    proof = RestoreProof.objects.create(
        tenant=cast.acme, vm=point.vm, backup=point, disk_index=0, state=RestoreProof.State.RUNNING
    )
    looks: list[bool] = []

    def other_process(seconds: float) -> None:
        looks.append(is_still_ours(Mount.objects.get()))
        assert small_hub.mounts, "not closed under whoever reads"
        if len(looks) == 2:
            RestoreProof.objects.filter(pk=proof.pk).update(state=RestoreProof.State.STOPPED)

    monkeypatch.setattr(giving_back, "sleep", other_process)
    mount.refresh_from_db()
    MountService(Actor(cast.acme_admin, "admin")).close(mount)
    assert looks == [False, False], "whoever reads sees that it is asked back"
    assert not small_hub.mounts
    assert Mount.objects.get().asked_back_at is None


def test_what_is_packed_is_not_idle_for_another_process(
    cast: Cast, connection: HubConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = opened(cast, point_of(connection, cast.acme, "a"))
    service = MountService(Actor(cast.acme_admin, "admin"))
    item = Item(mount.backup, 0, "/partition-1", is_file=False)
    archive = Archive(WRITERS["zip"](), Selection([item]).tops(service), "files")
    left_alone(mount, IDLE_AFTER * 2)
    assert resting(connection.pk, timezone.now() - IDLE_AFTER)
    parts = archive.parts()
    next(parts)
    assert not resting(connection.pk, timezone.now() - IDLE_AFTER)
    parts.close()


def test_an_hour_more_unless_others_wait_or_bytes_leave(
    cast: Cast, connection: HubConnection, as_person: AsPerson, small_hub: SmallHub
) -> None:
    mount = opened(cast, point_of(connection, cast.acme, "a"))
    admin = as_person(cast.acme_admin)
    files = reverse("restore:folder_list", args=[mount.pk])
    extend = reverse("restore:mount_extend", args=[mount.pk])
    for page in (files, reverse("restore:mount_list")):
        assert f'action="{extend}"' in admin.get(page).content.decode()
    before = mount.remote_id
    answer = admin.post(extend, {"next": files}, follow=True)
    assert answer.redirect_chain == [(files, 302)]
    assert "It stays open for another hour" in answer.content.decode()
    mount.refresh_from_db()
    assert mount.remote_id != before
    assert list(small_hub.mounts) == [mount.remote_id], "the old one was given back"
    download = Download.objects.create(
        tenant=cast.acme, backup=mount.backup, mount=mount, disk_index=0, path="/x", kind="file"
    )
    assert "A download from it is running" in admin.post(extend, follow=True).content.decode()
    download.delete()
    theirs = point_of(connection, cast.borealis, "b")
    MountTurn.objects.create(
        person=cast.borealis_admin,
        backup=theirs,
        hub=connection,
        tenant=cast.borealis,
        seen_at=timezone.now(),
    )
    assert "Others wait for a place" in admin.post(extend, follow=True).content.decode()
    assert list(small_hub.mounts) == [mount.remote_id]
    assert admin.post(extend, {"next": "https://elsewhere.test/"})["Location"] == reverse(
        "restore:mount_list"
    )


def test_whoever_holds_more_than_their_share_gives_way_also_while_they_use_it(
    cast: Cast, connection: HubConnection, small_hub: SmallHub
) -> None:
    small_hub.wrong.most_mounts = 4
    MountSlots.objects.create(hub=connection, maximum=4)
    theirs = [opened(cast, point_of(connection, cast.acme, name)) for name in "abcd"]
    now = timezone.now()
    for age, mount in enumerate(theirs):
        MountUse.objects.filter(mount=mount).update(last_used_at=now - timedelta(seconds=30 - age))
        Mount.objects.filter(pk=mount.pk).update(created_at=now - timedelta(seconds=40))
    Download.objects.create(
        tenant=cast.acme, backup=theirs[0].backup, mount=theirs[0], disk_index=0, path="/x", kind="file"
    )
    for name in "xy":
        opened(cast, point_of(connection, cast.borealis, name))
    states = {mount.backup.vm.name: mount.state for mount in Mount.objects.select_related("backup__vm")}
    assert states == {
        "a": State.OPEN,
        "b": State.EXPIRED,
        "c": State.EXPIRED,
        "d": State.OPEN,
        "x": State.OPEN,
        "y": State.OPEN,
    }, "what bytes come out of stays, then the one left alone longest goes; each has two of four"
    entry = AuditEntry.objects.filter(action="mount.close", outcome=Outcome.OK).latest("pk")
    assert "more than their share" in entry.parameters["why"]
    with pytest.raises(HubBusy):
        opened(cast, point_of(connection, cast.borealis, "z"))
    with pytest.raises(HubBusy):
        opened(cast, point_of(connection, cast.acme, "e"))


def test_nobody_overtakes_who_waits_by_a_basket_or_by_going_on(
    cast: Cast, connection: HubConnection, as_person: AsPerson, small_hub: SmallHub
) -> None:
    mine = opened(cast, point_of(connection, cast.acme, "a"))
    admin = as_person(cast.acme_admin)
    files = reverse("restore:folder_list", args=[mine.pk])
    assert admin.get(f"{files}?path=/partition-1").status_code == 200
    theirs = point_of(connection, cast.borealis, "b")
    turn = {"person": cast.borealis_admin, "tenant": cast.borealis, "seen_at": timezone.now()}
    MountTurn.objects.create(**turn, backup=theirs, hub=connection)
    with pytest.raises(HubBusy, match="Others wait"):
        opened(cast, point_of(connection, cast.acme, "c"))
    Mount.objects.filter(pk=mine.pk).update(
        state=State.EXPIRED, expires_at=timezone.now() - timedelta(minutes=1)
    )
    assert admin.get(f"{files}?path=/partition-1").status_code == 200, "what was seen is seen"
    asked = len(small_hub.asked)
    answer = admin.get(f"{files}?path=/partition-1/etc")
    assert answer.status_code == 409
    assert "you get one in turn" in answer.content.decode()
    assert len(small_hub.asked) == asked
    opened(cast, theirs)
    assert not MountTurn.objects.exists(), "who was served waits no longer"
    assert admin.get(f"{files}?path=/partition-1/etc").status_code == 200


@pytest.fixture
def in_use(cast: Cast, connection: HubConnection) -> Mount:
    """A point that the customer's administrator has open."""
    return opened(cast, point_of(connection, cast.acme, "a"))


def test_the_provider_says_why_and_its_people_get_a_few_minutes(
    cast: Cast, as_person: AsPerson, in_use: Mount, small_hub: SmallHub
) -> None:
    staff, admin = as_person(cast.provider_operator), as_person(cast.acme_admin)
    close = reverse("restore:mount_close", args=[in_use.pk])
    html = staff.get(close).content.decode()
    assert "In 5 minutes; they are told now" in html
    assert str(cast.acme_admin) in html
    assert "This field is required" in staff.post(close, {"when": "notice"}).content.decode()
    assert "In 5 minutes" not in admin.get(close).content.decode(), "its own people just close it"
    staff.post(close, {"when": "notice", "reason": "A restore that cannot wait"})
    in_use.refresh_from_db()
    assert in_use.is_open
    files = admin.get(reverse("restore:folder_list", args=[in_use.pk])).content.decode()
    for html in (files, admin.get(reverse("restore:mount_notice", args=[in_use.pk])).content.decode()):
        assert "Your provider needs its place and closes it in" in html
        assert "A restore that cannot wait" in html
    assert "closes in" in admin.get(reverse("restore:mount_list")).content.decode()
    entry = AuditEntry.objects.get(action="mount.notice")
    assert (entry.tenant, entry.actor, entry.parameters["reason"]) == (
        cast.acme, cast.provider_operator, "A restore that cannot wait",
    )  # fmt: skip
    notices.tend()
    assert small_hub.mounts, "its time has not come"
    Mount.objects.update(closes_at=timezone.now())
    notices.tend()
    assert not small_hub.mounts
    after = admin.get(reverse("restore:mount_notice", args=[in_use.pk])).content.decode()
    assert "It is not open now" in after
    assert "A restore that cannot wait" in after
    assert ask(admin, in_use.backup).startswith("/restore/mounts/"), "and it can be opened again"


def test_at_once_is_a_choice_of_its_own_with_its_reason_on_record(
    cast: Cast, as_person: AsPerson, in_use: Mount, small_hub: SmallHub
) -> None:
    close = reverse("restore:mount_close", args=[in_use.pk])
    as_person(cast.provider_operator).post(close, {"when": "now", "reason": "The hub is going down"})
    assert not small_hub.mounts
    entry = AuditEntry.objects.filter(action="mount.close", outcome=Outcome.OK).get()
    assert (entry.tenant, entry.parameters["reason"]) == (cast.acme, "The hub is going down")


def test_notice_comes_to_open_pages(in_use: Mount, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Event] = []
    monkeypatch.setattr(notices, "publish_now", told.append)
    notices.give_notice(Actor(cast.provider_operator, "operator"), in_use, "Room")
    [event] = told
    assert (event.tenant_id, event.signals) == (cast.acme.pk, ("mounts",))
    assert event.toast is not None
    assert "closed in 5 minutes by your provider" in event.toast.title
