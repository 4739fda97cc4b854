"""What templates, also those of pages below this domain, may ask about backups."""

from dataclasses import dataclass

from django import template
from django.utils.safestring import SafeString

from backups import cells, places, progress
from backups.days import Day, last_days
from backups.models import OPEN_STATES, Backup
from backups.pictures import PicturedChain, chains_of
from backups.rows import BackupRow, as_rows, values_of
from backups.tables import BackupTable
from sendense_portal.tenancy.requests import PortalRequest
from vms.models import VirtualMachine

register = template.Library()

RECENT = 6


@dataclass(frozen=True)
class ProgressFacts:
    """What the progress component shows; ``seconds_left`` None while nothing sound can be said."""

    percent: int
    phase: str
    seconds_left: int | None


@dataclass(frozen=True)
class VMBackups:
    """The backups of one VM as its panel and page show them."""

    open: Backup | None
    recent: list[Backup]
    days: list[Day]


@register.filter
def kind_label(kind: str) -> str:
    """The kind of a repository in words."""
    return places.kind_label(kind)


@register.simple_tag
def progress_of(backup: Backup | BackupRow) -> ProgressFacts:
    """Percent, phase and time left of a backup; asks the database nothing."""
    return ProgressFacts(
        progress.whole_percent(backup), progress.phase_words(backup), progress.seconds_left(backup)
    )


@register.simple_tag
def bin_badge(backup: Backup) -> SafeString | str:
    """Until when a backup is in the bin; nothing for others."""
    return cells.in_bin(backup.bin_until) if backup.bin_until and backup.gone_at is None else ""


@register.simple_tag
def hold_badge(backup: Backup) -> SafeString | str:
    """That it must not be deleted; nothing for others."""
    return cells.on_hold() if backup.held_at else ""


@register.simple_tag
def started_by(backup: Backup) -> SafeString:
    """Who started it, as in the list."""
    return cells.started_by(backup)


@register.simple_tag(takes_context=True)
def vm_backups(context: template.Context, vm: VirtualMachine) -> VMBackups:
    """The running backup, the latest ones and the last four weeks of a VM; three queries."""
    request: PortalRequest = context["request"]
    rows = Backup.objects.visible_to(request.access).filter(vm=vm, gone_at__isnull=True)
    newest = rows.select_related("repository").order_by("-created_at")
    return VMBackups(
        open=newest.filter(state__in=OPEN_STATES).first(),
        recent=list(newest[:RECENT]),
        days=last_days(rows),
    )


@register.simple_tag(takes_context=True)
def vm_chains(context: template.Context, vm: VirtualMachine) -> list[PicturedChain]:
    """The newest chains of a VM as pictures; one query."""
    request: PortalRequest = context["request"]
    return chains_of(vm, request.access)


@register.simple_tag(takes_context=True)
def backup_table(context: template.Context, vm: VirtualMachine, limit: int = 20) -> BackupTable:
    """The newest backups of a VM as the table of the backups' list, without the columns that say which VM."""
    request: PortalRequest = context["request"]
    rows = Backup.objects.visible_to(request.access).filter(vm=vm, gone_at__isnull=True)
    table = BackupTable(
        as_rows(values_of(rows.order_by("-created_at", "-pk"))[:limit]),
        exclude=("chosen", "vm", "customer"),
        orderable=False,
        order_by=(),
    )
    table.request = request
    return table
