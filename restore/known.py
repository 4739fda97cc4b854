"""What of a restore point can be looked at while nothing of it is open: points never change."""

from django.db.models import Exists, OuterRef

from backups.models import Backup
from restore.guard import ROOT
from restore.models import Folder, Mount
from restore.reasons import has_said_why
from sendense_portal.tenancy.access import Access


def looked_at_before(access: Access, backup: Backup) -> list[Mount]:
    """For each disk whose folders are known the mount, now ended, under whose address they stand."""
    known = Folder.objects.filter(
        backup=OuterRef("backup"), disk_index=OuterRef("disk_index"), path_digest=Folder.digest(ROOT)
    )
    ended = Mount.objects.visible_to(access).filter(
        Exists(known), backup=backup, state__in=(Mount.State.CLOSED, Mount.State.EXPIRED)
    )
    open_now = Mount.objects.filter(backup=backup, state=Mount.State.OPEN).values("disk_index")
    rows = ended.exclude(disk_index__in=open_now).select_related("tenant").order_by("created_at")
    by_disk = {mount.disk_index: mount for mount in rows}
    return [mount for _index, mount in sorted(by_disk.items()) if has_said_why(access, mount)]
