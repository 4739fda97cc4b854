"""What kinds of repositories there are, in words, and where on a hub one may lie.

A hub makes each folder that it is told, as its administrator and without asking (hub/reference.md 18.1), and
mounts shares wherever it is told. So what may be named is a list of the portal's settings.
"""

from pathlib import PurePosixPath
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Kind(NamedTuple):
    """``needed`` and ``known`` are fields of the form, named as the hub names them."""

    label: Any
    needed: tuple[str, ...]
    known: tuple[str, ...] = ()


KINDS = {
    "local": Kind(gettext_lazy("Local folder"), ("path",)),
    "nfs": Kind(
        gettext_lazy("NFS"),
        ("server", "export_path", "mount_point"),
        ("nfs_version", "mount_options"),
    ),
    "cifs": Kind(
        gettext_lazy("CIFS (SMB)"),
        ("server", "share_name", "mount_point"),
        ("username", "password_secret", "domain", "mount_options"),
    ),
}


def kind_label(kind: str) -> str:
    """A kind in words; what the hub says of one that is not known here. ``smb`` is another name of CIFS."""
    known = KINDS.get("cifs" if kind == "smb" else kind)
    return str(known.label) if known else kind.upper()


def wrong_path(path: str) -> str:
    """Why a hub must not be told this folder, "" if it may."""
    if not path.startswith("/") or ".." in path.split("/") or not path.isprintable():
        return _("A whole path begins with “/” and has no “..” in it.")
    folder = PurePosixPath("/", path.lstrip("/"))
    if not any(folder.is_relative_to(root) for root in settings.REPOSITORY_PATHS):
        roots = ", ".join(settings.REPOSITORY_PATHS)
        return _("It has to lie under one of: %(roots)s. The setting REPOSITORY_PATHS names them.") % {
            "roots": roots
        }
    return ""
