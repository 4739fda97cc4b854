"""What a choice of several means, before anything happens."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.core import signing

from backups.deletions import LOOKED_SECONDS, Radius, preview
from backups.models import Backup, restorable
from vms.models import VirtualMachine

SALT = "backups.bulk"
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Deletion:
    """All that goes when several backups are deleted; ``radii`` do not overlap."""

    radii: list[Radius]
    vms_without_point: list[VirtualMachine]

    @property
    def possible(self) -> list[Radius]:
        """Those with nothing in their way."""
        return [radius for radius in self.radii if not radius.obstacles]

    @property
    def count(self) -> int:
        """How many restore points would go."""
        return sum(len(radius.points) for radius in self.possible)

    @property
    def bytes(self) -> int:
        """What they took when they were made."""
        return sum(radius.bytes for radius in self.possible)

    @property
    def needs_second_person(self) -> bool:
        """Whether any customer of theirs wants two people for it."""
        return any(radius.needs_second_person for radius in self.possible)

    @property
    def goes_to_bin(self) -> bool:
        """Whether any of them would wait in a bin."""
        return any(radius.bin_until for radius in self.possible)

    @property
    def is_final(self) -> bool:
        """Whether any of them would be gone at once."""
        return any(not radius.bin_until for radius in self.possible)

    @property
    def digest(self) -> list[str]:
        """The same for the same deletion only."""
        lost = [f"lost {vm.pk}" for vm in self.vms_without_point]
        return sorted([*(f"{radius.backup.pk} {sum_of(radius)}" for radius in self.possible), *lost])

    @property
    def token(self) -> str:
        """Signed proof of what was shown, for the form to send back."""
        return signing.dumps(hashed(self.digest), salt=SALT)

    def is_as_in(self, token: str) -> bool:
        """Whether ``token`` was made for just this, less than 15 minutes ago."""
        try:
            return bool(signing.loads(token, salt=SALT, max_age=LOOKED_SECONDS) == hashed(self.digest))
        except signing.BadSignature:
            return False


def hashed(facts: Sequence[str]) -> str:
    """Short, so that a form stays small."""
    return hashlib.sha256(json.dumps(list(facts)).encode()).hexdigest()


def sum_of(radius: Radius) -> str:
    """Of the points alone: the same while just these would go, whatever goes elsewhere meanwhile."""
    days = radius.backup.tenant.bin_days if radius.backup.tenant else 0
    return hashed([*sorted(f"{point.pk} {point.state}" for point in radius.points), str(days)])


def plan_deletion(backups: Iterable[Backup]) -> Deletion:
    """What goes with any of them, each point once: what goes with an older one needs no line of its own."""
    radii: list[Radius] = []
    covered: set[object] = set()
    for backup in sorted(backups, key=lambda backup: (backup.vm.name, backup.created_at)):
        if backup.pk in covered:
            continue
        radius = preview(backup)
        covered |= {point.pk for point in radius.points}
        radii.append(radius)
    return Deletion(radii, left_without(radii))


def left_without(radii: list[Radius]) -> list[VirtualMachine]:
    """Machines that nothing could be restored of once all of these are gone."""
    points = [point for radius in radii if not radius.obstacles for point in radius.points]
    losing = {point.vm_id: point.vm for point in points if point.is_restorable}
    others = Backup.objects.filter(restorable(), vm__in=losing).exclude(pk__in=[point.pk for point in points])
    keeping = set(others.values_list("vm", flat=True))
    return sorted((vm for key, vm in losing.items() if key not in keeping), key=lambda vm: vm.name)


def plan_retries(backups: Iterable[Backup]) -> list[Backup]:
    """Of each machine the newest of the chosen backups: it can't be backed up twice at once."""
    in_order = sorted(backups, key=lambda backup: (backup.vm.name, str(backup.vm_id), backup.created_at))
    return [list(of_vm)[-1] for _vm, of_vm in groupby(in_order, key=lambda backup: backup.vm_id)]
