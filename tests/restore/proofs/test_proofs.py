"""Files of random points are really read; what does not come as it should is told, and people come first."""

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.utils import timezone

from backups.models import Backup
from restore import gates, spare
from restore.models import Download, Mount, MountSlots, MountTurn, NameVersion, RestoreProof
from restore.mounts import MountService
from restore.proofs import reading, runner
from restore.proofs.runner import State, prove_all
from restore.room import READERS_LOST_AFTER as LOST_AFTER
from restore.spare import close_lost
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.conftest import Cast
from tests.restore.catalogue.conftest import point_of, walked
from tests.restore.conftest import actor_of, somebody_waits
from tests.restore.small_hub import Link, SmallHub

pytestmark = pytest.mark.django_db
HOSTNAME, BIG = "/partition-1/etc/hostname", "/partition-1/big.bin"


def last() -> RestoreProof:
    return RestoreProof.objects.latest("asked_at")


def asked(backup: Backup) -> RestoreProof:
    return RestoreProof.objects.create(tenant=backup.tenant, vm=backup.vm, asked_by_name="somebody")


def test_files_are_read_and_their_sums_kept(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    assert prove_all(connection) == 1
    proof = last()
    assert (proof.state, proof.backup, proof.good_count, proof.file_count) == (State.PASSED, backup, 2, 2)
    sums = {one["path"]: one["sha256"] for one in proof.readings}
    assert sums == {
        HOSTNAME: hashlib.sha256(b"web01\n").hexdigest(),
        BIG: hashlib.sha256(bytes(range(256)) * 12_000).hexdigest(),
    }
    assert NameVersion.objects.get(name__name="big.bin").sha256 == sums[BIG]
    assert not small_hub.mounts, "given back"
    assert not any("host/" in path or "away" in path for path in small_hub.paths_of("download"))
    entry = AuditEntry.objects.get(action="restore.prove")
    assert (entry.outcome, entry.tenant, entry.parameters["good"]) == (Outcome.OK, backup.tenant, 2)


def test_once_a_night_and_machine(backup: Backup, connection: HubConnection) -> None:
    assert prove_all(connection) == 1
    assert prove_all(connection) == 0
    RestoreProof.objects.update(
        asked_at=timezone.now() - timedelta(days=1), touched_at=timezone.now() - LOST_AFTER * 30
    )
    assert prove_all(connection) == 1


def test_by_day_and_where_it_is_switched_off_only_on_request(
    backup: Backup, connection: HubConnection
) -> None:
    Tenant.objects.update(proofs_off=True)
    assert prove_all(connection) == 0
    asked(backup)
    assert prove_all(connection) == 1
    assert last().state == State.PASSED


def shorter(hub: SmallHub) -> None:
    hub.files[HOSTNAME] = b"web"


def other(hub: SmallHub) -> None:
    hub.files[HOSTNAME] = b"EVIL!\n"


def later(hub: SmallHub) -> None:
    hub.times[HOSTNAME] = "2026-03-05T04:06:07Z"


def away(hub: SmallHub) -> None:
    del hub.files[HOSTNAME]


def linked(hub: SmallHub) -> None:
    hub.files[HOSTNAME] = Link("/host/passwd")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (shorter, "another size"),
        (later, "another time"),
        (other, "not what came out of this restore point before"),
        (away, "no such file"),
        (linked, "a link is on the way"),
    ],
)
def test_what_does_not_come_as_it_should_fails_with_its_words(
    backup: Backup,
    connection: HubConnection,
    small_hub: SmallHub,
    change: Callable[[SmallHub], None],
    said: str,
) -> None:
    Download.objects.create(
        tenant=backup.tenant, backup=backup, disk_index=0, path=HOSTNAME, kind=Download.Kind.FILE,
        state=Download.State.COMPLETED, sha256=hashlib.sha256(b"web01\n").hexdigest(),
    )  # fmt: skip
    change(small_hub)
    prove_all(connection)
    proof = last()
    assert (proof.state, proof.good_count, proof.file_count, proof.score) == (State.FAILED, 1, 2, 50)
    (wrong,) = proof.wrong
    assert wrong["path"] == HOSTNAME
    assert said in wrong["wrong"]
    assert AuditEntry.objects.get(action="restore.prove").outcome == Outcome.FAILED
    if change is linked:
        assert HOSTNAME not in small_hub.paths_of("download")


