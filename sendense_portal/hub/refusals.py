"""One function that reads every shape of the hub's error answers and says which exception it is.

Five shapes exist (hub contract, surprise 2) and the status codes are no classes: 500 stands for an unknown mount, a missing
file, a full mount table. So the text decides first and the status only where no text is known.
"""

# ruff: noqa: E501  # a table is read by rows

from __future__ import annotations

from typing import NamedTuple

import msgspec

from .errors import (
    Code,
    HubBusy,
    HubError,
    HubFailed,
    HubLoginFailed,
    HubNotFound,
    HubRejected,
    HubUnavailable,
)


class _Known(NamedTuple):
    text: str  # lower-case part of what the hub says
    kind: type[HubError]
    code: Code
    sentence: str


# The first that occurs wins, so the narrow ones stand above the wide ones. Texts from the transcripts and the hub's source.
_KNOWN = (
    _Known("test_connection:", HubRejected, Code.REPOSITORY_UNUSABLE,
           "The hub cannot use this place: the folder cannot be made, or not be written to."),
    _Known("duplicate entry '/dev/nbd", HubBusy, Code.MOUNTS_POISONED,
           "An earlier failed mount blocks the hub's mount table; its administrator has to clear it."),
    _Known("for key 'uk_backup_disk", HubBusy, Code.MOUNTS_POISONED,
           "An earlier failed mount of this disk blocks it; the hub's administrator has to clear it."),
    _Known("maximum concurrent mounts reached", HubBusy, Code.MOUNTS_FULL, "All mounts of the hub are in use."),
    _Known("no available nbd devices", HubBusy, Code.MOUNTS_FULL, "All mounts of the hub are in use."),
    _Known("backup chain not found", HubRejected, Code.CHAIN_MISSING,
           "The hub finds no chain of backups to continue; make a full backup instead."),
    _Known("no previous backup found", HubRejected, Code.FULL_NEEDED,
           "There is no full backup yet that an incremental could continue."),
    _Known("total_bytes must be greater than 0", HubRejected, Code.START_UNSUPPORTED,
           "This version of the hub cannot start backups for others; it needs an update."),
    _Known("disk not found", HubRejected, Code.NOT_RESTORABLE_YET, "This disk has no finished backup at this point."),
    _Known("backup not found in any repository", HubRejected, Code.NOT_RESTORABLE_YET,
           "This disk has no finished backup at this point."),
    _Known("no mountable partitions", HubRejected, Code.NOT_MOUNTABLE,
           "The hub finds no file system on this disk that it can open."),
    _Known("mount not found", HubNotFound, Code.MOUNT_GONE, "This mount has ended."),
    _Known("mount not ready: status=mounting", HubBusy, Code.MOUNT_NOT_READY, "The disk is still being mounted."),
    _Known("mount not ready", HubNotFound, Code.MOUNT_GONE, "This mount has ended."),
    _Known("path is not a regular file", HubRejected, Code.NOT_A_FILE, "This is not a regular file."),
    _Known("path is a directory", HubRejected, Code.NOT_A_FILE, "This is a folder, not a file."),
    _Known("not a directory", HubNotFound, Code.PATH_MISSING, "This is not a folder."),
    _Known("path does not exist", HubNotFound, Code.PATH_MISSING, "There is no such file or folder in this backup."),
    _Known("no such file or directory", HubNotFound, Code.PATH_MISSING,
           "There is no such file or folder in this backup."),
    _Known("mount operation failed", HubFailed, Code.MOUNT_FAILED, "The hub could not mount this disk."),
    _Known("vm not found", HubNotFound, Code.VM_MISSING, "The hub does not know this VM."),
    _Known("no disks", HubRejected, Code.NO_DISKS, "The hub knows no disks of this VM."),
    _Known("incorrect user name or password", HubRejected, Code.VCENTER_LOGIN,
           "The vCenter does not accept this user name and password."),
    _Known("failed to delete credential", HubRejected, Code.CREDENTIAL_KEPT,
           "The hub did not delete it and does not say why. It never deletes its last active one."),
    _Known("failed to create credential", HubFailed, Code.FAILED, "The hub did not keep it and does not say why."),
    _Known("failed to update credential", HubFailed, Code.FAILED, "The hub did not change it and does not say why."),
    _Known("credential", HubRejected, Code.NO_CREDENTIAL, "The hub has no access data for this VM's platform."),
    _Known("foreign key (`repository_id`)", HubNotFound, Code.REPOSITORY_MISSING,
           "The hub does not know this repository."),
    _Known("duplicate entry 'repo-", HubBusy, Code.BUSY,
           "A repository was added in the same second. Nothing was added; try again."),
    _Known("for key 'unique_name'", HubRejected, Code.NAME_TAKEN, "The hub has one of this name already."),
    _Known("duplicate entry 'backup-", HubRejected, Code.SAME_SECOND,
           "A backup of this VM was started in the same second."),
    _Known("data too long", HubRejected, Code.NAME_TOO_LONG, "The VM's name is too long for the hub."),
    _Known("sna api", HubFailed, Code.CAPTURE_FAILED, "The appliance that reads the VM refused or did not answer."),
    _Known("vma api", HubFailed, Code.CAPTURE_FAILED, "The appliance that reads the VM refused or did not answer."),
    _Known("cannot delete repository with", HubRejected, Code.REPOSITORY_IN_USE, "The hub still counts backups in it. It also counts what deleted ones leave behind; its administrator can "
           "clear that."),
    _Known("repository not found", HubNotFound, Code.REPOSITORY_MISSING, "The hub does not know this repository."),
    _Known("backup not found", HubNotFound, Code.BACKUP_MISSING, "The hub does not know this backup."),
    _Known("backup job not found", HubNotFound, Code.BACKUP_MISSING, "The hub does not know this backup."),
    _Known("404 page not found", HubNotFound, Code.ROUTE_MISSING, "The hub has no such function."),
    _Known("invalid credentials", HubLoginFailed, Code.LOGIN_REFUSED, "The hub does not accept this connection's token."),
)  # fmt: skip


