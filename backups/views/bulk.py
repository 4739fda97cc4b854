"""Several machines or backups at once: the question, and the page on which the answers stay."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from backups.bulk.plans import MOST_AT_ONCE, plan_deletion, plan_retries, sum_of
from backups.bulk.runs import begin, item_of
from backups.models import Backup, BackupState, BackupType, BulkItem, BulkRun
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import condition_for, require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.ui.ticks import ticked_keys
from vms.models import VirtualMachine

Kind = BulkRun.Kind


@require(Action.BACKUP_START)
def bulk_start(request: PortalRequest) -> HttpResponse:
    """``row`` names machines; POST starts a backup of each."""
    vms = VirtualMachine.objects.visible_to(request.access, Action.BACKUP_START)
    chosen = list(
        vms.filter(pk__in=ticked_keys(request, MOST_AT_ONCE), gone_at__isnull=True).order_by("name", "pk")
    )
    wanted = BackupType.FULL.value if request.POST.get("type") == BackupType.FULL else ""
    if request.method == "POST" and chosen:
        if answer := not_yet(request, Action.BACKUP_START, chosen):
            return answer
        return begun(request, Kind.START, [item_of(vm, wanted=wanted) for vm in chosen])
    context = {"vms": chosen, "left": left_out(request, len(chosen))}
    return page(request, "backups/bulk_start.html", context)


@require(Action.BACKUP_START)
def bulk_retry(request: PortalRequest) -> HttpResponse:
    """``row`` names backups; POST starts those that failed once more."""
    named = chosen_backups(request, Action.BACKUP_START)
    failed = plan_retries(backup for backup in named if backup.state == BackupState.FAILED)
    if request.method == "POST" and failed:
        if answer := not_yet(request, Action.BACKUP_START, failed):
            return answer
        return begun(request, Kind.RETRY, [item_of(backup.vm, backup) for backup in failed])
    others = [backup for backup in named if backup not in failed]
    return page(request, "backups/bulk_retry.html", {"backups": failed, "others": others})


@require(Action.BACKUP_DELETE)
def bulk_delete(request: PortalRequest) -> HttpResponse:
    """``row`` names backups; POST deletes all that was shown, or shows (409) what has become of it."""
    deletion = plan_deletion(chosen_backups(request, Action.BACKUP_DELETE))
    has_changed = request.method == "POST" and not deletion.is_as_in(request.POST.get("token", ""))
    if request.method == "POST" and deletion.possible and not has_changed:
        if answer := not_yet(request, Action.BACKUP_DELETE, [radius.backup for radius in deletion.possible]):
            return answer
        items = [item_of(radius.backup.vm, radius.backup, sum_of(radius)) for radius in deletion.possible]
        return begun(request, Kind.DELETE, items, request.POST.get("reason", ""))
    context = {"deletion": deletion, "has_changed": has_changed, "reason": request.POST.get("reason", "")}
    return page(request, "backups/bulk_delete.html", context, status=409 if has_changed else 200)


@require(Action.BACKUP_VIEW)
def bulk_run(request: PortalRequest, pk: str) -> HttpResponse:
    """What became of each, for who asked; it stays at its address."""
    run = get_object_or_404(BulkRun.objects.visible_to(request.access), pk=pk)
    items = BulkItem.objects.visible_to(request.access).filter(run=run).select_related("vm", "backup")
    context = {
        "run": run,
        "items": items,
        "open_count": sum(item.is_open for item in items),
        "done_count": sum(item.state in (BulkItem.State.DONE, BulkItem.State.ASKED) for item in items),
        "refused_count": sum(item.state == BulkItem.State.REFUSED for item in items),
    }
    return page(request, "backups/bulk_run.html", context, part="live")


def begun(
    request: PortalRequest, kind: BulkRun.Kind, items: list[BulkItem], reason: str = ""
) -> HttpResponse:
    """To the page of what becomes of it."""
    return redirect("backups:bulk_run", begin(Actor.of(request), kind, items, reason).pk)


def not_yet(
    request: PortalRequest, action: Action, rows: Sequence[Backup | VirtualMachine]
) -> HttpResponse | None:
    """The answer of a condition that does not hold for one of their customers (a fresh second factor)."""
    for tenant_id in {row.tenant_id for row in rows}:
        if answer := condition_for(request, action, tenant_id):
            return answer
    return None


def chosen_backups(request: PortalRequest, action: Action) -> list[Backup]:
    """Those that were ticked and that this person may do it with."""
    rows = Backup.objects.visible_to(request.access, action).filter(
        pk__in=ticked_keys(request, MOST_AT_ONCE), gone_at__isnull=True
    )
    return list(rows.select_related("vm", "repository", "hub", "tenant").order_by("vm__name", "-created_at"))


def left_out(request: PortalRequest, chosen: int) -> int:
    """How many were ticked and are not theirs to start, or no longer there."""
    return len(set(ticked_keys(request, MOST_AT_ONCE))) - chosen
