"""Reading files out of an open disk the way a download does: through the guard, bounded, and hashed."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from restore import gates
from restore.files import transfer
from restore.folders import FolderService
from restore.models import Mount, NameVersion
from restore.mounts import MountClosed, MountService
from restore.proofs.choosing import Chosen
from restore.spare import is_still_ours
from sendense_portal.audit.log import PORTAL
from sendense_portal.hub import (
    Code,
    HubCutShort,
    HubError,
    HubLoginFailed,
    HubNotFound,
    HubUnavailable,
    UnsafePath,
)
from sendense_portal.tenancy.hubs import client_for

CHUNK = 1 << 18
LOOKED_AROUND_EVERY = 1.0


class GivenBack(Exception):
    """People need the mount, or somebody closed it."""


@dataclass(frozen=True)
class Reading:
    """What became of one file: ``wrong`` says why it does not count, ``note`` what is to be known of it."""

    path: str
    size: int
    sha256: str = ""
    wrong: str = ""
    note: str = ""

    @property
    def as_json(self) -> dict[str, Any]:
        """As the proof's row keeps it."""
        return asdict(self)


class Reader:
    """Reads files of one spare mount; ``alive`` is called about once a second and may raise GivenBack."""

    def __init__(self, mount: Mount, alive: Callable[[], None]) -> None:
        self.mount = mount
        self.alive = alive
        self.looked_at = 0.0
        self.folders = FolderService(MountService(PORTAL), mount)

    def look_around(self) -> None:
        """Raises GivenBack as soon as somebody wants the mount's place."""
        if gates.is_asked_back(self.mount.remote_id):
            raise GivenBack
        if time.monotonic() - self.looked_at > LOOKED_AROUND_EVERY:
            self.looked_at = time.monotonic()
            if not is_still_ours(self.mount):
                raise GivenBack
            self.alive()

    def read(self, file: Chosen) -> Reading:
        """One file. Raises GivenBack, and HubUnavailable where the hub itself is out of reach."""
        self.look_around()
        try:
            listed = self.folders.file(file.path)
            if listed.size != file.size:
                return Reading(file.path, file.size, wrong=_("It is listed with another size than before."))
            if file.modified_at and listed.modified_at != file.modified_at:
                return Reading(file.path, file.size, wrong=_("It is listed with another time than before."))
            sha256 = self.whole_sum(file)
        except MountClosed:
            raise GivenBack from None
        except (HubUnavailable, HubLoginFailed):
            raise
        except HubError as error:
            return self.failed(file, error)
        return compared(file, sha256)

    def failed(self, file: Chosen, error: HubError) -> Reading:
        """A file that did not come. Raises GivenBack if that is because the mount went away."""
        if isinstance(error, HubNotFound) and error.code is Code.MOUNT_GONE:
            raise GivenBack from error
        if not is_still_ours(self.mount):
            raise GivenBack from error
        if isinstance(error, UnsafePath):
            return Reading(file.path, file.size, wrong=_("It can’t be asked for: a link is on the way."))
        return Reading(file.path, file.size, wrong=error.sentence)

    def whole_sum(self, file: Chosen) -> str:
        """The sum of a file's bytes; a cut one is read once more. Raises HubError, GivenBack."""
        try:
            return self.sum_once(file)
        except HubCutShort:
            self.look_around()
            return self.sum_once(file)

    def sum_once(self, file: Chosen) -> str:
        """Reads to the end, holding one chunk. Raises HubError, GivenBack."""
        digest, arrived = hashlib.sha256(), 0
        with transfer(client_for(self.mount.hub), self.mount.remote_id, file.path) as download:
            while arrived <= file.size and (data := download.read(CHUNK)):
                digest.update(data)
                arrived += len(data)
                self.look_around()
        if arrived != file.size:
            raise HubCutShort(Code.CUT_SHORT, _("The hub sends another size than it lists."))
        return digest.hexdigest()


def compared(file: Chosen, sha256: str) -> Reading:
    """A file that came whole, against what is known of it.

    Out of the same point another content is wrong. Out of another point it is not: programs that keep a file
    open change it without its time, and a version is told by size and time alone.
    """
    if file.known and file.known != sha256:
        said = _("Its content is not what came out of this restore point before.")
        return Reading(file.path, file.size, sha256, wrong=said)
    NameVersion.objects.filter(pk=file.version).update(sha256=sha256)
    note = ""
    if not file.known and file.sum_elsewhere and file.sum_elsewhere != sha256:
        note = _("It had the same size and time in another restore point, and other content.")
    return Reading(file.path, file.size, sha256, note=note)
