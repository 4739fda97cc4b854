"""What the page of a machine says of its files."""

from dataclasses import dataclass

from django import template
from django.db.models import Count, Q

from backups.models import BackupState
from restore.models import CatalogueDisk, CataloguePoint, RestoreProof
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine

register = template.Library()
State = CataloguePoint.State


@dataclass(frozen=True)
class MachineFiles:
    """``disks`` that are in the catalogue, each with ``complete`` and ``failed`` points of its own."""

    disks: list[CatalogueDisk]
    problem: str

    @property
    def walked(self) -> int:
        """Points of the disk that is in the catalogue most often."""
        return max((disk.complete for disk in self.disks), default=0)  # type: ignore[attr-defined]  # annotated


@dataclass(frozen=True)
class MachineProof:
    """The last proof of a machine that came to an end, and the one that is under way."""

    last: RestoreProof | None
    under_way: RestoreProof | None


@register.simple_tag
def vm_proof(vm: VirtualMachine) -> MachineProof:
    """What was proven of a machine; one query."""
    rows = RestoreProof.objects.filter(vm=vm).exclude(state=RestoreProof.State.STOPPED)
    newest = list(rows.defer("readings").order_by("-asked_at")[:2])
    ended = [proof for proof in newest if not proof.is_open]
    return MachineProof(ended[0] if ended else None, next((proof for proof in newest if proof.is_open), None))


@register.simple_tag(takes_context=True)
def vm_catalogue(context: template.Context, vm: VirtualMachine) -> MachineFiles | None:
    """How much of a machine is in the catalogue, for those who may list its files; two queries at most."""
    request: PortalRequest = context["request"]
    if not request.access.can(Action.FOLDER_LIST, vm.tenant_id):
        return None
    of_state = {
        "complete": Count("points", filter=Q(points__state=State.COMPLETE)),
        "failed": Count("points", filter=Q(points__state=State.FAILED)),
    }
    disks = list(CatalogueDisk.objects.filter(vm=vm).annotate(**of_state).order_by("disk_index"))
    problem = ""
    if any(disk.failed for disk in disks):  # type: ignore[attr-defined]
        last = CataloguePoint.objects.filter(
            disk__vm=vm, state=State.FAILED, backup__state=BackupState.COMPLETED
        ).order_by("-position")
        problem = last.values_list("cause", flat=True).first() or ""
    return MachineFiles(disks, problem)
