"""What a manifest says, and its making when a download has ended well."""

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings

from backups.chains import chain_of
from restore.evidence.signing import sign
from restore.evidence.standalone.verify_manifest import canonical
from restore.models import Download, Manifest, MountUse
from sendense_portal.tenancy.access import Access

FORMAT = "sendense-manifest-1"
ALGORITHM = "Ed25519"


@dataclass(frozen=True)
class TakenFile:
    """One file as it left: its name within the download, its bytes, their sum."""

    name: str
    size: int
    sha256: str


def issue(download: Download, files: Sequence[TakenFile], note: str = "") -> Manifest:
    """Signs what was taken; ``note`` names the member that the portal itself added to a zip."""
    manifest = facts_of(download) | {
        "note": note,
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files],
    }
    signature, public_key = sign(canonical(manifest))
    envelope = {
        "manifest": manifest, "algorithm": ALGORITHM, "signature": signature, "public_key": public_key
    }  # fmt: skip
    text = json.dumps(envelope, indent=1, ensure_ascii=True) + "\n"
    made = {"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return Manifest.objects.update_or_create(download=download, defaults=made)[0]


def facts_of(download: Download) -> dict[str, Any]:
    """Who took what, from where, when; names as they were then."""
    backup = download.backup
    return {
        "format": FORMAT,
        "portal_version": portal_version(),
        "download": str(download.pk),
        "kind": str(download.kind),
        "path": download.path,
        "disk": download.disk_index,
        "size": download.size,
        "sha256": download.sha256,
        "person": download.person_name,
        "customer": download.tenant.name if download.tenant else None,
        "vm": backup.vm.name,
        "backup": str(backup.pk),
        "backup_at_hub": backup.remote_id,
        "taken_at": exact(backup.created_at),
        "chain": chain_below(download),
        "reason": reason_of(download),
        "started_at": exact(download.started_at),
        "ended_at": exact(download.ended_at),
    }


def exact(moment: datetime | None) -> str | None:
    """A time in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def chain_below(download: Download) -> list[dict[str, str | None]]:
    """The points that the bytes came out of: the full one first, the one that was opened last."""
    backup, person = download.backup, download.person
    points = chain_of(backup, Access.of(person)).points if person else [backup]
    return [
        {"backup": str(point.pk), "type": str(point.type), "taken_at": exact(point.created_at)}
        for point in points
        if point.created_at <= backup.created_at
    ]


def reason_of(download: Download) -> str:
    """What the person typed before looking into a customer's files; customers themselves say nothing."""
    uses = MountUse.objects.filter(mount=download.mount_id, person=download.person_id)
    return uses.values_list("reason", flat=True).first() or ""


@cache
def portal_version() -> str:
    """The project's own version."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
