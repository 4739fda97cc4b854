"""Changing flows, schedules and groups, each with its entry in the trail."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from protection.members import left_unprotected
from protection.models import Flow, FlowRun, Schedule, VmGroup
from protection.objectives import keep
from protection.runner import begin, lost_right
from protection.times import next_time
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome


class ProtectionRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


def plan(flow: Flow) -> None:
    """Sets when it runs next, as it now stands. Raises NoSuchTime."""
    schedule = flow.schedule if flow.enabled and flow.schedule and flow.schedule.enabled else None
    flow.next_run_at = next_time(schedule.cron, schedule.zone, timezone.now()) if schedule else None


def taken_over(actor: Actor, flow: Flow) -> None:
    """Whoever changes a flow is the one on whose behalf it runs from now on."""
    flow.owner = actor.user
    flow.stopped_because = ""
    plan(flow)


@transaction.atomic
def switch(actor: Actor, flow: Flow, enabled: bool) -> str:
    """Lets it run by its schedule, or rest; switching one on takes it over."""
    if flow.enabled == enabled and not flow.stopped_because:
        raise ProtectionRefused(_("It is so already."))
    flow.enabled = enabled
    if enabled:
        taken_over(actor, flow)
    else:
        plan(flow)
    flow.save()
    log.record(actor, "flow.enable" if enabled else "flow.disable", Outcome.OK, flow)
    if enabled and flow.schedule and not flow.schedule.enabled:
        return _("It is on, but its schedule rests: switch that on too.")
    return _("It runs by its schedule.") if enabled else _("It rests until somebody switches it on.")


@transaction.atomic
def run_now(actor: Actor, flow: Flow) -> FlowRun:
    """A run by hand, in the name of who asked for it. Raises ProtectionRefused."""
    if flow.stopped_because and (reason := lost_right(flow)) and flow.owner == actor.user:
        raise ProtectionRefused(reason)
    if flow.runs.filter(items__state__in=["waiting", "doing"]).exists():
        raise ProtectionRefused(_("A run of this flow is still starting backups."))
    return begin(flow, actor)


@transaction.atomic
def delete_flow(actor: Actor, flow: Flow) -> str:
    """Its runs stay as history. Returns what is to be said."""
    lost = len(left_unprotected([flow]))
    flow.enabled, flow.next_run_at, flow.deleted_at = False, None, timezone.now()
    flow.save(update_fields=["enabled", "next_run_at", "deleted_at"])
    keep(flow.tenant_id)
    log.record(actor, "flow.delete", Outcome.OK, flow, unprotected=lost)
    return _("Deleted. Its backups stay.")


@transaction.atomic
def save_flow(actor: Actor, flow: Flow, save_members: Callable[[], None]) -> None:
    """Writes what a form has put on the flow, then its machines and groups, which are the form's to save."""
    verb = "flow.create" if flow._state.adding else "flow.edit"
    taken_over(actor, flow)
    flow.save()
    save_members()
    keep(flow.tenant_id)
    log.record(actor, verb, Outcome.OK, flow)


@transaction.atomic
def save_schedule(actor: Actor, schedule: Schedule) -> None:
    """Flows that follow it are planned anew."""
    verb = "schedule.create" if schedule._state.adding else "schedule.edit"
    schedule.save()
    plan_followers(actor, schedule, cron=schedule.cron)
    log.record(actor, verb, Outcome.OK, schedule, cron=schedule.cron, zone=schedule.zone)


@transaction.atomic
def switch_schedule(actor: Actor, schedule: Schedule, enabled: bool) -> str:
    """Lets all flows that follow it run, or rest; what is said of it. Raises ProtectionRefused."""
    if schedule.enabled == enabled:
        raise ProtectionRefused(_("It is so already."))
    schedule.enabled = enabled
    schedule.save(update_fields=["enabled"])
    count = plan_followers(actor, schedule, rests="" if enabled else "yes")
    log.record(actor, "schedule.enable" if enabled else "schedule.disable", Outcome.OK, schedule)
    said = (
        ngettext("%(count)d flow runs by it again.", "%(count)d flows run by it again.", count)
        if enabled
        else ngettext("%(count)d flow rests with it.", "%(count)d flows rest with it.", count)
    )
    return said % {"count": count}


def plan_followers(actor: Actor, schedule: Schedule, **facts: str) -> int:
    """Plans the flows of a changed schedule anew. Returns how many of them run, or would, by it."""
    flows = schedule.flows.filter(deleted_at__isnull=True).select_for_update()
    for flow in flows:
        flow.schedule = schedule
        plan(flow)
        flow.save(update_fields=["next_run_at"])
        # Its owner stays: the flow's own history has to say who moved its times.
        log.record(actor, "flow.edit", Outcome.OK, flow, schedule=schedule.name, **facts)
    return sum(flow.enabled for flow in flows)


@transaction.atomic
def save_group(actor: Actor, group: VmGroup, save_members: Callable[[], None]) -> None:
    """Flows that take it follow it; on whose behalf they run stays as it was."""
    verb = "vm_group.create" if group._state.adding else "vm_group.edit"
    group.save()
    save_members()
    for flow in group.flows.filter(deleted_at__isnull=True):
        log.record(actor, "flow.edit", Outcome.OK, flow, group=group.name)
    keep(group.tenant_id)
    log.record(actor, verb, Outcome.OK, group)


@transaction.atomic
def remove(actor: Actor, row: Schedule | VmGroup) -> None:
    """Deletes a schedule or group that no flow uses. Raises ProtectionRefused."""
    used_by = row.flows.filter(deleted_at__isnull=True)
    if names := ", ".join(flow.name for flow in used_by):
        raise ProtectionRefused(_("Flows use it: %(names)s. Change these first.") % {"names": names})
    verb = "schedule.delete" if isinstance(row, Schedule) else "vm_group.delete"
    if isinstance(row, Schedule):
        row.flows.update(schedule=None)
    log.record(actor, verb, Outcome.OK, row)
    try:
        row.delete()
    except ProtectedError:
        raise ProtectionRefused(_("Something uses it.")) from None
