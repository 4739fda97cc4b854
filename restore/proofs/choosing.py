"""Which machine is due for a proof, which of its points is opened, and which files are read."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from backups.models import Backup, restorable
from restore.catalogue.timeline import held
from restore.models import CatalogueName, CataloguePoint, Download, NameVersion, RestoreProof
from restore.models.catalogue import Kind
from restore.names import can_be_said
from restore.proofs.nights import nights
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine

FILES = 20
MOST_OF_A_FILE = 64 << 20
MOST_OF_ALL = 256 << 20
"""Bytes that are read at most: of one file, and of all of a proof."""
KNOWN_SHARE = 4
"""One of so many files is one whose sum is known already, so that there is something to compare."""
REST = timedelta(minutes=30)
"""After a proof that was broken off."""
TRIES = 100
FEW = 2000
STRETCH = 50

State = RestoreProof.State


@dataclass(frozen=True)
class Chosen:
    """A file to read. ``known`` is the sum that it had when last read out of this very point."""

    path: str
    size: int
    version: int
    known: str = ""
    sum_elsewhere: str = ""
    """That of the same version in another point."""
    modified_at: datetime | None = None
    """When it was changed, as the catalogue has it; None where that is not known."""


def walked_points(vms: QuerySet[VirtualMachine] | VirtualMachine) -> QuerySet[CataloguePoint]:
    """Disks of restorable points that are in the catalogue."""
    rows = CataloguePoint.objects.filter(state=CataloguePoint.State.COMPLETE)
    of_vm = {"disk__vm": vms} if isinstance(vms, VirtualMachine) else {"disk__vm__in": vms}
    return rows.filter(restorable("backup__"), **of_vm)


def due_machine(hub: HubConnection, now: datetime) -> VirtualMachine | None:
    """The machine of a hub whose last proof is oldest, of those that had none this night."""
    of_vm = RestoreProof.objects.filter(vm=OuterRef("pk"))
    for began, tenants in nights(now).items():
        theirs = Q(tenant__in=[tenant for tenant in tenants if tenant])
        if None in tenants:
            theirs |= Q(tenant__isnull=True)
        done = of_vm.filter(asked_at__gte=began).exclude(state=State.STOPPED)
        resting = of_vm.filter(touched_at__gt=now - REST)
        rows = VirtualMachine.objects.filter(theirs, ~Exists(done), ~Exists(resting), hub=hub)
        in_catalogue = CataloguePoint.objects.filter(disk__vm=OuterRef("pk"), state="complete")
        rows = rows.filter(Exists(in_catalogue)).annotate(last=Max("proofs__asked_at"))
        for vm in rows.order_by("last", "pk")[:STRETCH]:
            if walked_points(vm).exists():
                return vm
    return None


def random_point(vm: VirtualMachine) -> CataloguePoint | None:
    """Any disk of any point that is in the catalogue."""
    keys = list(walked_points(vm).values_list("pk", flat=True))
    rows = CataloguePoint.objects.select_related("disk", "backup__vm", "backup__hub", "backup__tenant")
    return rows.filter(pk=random.choice(keys)).first() if keys else None  # noqa: S311  # no secret


def random_files(point: CataloguePoint) -> list[Chosen]:
    """Files of a point, some of them with a sum to compare with; together within the bounds."""
    known = sums_of(point.backup, point.disk.disk_index)
    chosen: dict[int, Chosen] = {}
    room = MOST_OF_ALL
    for version in [*known_files(point, known), *files_anywhere(point)]:
        path = version.name.path
        if len(chosen) == FILES:
            break
        if version.pk in chosen or version.size > room or not can_be_said(path):
            continue
        room -= version.size
        chosen[version.pk] = Chosen(
            path, version.size, version.pk, known.get(path, ""), version.sha256, version.modified_at
        )
    return list(chosen.values())


def files_of(point: CataloguePoint) -> QuerySet[NameVersion]:
    """The files of a point that are not too large to be read."""
    rows = held(point).filter(name__disk=point.disk_id, kind=Kind.FILE)
    return rows.filter(size__range=(1, MOST_OF_A_FILE)).select_related("name__folder")


def known_files(point: CataloguePoint, known: dict[str, str]) -> list[NameVersion]:
    """A few of those whose sums are known."""
    paths = random.sample(sorted(known), min(len(known), FILES // KNOWN_SHARE))
    found: list[NameVersion] = []
    for path in paths:
        folder, _slash, name = path.rpartition("/")
        found += files_of(point).filter(name__name=name, name__folder__path=folder or "/")[:1]
    return found


def files_anywhere(point: CataloguePoint) -> list[NameVersion]:
    """Files from random places: sorting millions of names by chance would cost minutes."""
    if point.name_count <= FEW:
        few = list(files_of(point))
        return random.sample(few, len(few))
    names = CatalogueName.objects.filter(disk=point.disk_id)
    first = names.order_by("pk").values_list("pk", flat=True).first() or 0
    last = names.order_by("-pk").values_list("pk", flat=True).first() or 0
    found: dict[int, NameVersion] = {}
    for _try in range(TRIES):
        begin = random.randint(first, last)  # noqa: S311  # no secret
        stretch = names.filter(pk__gte=begin).order_by("pk").values_list("pk", flat=True)[:STRETCH]
        here = list(files_of(point).filter(name__in=list(stretch)))
        found |= {version.pk: version for version in random.sample(here, min(len(here), 2))}
        if len(found) >= FILES * 2:
            break
    return list(found.values())


def sums_of(backup: Backup, disk_index: int) -> dict[str, str]:
    """Sums of files as they once came out of this very disk: in downloads, and in earlier proofs."""
    same = {"backup": backup, "disk_index": disk_index}
    taken = Download.objects.filter(
        **same, kind=Download.Kind.FILE, state=Download.State.COMPLETED, sha256__gt=""
    )
    sums = dict(taken.order_by("started_at").values_list("path", "sha256"))
    earlier = RestoreProof.objects.filter(**same).exclude(readings=[]).order_by("asked_at")
    for readings in earlier.values_list("readings", flat=True)[:100]:
        sums |= {reading["path"]: reading["sha256"] for reading in readings if not reading["wrong"]}
    return sums


def is_provable(vm: VirtualMachine) -> bool:
    """Whether any of its points is in the catalogue."""
    return walked_points(vm).exists()


def asked_before(hub: HubConnection) -> QuerySet[RestoreProof]:
    """What people asked for and was not begun yet, the oldest first."""
    rows = RestoreProof.objects.filter(vm__hub=hub, state=State.WAITING, touched_at__lte=timezone.now())
    return rows.select_related("vm__tenant", "asked_by").order_by("asked_at")
