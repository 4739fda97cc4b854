"""The bytes of parcels, and beside each what its manifest needs: plain files in PARCEL_DIR."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from backups.models import Backup
from restore.evidence.file_lists import FileList, saved
from restore.models import Parcel
from restore.refusals import Refused
from restore.releases import NotReleased, must_still_hold
from restore.spool.store import DISK_RESERVE


def check_room(growing: int) -> None:
    """Raises Refused when parcels take more of the disk than they may."""
    held = Parcel.objects.filter(state=Parcel.State.READY).aggregate(Sum("size"))["size__sum"] or 0
    free = shutil.disk_usage(settings.PARCEL_DIR).free
    if held + growing > settings.SPOOL_MAX_BYTES or free < DISK_RESERVE:
        raise Refused(_("The portal has no room for an archive of this size. Ask your provider for it."))


def path_of(parcel: Parcel) -> Path:
    """Where its file lies."""
    return Path(settings.PARCEL_DIR) / str(parcel.pk)


def contents_of(parcel: Parcel) -> Path:
    """Where it stands what is in it."""
    return Path(settings.PARCEL_DIR) / f"{parcel.pk}.files"


def released(parcel: Parcel) -> FileList:
    """What is in it, if all of that may still leave. Raises NotReleased."""
    files = saved(contents_of(parcel))
    must_be_of_one(parcel)
    must_still_hold(parcel.tenant, (file.name for file in files))
    return files


def must_be_of_one(parcel: Parcel) -> None:
    """Raises NotReleased once a machine in it belongs to another customer."""
    points = Backup.objects.filter(pk__in={item["backup"] for item in parcel.items})
    if set(points.values_list("tenant", flat=True)) - {parcel.tenant_id}:
        raise NotReleased(_("A machine in it belongs to another customer now."))


def remove(parcel: Parcel) -> None:
    """Its bytes; the row stays."""
    path_of(parcel).unlink(missing_ok=True)
    contents_of(parcel).unlink(missing_ok=True)