def test_other_content_in_another_point_is_noted_and_no_failure(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    prove_all(connection)
    small_hub.files[HOSTNAME] = b"EVIL!\n"
    newer = point_of(backup.vm, 1)
    walked(connection, newer)
    Backup.objects.filter(pk=backup.pk).update(bin_until=timezone.now())
    asked(newer)
    prove_all(connection)
    proof = last()
    assert (proof.backup, proof.state) == (newer, State.PASSED)
    assert [one["path"] for one in proof.readings if one["note"]] == [HOSTNAME]


def test_a_cut_file_is_read_once_more(backup: Backup, connection: HubConnection, small_hub: SmallHub) -> None:
    small_hub.wrong.cuts = 1
    prove_all(connection)
    assert last().state == State.PASSED


def test_a_point_that_can_t_be_opened_has_failed(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    small_hub.wrong.mount_error = "mount operation failed: no mountable partitions found"
    prove_all(connection)
    assert last().state == State.FAILED
    assert last().said


def test_a_hub_out_of_reach_is_no_failure_of_the_backup(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    asked(backup)
    small_hub.wrong.mount_error = "maximum concurrent mounts reached (8)"
    assert prove_all(connection) == 0
    assert last().state == State.WAITING
    assert not AuditEntry.objects.filter(action="restore.prove").exists()


def test_without_a_walked_point_there_is_nothing_to_read(backup: Backup, connection: HubConnection) -> None:
    Backup.objects.update(bin_until=timezone.now())
    asked(backup)
    prove_all(connection)
    assert last().state == State.NOTHING


def interrupting(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens while the first chunk of the big file is on its way."""
    real = reading.Reader.look_around
    done: list[bool] = []

    def looks(reader: Any) -> None:
        if not done and reader.mount.is_open and gates.transfers[reader.mount.remote_id]:
            done.append(True)
            happens()
        reader.looked_at = 0.0
        real(reader)

    monkeypatch.setattr(reading.Reader, "look_around", looks)


def test_a_person_who_waits_gets_the_room_and_the_proof_comes_later(
    backup: Backup,
    connection: HubConnection,
    small_hub: SmallHub,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupting(monkeypatch, lambda: somebody_waits(cast, backup))
    assert prove_all(connection) == 0
    assert last().state == State.STOPPED
    assert not small_hub.mounts
    assert prove_all(connection) == 0, "after a rest"
    MountTurn.objects.all().delete()
    RestoreProof.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    assert prove_all(connection) == 1


def test_a_mount_is_left_before_it_is_closed(
    backup: Backup, connection: HubConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub whose mount is closed under a transfer tells nobody, and may keep its device."""
    running: list[int] = []
    closers: list[Thread] = []

    def closes() -> None:
        (remote_id,) = Mount.objects.filter(state=Mount.State.OPEN).values_list("remote_id", flat=True)
        asking = Event()

        def close() -> None:
            asking.set()
            with gates.asking_back(remote_id, 5.0):
                running.append(gates.transfers[remote_id])

        closers.append(Thread(target=close))
        closers[0].start()
        asking.wait()
        while not gates.is_asked_back(remote_id):
            time.sleep(0.001)

    interrupting(monkeypatch, closes)
    prove_all(connection)
    closers[0].join()
    assert running == [0]
    assert last().state == State.STOPPED


def test_whoever_opens_the_same_disk_takes_the_mount_over(
    backup: Backup,
    connection: HubConnection,
    small_hub: SmallHub,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupting(monkeypatch, lambda: MountService(actor_of(cast)).open(backup=backup, disk_index=0))
    prove_all(connection)
    assert last().state == State.PASSED, "beside them"
    assert len(small_hub.mounts) == 1
    assert Mount.objects.get(state=Mount.State.OPEN).opened_by == cast.acme_restorer


def test_what_a_killed_process_left_is_given_back_and_done_again(
    backup: Backup, connection: HubConnection, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> None:
        raise SystemExit

    asked(backup)
    with monkeypatch.context() as patched:
        interrupting(patched, killed)
        patched.setattr(spare, "give_back", lambda mount: True)
        with pytest.raises(SystemExit):
            prove_all(connection)
    Mount.objects.update(created_at=timezone.now() - LOST_AFTER * 2)
    close_lost(connection.pk)
    assert len(small_hub.mounts) == 1, "its reader may be alive"
    assert prove_all(connection) == 0, "one at a time and hub"
    RestoreProof.objects.update(touched_at=timezone.now() - LOST_AFTER * 2)
    close_lost(connection.pk)
    assert not small_hub.mounts
    runner.settle_lost(connection)
    RestoreProof.objects.update(touched_at=timezone.now())
    assert prove_all(connection) == 1


def test_without_room_nothing_is_opened(
    backup: Backup, connection: HubConnection, room: MountSlots, small_hub: SmallHub
) -> None:
    small_hub.asked.clear()
    MountSlots.objects.update(outside=5)
    assert prove_all(connection) == 0
    assert small_hub.asked == []
