"""What can't be read is said before the hub is asked, in words, with what to do instead.

No route of the hub tells what is on a disk before it is mounted, and a mount that fails can block all others
(hub/README.md 21). So what a hub once said of a disk is kept: of the same point it is certain, of another
point of the same machine it is likely.
"""

import re
from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from backups.models import Backup
from restore.models import Folder, Mount, UnreadableDisk
from sendense_portal.hub import Code, HubError
from sendense_portal.ui.templatetags.ui import bytes_filter

WHOLE_DISK = _lazy("Ask your provider to restore the whole disk, and open it in a machine that can.")


@dataclass(frozen=True)
class Kind:
    """``mark`` is what a hub's answer has in it, ``said`` what is in the way, ``instead`` the way out."""

    mark: str
    said: str | Promise
    instead: str | Promise = WHOLE_DISK


KINDS = {
    "bitlocker": Kind(
        "bitlocker",
        _lazy("It is encrypted with BitLocker."),
        _lazy(
            "Ask your provider to restore the whole disk and unlock it with its recovery key; or suspend "
            "BitLocker in the machine and make another backup."
        ),
    ),
    "luks": Kind(
        "luks",
        _lazy("It is encrypted with LUKS."),
        _lazy("Ask your provider to restore the whole disk, and unlock it with its pass-phrase."),
    ),
    "lvm": Kind(
        "lvm",
        _lazy("It is part of an LVM volume group, whose other disks are needed to read it."),
        _lazy("Ask your provider to restore all disks of the machine together."),
    ),
    "raid": Kind(
        "raid",
        _lazy("It is a member of a software RAID."),
        _lazy("Ask your provider to restore all disks of the machine together."),
    ),
    "refs": Kind(
        "refs file system",
        _lazy("Its file system is ReFS, which only Windows reads."),
        _lazy("Ask your provider to restore the whole disk, and attach it to a Windows machine."),
    ),
    "other": Kind(
        "file system", _lazy("Its file system is one that the hub does not read, such as btrfs or exFAT.")
    ),
    "none": Kind(
        "no mountable partitions",
        _lazy(
            "The hub finds nothing on it that it can read: it may be encrypted (BitLocker, LUKS), part of an "
            "LVM volume or a RAID, ReFS, damaged, or a disk without files such as swap."
        ),
    ),
    "damaged": Kind("damaged", _lazy("Its file system is damaged.")),
}
READ_IN = ("bitlocker", "luks", "lvm", "raid", "refs", "damaged", "none", "other")
"""The narrow before the wide."""
WHERE_SAID = ("the disk holds", "no mountable partitions", "failed to mount partitions", "not_supported")
_LABEL_SIZE = re.compile(r"\(([0-9]+(?:[.,][0-9]+)?) ?([KMGTP])i?B?\)\Z")
UNITS = {unit: 1024 ** (power + 1) for power, unit in enumerate("KMGTP")}
SPARE = 1 << 30
"""Bytes beside the partitions that nobody wonders about."""


@dataclass(frozen=True)
class Finding:
    """What is known of a disk before it is opened."""

    disk_index: int
    is_certain: bool
    said: str
    instead: str


def kind_of(error: HubError) -> str:
    """Which of KINDS a hub's refusal of a mount tells of; empty for what passes."""
    text = (error.detail or "").lower()
    if error.code is not Code.NOT_MOUNTABLE and not any(words in text for words in WHERE_SAID):
        return ""
    return next((name for name in READ_IN if KINDS[name].mark in text), "none")


def remember(mount: Mount, error: HubError) -> None:
    """Keeps what a hub said of a disk, if it is of the kind that stays."""
    if kind := kind_of(error):
        UnreadableDisk.objects.update_or_create(
            backup=mount.backup,
            disk_index=mount.disk_index,
            defaults={"kind": kind, "hub_version": mount.hub.version, "found_at": timezone.now()},
        )


def finding(backup: Backup, disk_index: int) -> Finding | None:
    """What is known of a disk of a point, None when it may well open."""
    rows = UnreadableDisk.objects.filter(backup__vm=backup.vm_id, disk_index=disk_index)
    rows = rows.filter(hub_version=backup.hub.version)
    if own := rows.filter(backup=backup).first():
        return told(own, is_certain=True)
    last = rows.first()
    if last is None or has_opened_since(last, backup):
        return None
    return told(last, is_certain=False)


def has_opened_since(last: UnreadableDisk, backup: Backup) -> bool:
    """Whether the same disk of another point could be read after that."""
    mounts = Mount.objects.filter(backup__vm=backup.vm_id, disk_index=last.disk_index)
    return mounts.exclude(remote_id="").filter(created_at__gt=last.found_at).exists()


def told(row: UnreadableDisk, *, is_certain: bool) -> Finding:
    """In words."""
    kind = KINDS.get(row.kind, KINDS["none"])
    return Finding(row.disk_index, is_certain, str(kind.said), str(kind.instead))


def sentence_of(found: Finding) -> str:
    """Why it isn't asked for, and what to do instead."""
    return _("The files of this disk can’t be read. %(said)s %(instead)s") % {
        "said": found.said,
        "instead": found.instead,
    }


def unread_part(mount: Mount, root: Folder | None) -> str:
    """After a disk was opened: how much of it lies in no partition that the hub reads, as a sentence; empty
    when that is all of it or nobody knows."""
    disk = mount.backup.vm.disks.filter(index=mount.disk_index).first()
    sizes = [size_in(entry.label) for entry in root.entries.exclude(label="")] if root else []
    if disk is None or not sizes or None in sizes:
        return ""
    missing = disk.size_bytes - sum(size or 0 for size in sizes)
    if missing < max(SPARE, disk.size_bytes // 10):
        return ""
    return _("%(missing)s of this disk’s %(whole)s are in no partition that the hub can read.") % {
        "missing": bytes_filter(missing),
        "whole": bytes_filter(disk.size_bytes),
    }


def size_in(label: str) -> int | None:
    """``Partition 1 - data (1.9 GB)`` as bytes; the hub's units are binary, as lsblk's are."""
    found = _LABEL_SIZE.search(label)
    return int(float(found[1].replace(",", ".")) * UNITS[found[2]]) if found else None


def with_readable_disks(rows: QuerySet[Backup]) -> QuerySet[Backup]:
    """Without the points of which every disk was found to be unreadable."""
    found = UnreadableDisk.objects.filter(backup=OuterRef("pk")).order_by().values("backup")
    number = Coalesce(Subquery(found.annotate(number=Count("*")).values("number")), 0)
    return rows.alias(unreadable=number).filter(unreadable__lt=Greatest("vm__disk_count", 1))
