"""Proofs of restore: the list, one of them, asking for one; and the points whose names could not be read."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from backups.models import Backup
from restore.models import CataloguePoint, RestoreProof
from restore.names import visible
from restore.proofs.asking import ProofRefused, ask
from restore.tables import ProofTable
from restore.views.tabs import tabs
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.access import Access, require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import has_several
from vms.models import VirtualMachine

MOST_UNREAD = 50


@require(Action.VM_VIEW)
def proof_list(request: PortalRequest) -> HttpResponse:
    """What was read out of restore points to prove that it can be, and which points can't be read."""
    rows = RestoreProof.objects.visible_to(request.access).select_related("vm", "backup", "tenant")
    if request.GET.get("state") in RestoreProof.State.values:
        rows = rows.filter(state=request.GET["state"])
    table = ProofTable(rows, exclude=() if has_several(request.access) else ("customer",))
    RequestConfig(request, paginate={"per_page": ProofTable.per_page}).configure(table)
    unread = unread_points(request.access)
    context = {
        "tabs": tabs(request, "proof_list"),
        "table": table,
        "unread": unread.select_related("backup__vm", "backup__tenant", "disk")[:MOST_UNREAD],
        "may_retry": request.access.can_somewhere(Action.MOUNT_OPEN),
    }
    return page(request, "restore/proof_list.html", context, part="table")


@require(Action.VM_VIEW, on=RestoreProof)
def proof_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """One proof; names of files only for those who may list them, and not for the provider's staff, who say
    why before they look at any."""
    proof = RestoreProof.objects.select_related("vm", "backup").get(pk=request.target.pk)
    may_see = request.access.can(Action.FOLDER_LIST, proof.tenant_id)
    readings = [
        reading | {"shown": visible(reading["path"]) if may_see and not request.access.is_staff else ""}
        for reading in sorted(proof.readings, key=lambda reading: not reading["wrong"])
    ]
    return page(request, "restore/proof_detail.html", {"proof": proof, "readings": readings}, part="live")


@require(Action.MOUNT_OPEN, on=VirtualMachine)
@require_POST
def prove(request: PortalRequest, pk: str) -> HttpResponse:
    """Has some files of a machine read as soon as there is room."""
    vm: VirtualMachine = request.target
    try:
        ask(Actor.of(request), vm)
    except ProofRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Files are read as soon as nobody needs the room; this page will say."))
    return redirect("vms:vm_detail", vm.pk)


@require(Action.MOUNT_OPEN)
@require_POST
def unread_retry(request: PortalRequest) -> HttpResponse:
    """Has the points that could not be read tried again, at the next chance."""
    points = unread_points(request.access, Action.MOUNT_OPEN)
    machines = list(VirtualMachine.objects.filter(catalogue__points__in=points).distinct())
    count = CataloguePoint.objects.filter(pk__in=list(points.values_list("pk", flat=True))).update(
        state=CataloguePoint.State.WAITING, tries=0, touched_at=timezone.now(), folder_count=0, name_count=0
    )
    for vm in machines:
        log.record(Actor.of(request), "catalogue.retry", Outcome.OK, vm)
    said = ngettext("%(count)s is tried again.", "%(count)s are tried again.", count) % {"count": count}
    messages.success(request, said)
    return redirect("restore:proof_list")


def unread_points(access: Access, action: Action = Action.VM_VIEW) -> QuerySet[CataloguePoint]:
    """Disks of restore points whose names could not be read, the newest first."""
    backups = Backup.objects.visible_to(access, action).filter(gone_at__isnull=True)
    rows = CataloguePoint.objects.filter(state=CataloguePoint.State.FAILED, backup__in=backups)
    return rows.order_by("-ended_at", "-pk")
