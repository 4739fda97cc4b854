"""How many restore points can still be opened, for the people who want to open one."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backups.models import Backup
from restore.models import Download, Mount, MountSlots
from sendense_portal.tenancy.access import Access
from vms.models import VirtualMachine


def slots_seen_by(access: Access) -> QuerySet[MountSlots]:
    """The slots of hubs on which this person has virtual machines."""
    hubs = VirtualMachine.objects.visible_to(access).values("hub").distinct()
    return (
        MountSlots.objects.filter(hub__in=hubs, hub__enabled=True).select_related("hub").order_by("hub__name")
    )


def count_open_mounts(access: Access) -> int:
    """Restore points that are open now, for the badge in the navigation."""
    return Mount.objects.visible_to(access).filter(state=Mount.State.OPEN, is_spare=False).count()


def delete_conflict(backups: Sequence[Backup]) -> str | None:
    """A backup in use can’t be deleted: at the hub its device would stay busy for ever."""
    live = [Mount.State.OPENING, Mount.State.OPEN]
    if Mount.objects.filter(backup__in=backups, state__in=live, is_spare=False).exists():
        return _("A restore point is open for restoring files. Close it first.")
    if Download.objects.filter(backup__in=backups, state=Download.State.RUNNING).exists():
        return _("Files are being downloaded from it. Wait until that has ended.")
    return None
