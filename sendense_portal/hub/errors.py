"""What can go wrong with a hub, as one family of exceptions with short stable codes.

`sentence` is written by us and may be shown to a customer. `detail` is what the hub said: it may hold paths,
addresses and database errors, so it belongs in the provider's log only and is never part of `str()` or
`repr()`.
"""

# the names say what happened; HubError is the family's name

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Backup


class Code(StrEnum):
    """Why a call failed: stable, for branching and the audit trail; grouped by exception."""

    # HubUnavailable: nothing was changed at the hub
    UNREACHABLE = "unreachable"  # no connection could be made
    TIMEOUT = "timeout"  # connected, but no (whole) answer in time
    NO_ANSWER = "no_answer"  # the hub closed the connection without a byte
    CIRCUIT_OPEN = "circuit_open"  # not asked: the hub failed a moment ago
    GATEWAY = "gateway"  # a proxy before the hub answered 502, 503 or 504
    # HubLoginFailed
    LOGIN_NEEDED = "login_needed"  # the hub wants a login and this connection has no token
    LOGIN_REFUSED = "login_refused"  # the hub does not know the token
    # HubNotFound
    BACKUP_MISSING = "backup_missing"
    VM_MISSING = "vm_missing"
    REPOSITORY_MISSING = "repository_missing"
    MOUNT_GONE = "mount_gone"
    PATH_MISSING = "path_missing"
    ROUTE_MISSING = "route_missing"  # plain "404 page not found": another dialect, or not a hub
    NOT_FOUND = "not_found"
    # HubRejected: the same call will be refused again
    FULL_NEEDED = "full_needed"  # an incremental without any earlier full
    CHAIN_MISSING = "chain_missing"  # the hub has lost, or never wrote, the chain (contract, surprise 16)
    NOT_RESTORABLE_YET = "not_restorable_yet"  # this disk has not completed: finishing, or never
    NOT_MOUNTABLE = "not_mountable"  # no file system that the hub can mount
    NOT_A_FILE = "not_a_file"  # a folder, device, pipe or socket where a file was asked for
    SAME_SECOND = "same_second"  # two starts of one VM within one second
    NO_CREDENTIAL = "no_credential"
    VCENTER_LOGIN = "vcenter_login"  # the vCenter does not let this user in
    CREDENTIAL_KEPT = "credential_kept"  # not deleted, without a reason: the last active one never is
    NO_DISKS = "no_disks"
    NAME_TOO_LONG = "name_too_long"
    START_UNSUPPORTED = "start_unsupported"  # this older hub can start nothing (contract, dialects)
    REPOSITORY_IN_USE = "repository_in_use"
    REPOSITORY_UNUSABLE = "repository_unusable"  # the hub cannot make the folder or write there
    NAME_TAKEN = "name_taken"
    UNSAFE_PATH = "unsafe_path"  # refused here, before any call
    UNSAFE_ID = "unsafe_id"  # refused here, before any call
    REJECTED = "rejected"
    # HubBusy: may work later
    MOUNTS_FULL = "mounts_full"
    MOUNTS_POISONED = "mounts_poisoned"  # a failed mount blocks all (surprise 21): tell the provider
    MOUNT_NOT_READY = "mount_not_ready"
    BUSY = "busy"
    # HubProtocolError
    BAD_ANSWER = "bad_answer"  # not JSON, a missing field, a wrong type, a size below zero
    WRONG_ANSWER = "wrong_answer"  # well-formed, but about another object than asked for
    TOO_LARGE = "too_large"
    CUT_SHORT = "cut_short"
    REDIRECTED = "redirected"
    NOT_A_HUB = "not_a_hub"
    # HubFailed
    CAPTURE_FAILED = "capture_failed"  # the capture appliance refused or did not answer
    MOUNT_FAILED = "mount_failed"
    PARTLY_STARTED = "partly_started"  # some disks of a VM started, a later one did not
    FAILED = "failed"


class HubError(Exception):
    """Any failure of a call to a hub.

    `code` says which, `sentence` says it to a person, `status` is the HTTP status if there was one,
    `detail` is the hub's raw text (log only). `started` is what a start had already begun, if anything.
    """

    started: Backup | None = None

    def __init__(self, code: Code, sentence: str, *, status: int | None = None, detail: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.sentence} ({self.code})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code.value!r}, status={self.status!r})"


class HubUnavailable(HubError):
    """The hub could not be asked, or gave a read no answer. Nothing was changed."""


class HubOutcomeUnknown(HubError):
    """A write was sent and its answer never came or cannot be read. It may have happened: look before
    trying again.
    """


class HubLoginFailed(HubError):
    """The hub wants a login that this connection cannot give."""


class HubNotFound(HubError):
    """What the call is about is not there (any more)."""


class HubRejected(HubError):
    """The hub, or this client before asking, refuses the call; asking again will not help."""


class HubBusy(HubError):
    """No room just now, above all for another mount."""


class HubProtocolError(HubError):
    """The hub answered something that is not in its contract."""


class HubCutShort(HubProtocolError):
    """An answer ended before its announced end; what came so far must not pass for the whole."""


class HubFailed(HubError):
    """The hub tried and failed, or answered 500 with a text that means nothing to us."""


class HubPartlyStarted(HubFailed):
    """Older dialect: some disks of a VM are being backed up (`started`), the start of a later one failed
    (`__cause__`).
    """

    def __init__(self, started: Backup, cause: HubError) -> None:
        sentence = f"Only {started.disks_count} of the VM's disks could be started. {cause.sentence}"
        super().__init__(Code.PARTLY_STARTED, sentence, status=cause.status, detail=cause.detail)
        self.started = started
