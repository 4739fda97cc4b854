"""Mounts, folders and file bytes out of backups.

The hub follows links and `..` out of the guest (hub contract, surprise 23). Here each path is cleaned or
refused before a call; whether a component is a link is for the caller to ask with `file_info`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from . import wire
from .door import Door, segment
from .downloads import Download
from .errors import Code, HubNotFound, HubProtocolError
from .jobs import mount_record, wrong_answer
from .paths import clean_path
from .records import FileEntry, Mount, MountSlots
from .speeches import Speeches
from .times import true_time

_ROOT = "/api/v1/restore"


class Restore:
    """`hub.restore`"""

    def __init__(self, door: Door, speeches: Speeches) -> None:
        self._door = door
        self._speeches = speeches

    def mount(self, *, backup_id: str, disk_index: int, disk_job_id: str | None = None) -> Mount:
        """Mount one disk of a backup; a disk already mounted gives the same mount. `disk_job_id` where the
        hub needs it.

        `HubRejected` not_restorable_yet, not_mountable; `HubBusy` mounts_full, mounts_poisoned. One at a
        time, please.
        """
        return self._speeches.call(lambda speech: speech.mount(backup_id, disk_index, disk_job_id))

    def mounts(self) -> list[Mount]:
        """All mounts of the hub, of everybody; see `Mount` for what is missing in them."""
        answer = self._door.read(f"{_ROOT}/mounts", wire.Mounts)
        return [mount_record(mount) for mount in answer.mounts or ()]

    def unmount(self, mount_id: str) -> bool:
        """End a mount. False if it had ended already (today's dialect; the older says yes to any id)."""
        try:
            answer = self._door.write("DELETE", f"{_ROOT}/{segment(mount_id)}", wire.Unmounted)
        except HubNotFound as error:
            if error.code is not Code.MOUNT_GONE:
                raise
            return False
        if answer.mount_id != mount_id:
            raise wrong_answer("mount")
        return True

    def resources(self) -> MountSlots:
        """How many mounts there are and may be."""
        answer = self._door.read(f"{_ROOT}/resources", wire.Slots)
        return MountSlots(
            active=answer.active_mounts, maximum=answer.max_mounts, available=answer.available_slots
        )

    def files(
        self, mount_id: str, path: str, arrived: Callable[[int], None] = lambda size: None
    ) -> list[FileEntry]:
        """A folder's entries, in the hub's order; takes as long as the hub needs, and `arrived` hears the
        bytes so far. `UnsafePath` before any call; `HubNotFound` mount_gone, path_missing.
        """
        path = clean_path(path)
        answer = self._door.read_patiently(
            f"{_ROOT}/{segment(mount_id)}/files",
            wire.Files,
            {"path": path},
            self._door.listing_limit,
            arrived,
        )
        if answer.mount_id not in ("", mount_id) or (answer.path or "/") != path:
            raise wrong_answer("folder")
        parent = path.rstrip("/") + "/"
        for file in answer.files or ():
            # At the root of today's dialect stand partitions, whose name is not the end of their path.
            if not file.path.startswith(parent) or (path != "/" and file.path != parent + file.name):
                raise wrong_answer("folder")
            if file.name in ("", ".", "..") or "/" in file.path[len(parent) :]:
                raise HubProtocolError(Code.BAD_ANSWER, "The hub's answer has an impossible name in “files”.")
        return [_entry(file) for file in answer.files or ()]

    def file_info(self, mount_id: str, path: str) -> FileEntry:
        """One entry, links not followed at its last component. `HubNotFound` for a dangling link too."""
        path = clean_path(path)
        file = self._door.read(f"{_ROOT}/{segment(mount_id)}/file-info", wire.File, {"path": path})
        if file.path != path:
            raise wrong_answer("file")
        return _entry(file)

    def open(self, mount_id: str, path: str) -> Download:
        """The bytes of a file, from its beginning (the hub has no ranges). Close it, or use it as a context
        manager.
        """
        path = clean_path(path)
        response = self._door.open(f"{_ROOT}/{segment(mount_id)}/download", {"path": path})
        return Download(response, path.rpartition("/")[2])


def _entry(file: wire.File) -> FileEntry:
    # A link to a folder has the type "file" in the listing; a folder that is a link is never walked into.
    kind: Literal["file", "directory", "symlink"] = "directory" if file.type == "directory" else "file"
    if file.is_symlink or file.symlink_target:
        kind = "symlink"
    return FileEntry(
        name=file.name,
        path=file.path,
        kind=kind,
        size=file.size,
        mode=file.mode,
        modified_at=true_time(file.modified_time, "modified_time"),
        symlink_target=file.symlink_target,
    )
