"""Notes, labels and the legal hold of one restore point."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from backups.models import Backup
from backups.note_forms import HoldForm, NoteForm
from backups.notes import HOLD_LIFT, HoldRefused, hold, lift, needs_second_person, write_note
from sendense_portal.approvals.services import DecisionRefused, ask
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.BACKUP_NOTE, on=Backup)
def backup_note(request: PortalRequest, pk: str) -> HttpResponse:
    """GET shows what is written; POST replaces it."""
    backup: Backup = request.target
    if request.method == "POST":
        form = NoteForm(request.POST)
        if form.is_valid():
            write_note(Actor.of(request), backup, form.cleaned_data["note"], form.cleaned_data["labels"])
            messages.success(request, _("Written."))
            return redirect("backups:backup_detail", backup.pk)
    else:
        form = NoteForm(initial={"note": backup.note, "labels": ", ".join(backup.label_list)})
    return page(request, "backups/backup_note.html", {"backup": backup, "form": form})


@require(Action.BACKUP_HOLD, on=Backup)
def backup_hold(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what a hold means; POST sets it, or lifts the one that there is (``do``)."""
    backup: Backup = request.target
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (answer := decided(request, backup, form)):
        return answer
    context = {"backup": backup, "form": form, "needs_second_person": needs_second_person(backup)}
    return page(request, "backups/backup_hold.html", context)


def decided(request: PortalRequest, backup: Backup, form: HoldForm) -> HttpResponse | None:
    """Where it went; None when the form has to say why nothing was done."""
    actor, reason = Actor.of(request), form.cleaned_data["reason"]
    is_lifted = request.POST.get("do") == "lift"
    try:
        if is_lifted and needs_second_person(backup) and backup.tenant and backup.held_at:
            asked = ask(actor, HOLD_LIFT.name, backup.tenant, backup, reason=reason)
            messages.success(request, _("Nothing is lifted yet: a second person has to approve it."))
            return redirect("approvals:approval_detail", asked.pk)
        if is_lifted:
            lift(actor, backup, reason)
        else:
            hold(actor, backup, reason)
    except (HoldRefused, DecisionRefused) as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, _("The legal hold is lifted.") if is_lifted else _("It is under legal hold."))
    return redirect("backups:backup_detail", backup.pk)