class _ErrorBody(msgspec.Struct):
    error: object = None
    error_message: object = None
    message: object = None
    details: object = None


def text_of(body: bytes) -> str:
    """What the hub says in any of its shapes, as one line of raw text; at most 2000 characters."""
    try:
        said = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return body[:2000].decode("utf-8", "replace").strip()
    first = said.error or said.error_message or said.message
    return ": ".join(str(part) for part in (first, said.details) if part)[:2000]


def is_json_error(body: bytes) -> bool:
    """Whether the hub itself, and not a proxy before it, wrote this error."""
    try:
        said = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return bool(said.error or said.error_message)


def error_from(status: int, body: bytes) -> HubError:
    """The exception for an answer with an error status (400 and above)."""
    detail = text_of(body)
    said = detail.lower()
    if status == 401:
        if "invalid credentials" in said or "expired" in said:
            return HubLoginFailed(Code.LOGIN_REFUSED, "The hub does not accept this connection's token.",
                                  status=status, detail=detail)  # fmt: skip
        return HubLoginFailed(Code.LOGIN_NEEDED, "The hub wants a login.", status=status, detail=detail)
    if status in (502, 503, 504) and not is_json_error(body):
        return HubUnavailable(
            Code.GATEWAY, "The hub cannot be reached behind its proxy.", status=status, detail=detail
        )
    for known in _KNOWN:
        if known.text in said:
            return known.kind(known.code, known.sentence, status=status, detail=detail)
    if status == 403:
        return HubLoginFailed(
            Code.LOGIN_REFUSED, "The hub refuses this connection.", status=status, detail=detail
        )
    if status == 404:
        return HubNotFound(Code.NOT_FOUND, "The hub does not know this.", status=status, detail=detail)
    if status in (409, 423, 429):
        return HubBusy(Code.BUSY, "The hub cannot do this just now.", status=status, detail=detail)
    if status < 500:
        return HubRejected(Code.REJECTED, "The hub refuses this.", status=status, detail=detail)
    return HubFailed(Code.FAILED, "The hub failed to do this.", status=status, detail=detail)
