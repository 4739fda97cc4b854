"""The bytes of files at the hub: into the spool, or, for small ones, into memory."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from restore.gates import transferring
from restore.models import Mount
from restore.mounts import MountService
from restore.spool import SpoolReader, spool
from sendense_portal.hub import Code, Download, Hub, HubCutShort, HubProtocolError
from sendense_portal.tenancy.hubs import client_for

SMALL = 1 << 20
"""Bytes up to which a file may pass through memory."""


class FileService:
    """Reads the files of one mount. Paths have passed the guard; sizes are those of the listing."""

    def __init__(self, mounts: MountService, mount: Mount) -> None:
        self.mounts = mounts
        self.mount = mount

    def open(self, path: str, size: int, lost: str = "") -> SpoolReader:
        """A reader of a file of at least one byte, which may be on its way already.

        ``lost`` is the id of a mount that the hub no longer knows. Raises SpoolFull, MountClosed, HubError;
        reading raises what the transfer meets.
        """
        self.mount = self.mounts.usable(self.mount, lost)
        hub, remote_id = client_for(self.mount.hub), self.mount.remote_id
        return spool().open(spool_key(self.mount, path), size, lambda: transfer(hub, remote_id, path))

    def small(self, path: str, size: int) -> bytes:
        """A whole file of at most SMALL bytes; a cut one is asked for once more."""
        try:
            return self.mounts.call(self.mount, lambda hub, remote_id: whole(hub, remote_id, path, size))
        except HubCutShort:
            return self.mounts.call(self.mount, lambda hub, remote_id: whole(hub, remote_id, path, size))


@contextmanager
def transfer(hub: Hub, remote_id: str, path: str) -> Iterator[Download]:
    """A file's bytes from the hub; its mount is not renewed meanwhile."""
    with transferring(remote_id), hub.restore.open(remote_id, path) as download:
        yield download


def whole(hub: Hub, remote_id: str, path: str, size: int) -> bytes:
    """All bytes of a file, as many as were listed. Raises HubError."""
    parts: list[bytes] = []
    arrived = 0
    with transfer(hub, remote_id, path) as download:
        while arrived <= size and (data := download.read(SMALL)):
            parts.append(data)
            arrived += len(data)
    if arrived != size:
        raise HubProtocolError(Code.WRONG_ANSWER, "The hub sends another size than it listed for this file.")
    return b"".join(parts)


def spool_key(mount: Mount, path: str) -> str:
    """Names a file for ever: points never change. Also the heart of its ETag."""
    place = "\0".join([str(mount.hub_id), mount.backup.remote_id or "", str(mount.disk_index), path])
    return hashlib.sha256(place.encode()).hexdigest()
