"""Proofs of restore, one at a time and hub, on mounts that nobody needs."""

from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from restore import room, spare
from restore.models import CataloguePoint, Mount, RestoreProof
from restore.proofs.choosing import asked_before, due_machine, random_files, random_point
from restore.proofs.reading import GivenBack, Reader, Reading
from restore.refusals import Refused
from sendense_portal.audit import log as trail
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubBusy, HubError, HubLoginFailed, HubUnavailable
from sendense_portal.live.events import Event, publish_now
from sendense_portal.sync.beside import Beside
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine

State = RestoreProof.State
OUTCOMES = {State.PASSED: Outcome.OK, State.NOTHING: Outcome.OK, State.FAILED: Outcome.FAILED}
AGAIN_AFTER = timedelta(minutes=1)
KEPT_FOR = timedelta(days=400)

proofs = Beside("proofs")


def tend() -> None:
    """Begins proofs at each hub that has room and something to prove; ends what a killed process left."""
    RestoreProof.objects.filter(asked_at__lt=timezone.now() - KEPT_FOR).delete()
    for hub in HubConnection.objects.filter(enabled=True):
        settle_lost(hub)
        if hub.is_silent or hub.mounts_poisoned_at or not spare.is_spare_now(hub.pk):
            continue
        if not asked_before(hub).exists() and not due_machine(hub, timezone.now()):
            continue
        proofs.begin(hub.pk, partial(prove_all, hub))


def prove_all(hub: HubConnection) -> int:
    """Proof after proof while there is room; how many came to an end."""
    done = 0
    while spare.is_spare_now(hub.pk) and (proof := next_proof(hub)):
        done += prove(proof)
    return done


def settle_lost(hub: HubConnection) -> None:
    """Proofs whose process died: what people asked for is done again, the rest another time of the night."""
    lost = RestoreProof.objects.filter(
        vm__hub=hub, state=State.RUNNING, touched_at__lt=timezone.now() - room.READERS_LOST_AFTER
    )
    for proof in lost.select_related("vm__tenant"):
        later(proof, _("The portal was stopped before the end."))


def next_proof(hub: HubConnection) -> RestoreProof | None:
    """Claims what is to be proven next: what people asked for, else the machine that is due. None also while
    another process proves at this hub."""
    now = timezone.now()
    alive = RestoreProof.objects.filter(
        vm__hub=hub, state=State.RUNNING, touched_at__gt=now - room.READERS_LOST_AFTER
    )
    if alive.exists():
        return None
    if asked := asked_before(hub).first():
        claimed = RestoreProof.objects.filter(pk=asked.pk, state=State.WAITING)
        return asked if claimed.update(state=State.RUNNING, touched_at=now) else None
    vm = due_machine(hub, now)
    if vm is None:
        return None
    try:
        with transaction.atomic():
            return RestoreProof.objects.create(tenant=vm.tenant, vm=vm, state=State.RUNNING)
    except IntegrityError:
        return None


def prove(proof: RestoreProof) -> bool:
    """Opens a random point and reads files out of it; whether it came to an end."""
    point = random_point(proof.vm)
    if point is None:
        return ended(proof, State.NOTHING, _("None of its restore points is in the catalogue yet."))
    proof.backup, proof.disk_index = point.backup, point.disk.disk_index
    proof.save(update_fields=["backup", "disk_index"])
    tell(proof)
    try:
        mount = spare.open_spare(point.backup, point.disk.disk_index)
    except spare.NoRoom:
        return later(proof, _("People needed the room."))
    except Refused as refusal:
        return ended(proof, State.FAILED, str(refusal))
    except (HubUnavailable, HubLoginFailed, HubBusy) as error:
        return later(proof, error.sentence)
    except HubError as error:
        return ended(proof, State.FAILED, error.sentence)
    try:
        return prove_mount(proof, point, mount)
    except GivenBack:
        return later(proof, _("People needed the room."))
    except (HubUnavailable, HubLoginFailed) as error:
        return later(proof, error.sentence)
    finally:
        spare.give_back(mount)


def prove_mount(proof: RestoreProof, point: CataloguePoint, mount: Mount) -> bool:
    """Reads the files. Raises GivenBack, HubUnavailable, HubLoginFailed."""
    chosen = random_files(point)
    proof.file_count = len(chosen)
    alive = RestoreProof.objects.filter(pk=proof.pk, state=State.RUNNING)

    def sign_of_life() -> None:
        if not alive.update(touched_at=timezone.now()):
            raise GivenBack

    reader = Reader(mount, sign_of_life)
    readings: list[Reading] = [reader.read(file) for file in chosen]
    right = [reading for reading in readings if not reading.wrong]
    proof.readings = [reading.as_json for reading in readings]
    proof.good_count, proof.byte_count = len(right), sum(reading.size for reading in right)
    if not chosen:
        return ended(proof, State.NOTHING, _("It holds no file small enough to be read for a proof."))
    return ended(proof, State.PASSED if len(right) == len(chosen) else State.FAILED, "")


def ended(proof: RestoreProof, state: State, said: str) -> bool:
    """Writes the end down, in the trail too."""
    proof.state, proof.said = state, said[:300]
    proof.ended_at = proof.touched_at = timezone.now()
    proof.save()
    facts: dict[str, str | int] = {
        "backup": str(proof.backup or "–"), "disk": proof.disk_index, "good": proof.good_count,
        "files": proof.file_count, "bytes": proof.byte_count,
    }  # fmt: skip
    if proof.asked_by_name:
        facts["asked_by"] = proof.asked_by_name
    if said:
        facts["reason"] = said
    trail.record(trail.PORTAL, "restore.prove", OUTCOMES[state], proof.vm, **facts)
    tell(proof)
    return True


def later(proof: RestoreProof, said: str) -> bool:
    """Broken off: what a person asked for waits for its next chance, the night's own proof is begun anew."""
    state, at = State.STOPPED, timezone.now()
    if proof.asked_by_name:
        state, at = State.WAITING, at + AGAIN_AFTER
    rows = RestoreProof.objects.filter(pk=proof.pk)
    rows.update(state=state, touched_at=at, said=said[:300], ended_at=None if proof.asked_by_name else at)
    tell(proof)
    return False


def tell(proof: RestoreProof) -> None:
    """Open pages hear of it."""
    publish_now(Event("proof", str(proof.pk), proof.tenant_id, signals=("vms",)))


def follow_assignment(vm: VirtualMachine) -> None:
    """A machine changed its customer: what was proven of it follows."""
    RestoreProof.objects.filter(vm=vm).update(tenant=vm.tenant)
