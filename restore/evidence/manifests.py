"""What a manifest says, and its making when a download has ended well."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction

from backups.chains import chain_of
from backups.models import Backup
from restore.evidence.file_lists import TakenFile
from restore.evidence.signing import sign
from restore.evidence.standalone.verify_manifest import canonical
from restore.models import Download, Manifest, ManifestPart, MountUse
from sendense_portal.tenancy.access import Access

FORMAT = "sendense-manifest-2"
"""In the first the list of files was a part of what is signed; now its sum is."""
ALGORITHM = "Ed25519"
LINES = 2_000
"""Files in a part, some 300 KB."""


@transaction.atomic
def issue(download: Download, files: Iterable[TakenFile], note: str = "") -> Manifest:
    """Signs what was taken; ``note`` names the member that the portal itself added to an archive."""
    made = Manifest.objects.update_or_create(download=download, defaults={"text": "", "sha256": ""})[0]
    count, sha256 = list_files(made, files)
    manifest = facts_of(download) | {"note": note, "files_count": count, "files_sha256": sha256}
    signature, public_key = sign(canonical(manifest))
    envelope = {
        "manifest": manifest, "algorithm": ALGORITHM, "signature": signature, "public_key": public_key
    }  # fmt: skip
    made.text = json.dumps(envelope, indent=1, ensure_ascii=True) + "\n"
    digest = hashlib.sha256()
    for piece in made.pieces():
        digest.update(piece)
    made.sha256 = digest.hexdigest()
    made.save()
    return made


def list_files(manifest: Manifest, files: Iterable[TakenFile]) -> tuple[int, str]:
    """Writes the list down in parts; how many there are, and the sum of their lines."""
    manifest.parts.all().delete()
    count, number, digest = 0, 0, hashlib.sha256()
    lines = (file.line for file in files)
    while part := list(islice(lines, LINES)):
        digest.update(b"".join(part))
        text = ",\n".join(line.decode("ascii").rstrip() for line in part)
        ManifestPart.objects.create(manifest=manifest, number=number, text=text)
        count, number = count + len(part), number + 1
    return count, digest.hexdigest()


def facts_of(download: Download) -> dict[str, Any]:
    """Who took what, from where, when; names as they were then."""
    backup, parcel = download.backup, download.parcel
    return {
        "format": FORMAT,
        "portal_version": portal_version(),
        "download": str(download.pk),
        "kind": str(download.kind),
        "path": download.path,
        "disk": download.disk_index,
        "partition": partition_of(download.path),
        "size": download.size,
        "sha256": download.sha256,
        "person": download.person_name,
        "customer": download.tenant.name if download.tenant else None,
        "vm": backup.vm.name,
        "backup": str(backup.pk),
        "backup_at_hub": backup.remote_id,
        "taken_at": exact(backup.created_at),
        "chain": chain_below(download, backup),
        "items": items_of(download),
        "points": points_of(download),
        "reason": reason_of(download),
        "approved_by": (parcel and parcel.approved_by_name) or None,
        "started_at": exact(download.started_at),
        "ended_at": exact(download.ended_at),
    }


def items_of(download: Download) -> list[dict[str, Any]]:
    """For a basket: what was chosen."""
    return [item | {"partition": partition_of(item["path"])} for item in download.items]


def points_of(download: Download) -> list[dict[str, Any]]:
    """Every point that something came out of, each with what it builds on."""
    keys = {item["backup"] for item in download.items} or {str(download.backup_id)}
    backups = Backup.objects.filter(pk__in=keys).select_related("vm").order_by("created_at", "pk")
    return [
        {
            "vm": backup.vm.name,
            "backup": str(backup.pk),
            "backup_at_hub": backup.remote_id,
            "taken_at": exact(backup.created_at),
            "chain": chain_below(download, backup),
        }
        for backup in backups
    ]


def partition_of(path: str) -> int | None:
    """The number of the partition that a path leads into; None above all, and at hubs that open only one."""
    found = re.match(r"/partition-([0-9]{1,3})(?:/|\Z)", path)
    return int(found[1]) if found else None


def exact(moment: datetime | None) -> str | None:
    """A time in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def chain_below(download: Download, backup: Backup) -> list[dict[str, str | None]]:
    """The points that a backup's bytes came out of: the full one first, the one that was opened last."""
    # Whoever fetches what somebody handed over has no rights of their own.
    person = download.person or (download.parcel and download.parcel.person)
    points = chain_of(backup, Access.of(person)).points if person else [backup]
    return [
        {"backup": str(point.pk), "type": str(point.type), "taken_at": exact(point.created_at)}
        for point in points
        if point.created_at <= backup.created_at
    ]


def reason_of(download: Download) -> str:
    """What the person typed before looking into a customer's files; customers themselves say nothing."""
    if download.parcel:
        return download.parcel.reason
    uses = MountUse.objects.filter(person=download.person_id).exclude(reason="")
    if download.items:
        uses = uses.filter(mount__backup__in={item["backup"] for item in download.items})
    else:
        uses = uses.filter(mount=download.mount_id)
    return uses.order_by("-last_used_at").values_list("reason", flat=True).first() or ""


@cache
def portal_version() -> str:
    """The project's own version."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
