"""Schedules: list, form with the next runs, deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from protection.models import Schedule
from protection.schedule_forms import ScheduleForm
from protection.services import ProtectionRefused, remove, save_schedule
from protection.tables import ScheduleTable
from protection.times import next_times
from protection.views.frames import choose_customer, customer_of, followers_of, hidden_columns, tabs
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

PREVIEWED = 5


@require(Action.PROTECTION_VIEW)
def schedule_list(request: PortalRequest) -> HttpResponse:
    """All schedules one may see."""
    rows = Schedule.objects.visible_to(request.access).select_related("tenant")
    table = ScheduleTable(rows, exclude=hidden_columns(request))
    RequestConfig(request).configure(table)
    return page(
        request, "protection/schedule_list.html", {"tabs": tabs("schedule_list", request), "table": table}
    )


@require(Action.PROTECTION_EDIT)
def schedule_create(request: PortalRequest) -> HttpResponse:
    """A new one, in the person's own time zone unless they choose another."""
    tenant = customer_of(request)
    if tenant is None:
        return choose_customer(request)
    return edited(request, Schedule(tenant=tenant, zone=request.user.time_zone))


@require(Action.PROTECTION_EDIT, on=Schedule)
def schedule_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Flows that follow it are planned anew."""
    return edited(request, request.target)


def edited(request: PortalRequest, schedule: Schedule) -> HttpResponse:
    """GET with the form's fields, and POST with ``preview``, show the next runs; other POSTs save."""
    is_new, posted = schedule._state.adding, request.method == "POST"
    typed = "preview" in request.POST if posted else "kind" in request.GET
    data = request.POST if posted else request.GET if typed else None
    form = ScheduleForm(data, instance=schedule)
    if posted and not typed and form.is_valid():
        save_schedule(Actor.of(request), form.save(commit=False))
        messages.success(request, _("The schedule was saved."))
        return redirect("protection:schedule_list")
    if typed:
        form.is_valid()
        # Somebody who is still typing has forgotten nothing yet.
        form.errors.pop("name", None)
    followers = [] if is_new else followers_of(schedule)
    context = {"form": form, "schedule": schedule, "is_new": is_new, "followers": followers}
    context |= preview(form, schedule)
    return page(request, "protection/schedule_edit.html", context, part="preview")


def preview(form: ScheduleForm, schedule: Schedule) -> dict[str, Any]:
    """The next runs of what the form says, or of what is saved; why there are none says the form."""
    if form.is_bound:
        if set(form.errors) - {"name"}:
            return {"runs": [], "problems": [text for texts in form.errors.values() for text in texts]}
        cron, zone = form.cleaned_data["cron"], form.cleaned_data["zone"]
    else:
        cron, zone = schedule.cron or "0 22 * * *", schedule.zone
    return {"runs": next_times(cron, zone, timezone.now(), PREVIEWED), "problems": []}


@require(Action.PROTECTION_EDIT, on=Schedule)
def schedule_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """Only one that no flow uses."""
    return deleted(request, request.target, "protection:schedule_list")


def deleted(request: PortalRequest, row: Any, back: str) -> HttpResponse:
    """GET asks, POST deletes or says (409) why not."""
    problem = ""
    if request.method == "POST":
        try:
            remove(Actor.of(request), row)
        except ProtectionRefused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, _("%(name)s was deleted.") % {"name": row.name})
            return redirect(back)
    context = {"row": row, "back": back, "problem": problem}
    return page(request, "protection/row_delete.html", context, status=409 if problem else 200)
