"""Starting a backup: a dialog over any page, or a page of its own."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from backups.forms import BackupStartForm
from backups.models import Backup, BackupType
from backups.services import BackupService, Refused
from backups.starts import StartOptions, start_options
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.dialogs import closed_dialog
from sendense_portal.ui.pages import page
from vms.models import VirtualMachine

LONGEST_SELECT = 300
"""VMs offered by name; with more, a search field narrows them."""


@require(Action.BACKUP_START)
def backup_start(request: PortalRequest) -> HttpResponse:
    """GET shows what can be chosen for ``?vm=``; POST starts, or says at the field why not."""
    form = BackupStartForm(request.POST if request.method == "POST" else None, access=request.access)
    if request.method == "POST" and form.is_valid() and (done := started(request, form)):
        return confirmed(request, *done)
    chosen = request.POST or request.GET
    vm = form.vm_named(chosen.get("vm", ""))
    search = chosen.get("find", "").strip()
    context = {
        "form": form,
        "vms": offered(form.vms, search, vm),
        "has_many": form.vms.count() > LONGEST_SELECT,
        "search": search,
        "vm": vm,
        "options": options_of(request, vm) if vm else None,
    }
    return page(request, "backups/backup_start.html", context, part="form")


def started(request: PortalRequest, form: BackupStartForm) -> tuple[Backup, list[str]] | None:
    """Asks the service, for the backup and its warnings; None when the form has to say why nothing was
    started."""
    service = BackupService(Actor.of(request), request.access)
    try:
        backup = service.start(
            vm=form.cleaned_data["vm"],
            backup_type=BackupType(form.cleaned_data["type"]),
            repository=form.cleaned_data["repository"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
    except HubOutcomeUnknown as error:
        form.add_error(None, error.sentence)
        form.add_error(
            None,
            _("The portal goes on looking for it at the hub. Watch the list before you start it again."),
        )
    except HubError as error:
        form.add_error(None, error.sentence)
    else:
        return backup, service.warnings
    return None


def confirmed(request: PortalRequest, backup: Backup, warnings: list[str]) -> HttpResponse:
    """The dialog closes and the lists ask again; without JavaScript the backup's page opens."""
    text = _("Backup of %(vm)s started.") % {"vm": backup.vm.name}
    if request.htmx:
        href = reverse("backups:backup_detail", args=[backup.pk])
        note = " ".join([*warnings, _("Open it to watch its progress.")])
        return closed_dialog(text, note, href=href, refresh="backups")
    messages.success(request, text)
    for warning in warnings:
        messages.warning(request, warning)
    return redirect("backups:backup_detail", backup.pk)


def options_of(request: PortalRequest, vm: VirtualMachine) -> StartOptions:
    """What the dialog shows for this VM, with what the person has chosen so far."""
    chosen = request.POST or request.GET
    return start_options(
        vm,
        request.access,
        wanted_type=chosen.get("type", ""),
        wanted_repository=chosen.get("repository", ""),
    )


def offered(
    vms: QuerySet[VirtualMachine], search: str, chosen: VirtualMachine | None
) -> list[VirtualMachine]:
    """The first VMs by name, narrowed by the search, always with the chosen one."""
    rows = list((vms.filter(name__icontains=search) if search else vms).order_by("name")[:LONGEST_SELECT])
    return [chosen, *rows] if chosen and chosen not in rows else rows
