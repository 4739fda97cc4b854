"""Every failure that a person can meet, in plain words: cause, who has to act, what to do next.

By the hub client's codes for what was refused when it was asked for, and by the hub's own words for what
failed while it ran (hub/reference.md). A test holds that no code is without words.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from sendense_portal.hub import Code


class Retry(StrEnum):
    """What a button may offer."""

    SAME = "same"
    """The same once more."""
    FULL = "full"
    """A full backup instead."""
    NONE = ""
    """Nothing, until somebody has changed something."""


@dataclass(frozen=True)
class Failure:
    """A failure as a person reads it. An empty ``cause`` is filled with the client's sentence."""

    title: StrOrPromise
    cause: StrOrPromise
    who: StrOrPromise
    next_step: StrOrPromise
    retry: Retry = Retry.NONE


YOU, PROVIDER, NOBODY = _("You"), _("Your provider"), _("Nobody: it passes")
NOT_STARTED, NOT_OPENED, NOT_ASKED = (
    _("The hub did not start the backup"),
    _("The restore point could not be opened"),
    _("The hub could not be asked"),
)
STRANGE = _("The hub answered something unexpected")
WAIT = _("Try again in a few minutes; your provider sees the same state.")
TELL = _("Tell your provider the time shown here; trying again changes nothing.")
AGAIN = _("Start it again. If it happens twice, tell your provider.")
FULL_INSTEAD = _("Start a full backup instead.")


def down(cause: StrOrPromise) -> Failure:
    """The hub was not reached, and nothing was begun."""
    return Failure(NOT_ASKED, cause, PROVIDER, WAIT, Retry.SAME)


def refused(cause: StrOrPromise, next_step: StrOrPromise = TELL) -> Failure:
    """The hub, or the client before it, says no to the start, and will again."""
    return Failure(NOT_STARTED, cause, PROVIDER, next_step)


def strange(cause: StrOrPromise) -> Failure:
    """An answer that no hub should give."""
    return Failure(STRANGE, cause, PROVIDER, AGAIN, Retry.SAME)


def unopened(cause: StrOrPromise, who: StrOrPromise, next_step: StrOrPromise) -> Failure:
    """A mount that was refused."""
    return Failure(NOT_OPENED, cause, who, next_step)


BY_CODE: dict[str, Failure] = {
    # Set by the portal itself.
    "start_not_found": Failure(
        _("The backup did not start"),
        _("The hub did not answer, and no such backup was found there afterwards."),
        YOU,
        AGAIN,
        Retry.SAME,
    ),
    # Not reached.
    Code.UNREACHABLE: down(_("No connection to the hub could be made, so nothing was started.")),
    Code.TIMEOUT: down(_("The hub took the question and gave no answer in time.")),
    Code.NO_ANSWER: Failure(
        NOT_STARTED,
        _("The hub closed the connection without a word: it does so when it does not know the machine."),
        PROVIDER,
        _("Your provider has to look whether the hub still knows this machine by this name."),
    ),
    Code.CIRCUIT_OPEN: down(_("The hub failed a moment ago and is left alone for some seconds.")),
    Code.GATEWAY: down(_("A proxy before the hub says that the hub does not answer.")),
    Code.LOGIN_NEEDED: refused(
        _("The hub wants a login that this portal has no key for."),
        _("Your provider has to enter the hub’s key in its connection."),
    ),
    Code.LOGIN_REFUSED: refused(
        _("The hub does not know the portal’s key any more."),
        _("Your provider has to renew the key in the hub’s connection."),
    ),
    # Not there.
    Code.VM_MISSING: refused(_("The hub does not know this machine any more.")),
    Code.REPOSITORY_MISSING: Failure(
        NOT_STARTED,
        _("The hub does not know this repository any more."),
        YOU,
        _("Choose another repository."),
        Retry.SAME,
    ),
    Code.BACKUP_MISSING: Failure(
        _("The backup is gone"),
        _("The hub no longer has it; somebody deleted it there."),
        NOBODY,
        _("The list follows within a minute."),
    ),
    Code.MOUNT_GONE: unopened(
        _("The hub closed it: after an hour it does so even while files are being read."),
        YOU,
        _("Open the restore point again."),
    ),
    Code.PATH_MISSING: unopened(
        _("There is no such file or folder in it."), YOU, _("Look in the folder above.")
    ),
    Code.ROUTE_MISSING: strange(
        _("It has no such service: it is another kind of hub than the portal found.")
    ),
    Code.NOT_FOUND: strange(_("It does not know what was asked for.")),
    # Refused.
    Code.FULL_NEEDED: Failure(
        NOT_STARTED,
        _(
            "There is no full backup yet that an incremental could continue, or it was completed "
            "only a moment ago."
        ),
        YOU,
        FULL_INSTEAD,
        Retry.FULL,
    ),
    Code.CHAIN_MISSING: Failure(
        _("The hub can't continue this chain"),
        _("The hub did not find the earlier backup that an incremental builds on."),
        YOU,
        FULL_INSTEAD,
        Retry.FULL,
    ),
    Code.SAME_SECOND: Failure(
        NOT_STARTED,
        _("Somebody started a backup of this machine in the same second."),
        YOU,
        _("Look at the other one; start again when it has ended."),
        Retry.SAME,
    ),
    Code.NO_CREDENTIAL: refused(
        _("The hub has no credential for the host of this machine."),
        _(
            "Your provider has to give the hub a credential. What the hub shows as running since then will "
            "not end by itself."
        ),
    ),
    Code.VCENTER_LOGIN: Failure(
        _("The vCenter was not asked"),
        _("It does not accept the user name and password that the hub has."),
        PROVIDER,
        _("Correct the credential, and discover again."),
    ),
    Code.CREDENTIAL_KEPT: Failure(
        _("The credential was not deleted"),
        _("The hub does not say why. It never deletes its last active one."),
        PROVIDER,
        _("Add another credential first."),
    ),
    Code.NO_DISKS: refused(
        _("The hub knows no disk of this machine."), _("Your provider has to discover the machine again.")
    ),
    Code.NAME_TOO_LONG: refused(
        _("The hub can’t work with the name of this machine: it is too long, or contains “-disk”."),
        _("The machine has to be renamed at its host, and discovered again."),
    ),
    Code.START_UNSUPPORTED: refused(
        _("This older hub can start no backups."), _("Your provider has to renew the hub.")
    ),
    Code.REPOSITORY_UNUSABLE: Failure(
        _("The repository was not added"),
        _("The hub can’t use this place: it is not there, or the hub may not write to it."),
        PROVIDER,
        _("Correct the place, or its rights at the hub, and test it again."),
        Retry.SAME,
    ),
    Code.NAME_TAKEN: Failure(
        _("The repository was not added"),
        _("The hub has another one of this name."),
        PROVIDER,
        _("Choose another name."),
    ),
    Code.REPOSITORY_IN_USE: refused(_("The repository holds backups.")),
    Code.UNSAFE_PATH: unopened(_("This path can’t be asked for."), YOU, _("Go there through its folders.")),
    Code.UNSAFE_ID: refused(_("This name can’t be asked for at the hub.")),
    Code.REJECTED: refused(""),
    Code.NOT_A_FILE: unopened(
        _("It is a folder or a special file, which has no content."), YOU, _("Choose a file.")
    ),
    Code.NOT_RESTORABLE_YET: unopened(
        _("The hub is still closing this backup, or one of its disks never completed."),
        NOBODY,
        _("Try again in two minutes. If it still can’t be opened, start a new backup."),
    ),
    Code.NOT_MOUNTABLE: unopened(
        _("The hub finds no file system on this disk that it can read."),
        YOU,
        _("Choose another disk, or another restore point."),
    ),
    # Busy.
    Code.MOUNTS_FULL: unopened(
        _("All eight places for open restore points are in use."), NOBODY, _("Wait for your turn.")
    ),
    Code.MOUNTS_POISONED: unopened(
        _("A restore point that failed to open blocks all others at this hub."),
        PROVIDER,
        _("The provider's people have been told; until then no restore point opens."),
    ),
    Code.MOUNT_NOT_READY: unopened(_("The hub is still opening it."), NOBODY, _("Try again in a moment.")),
    Code.BUSY: Failure(
        _("The hub is busy"), _("The hub has no room for this just now."), NOBODY, WAIT, Retry.SAME
    ),
    # Strange answers.
    Code.BAD_ANSWER: strange(_("Its answer could not be read.")),
    Code.WRONG_ANSWER: strange(_("Its answer was about something else.")),
    Code.TOO_LARGE: strange(_("Its answer was longer than any should be.")),
    Code.CUT_SHORT: strange(_("Its answer broke off: the hub ends each after fifteen seconds.")),
    Code.REDIRECTED: refused(
        _("The hub’s address leads to another one, which is not followed."),
        _("Your provider has to correct the address of the hub’s connection."),
    ),
    Code.NOT_A_HUB: refused(
        _("What answers at the hub’s address is no hub."),
        _("Your provider has to correct the address of the hub’s connection."),
    ),
    # Failed.
    Code.CAPTURE_FAILED: Failure(
        NOT_STARTED,
        _("The appliance at the site, which copies the disks, refused or did not answer."),
        PROVIDER,
        _("Try again in a few minutes. If it fails once more, your provider has to look at the appliance."),
        Retry.SAME,
    ),
    Code.MOUNT_FAILED: unopened(
        _("The hub could not open it."),
        PROVIDER,
        _("Choose another restore point; your provider can look why."),
    ),
    Code.PARTLY_STARTED: Failure(
        _("Only some disks are being backed up"),
        "",
        PROVIDER,
        _("Wait for those that run, then start it again."),
        Retry.SAME,
    ),
    Code.FAILED: refused("", AGAIN),
}

SILENT = Failure(
    _("The copy went silent"),
    _("The hub heard nothing of the copy for five minutes and gave it up."),
    YOU,
    _("Start it again. If it happens twice, your provider has to look at the site's appliance."),
    Retry.SAME,
)

STALLED = Failure(
    _("Nothing has been heard of this backup for a while"),
    _("The hub says that it runs, but its numbers stand still. The hub gives a silent copy up after five "
      "minutes, and one that has never said anything not at all."),
    PROVIDER,
    _("Wait five minutes. If it still stands still then, your provider has to end it at the hub, which "
      "offers the portal no way to cancel a backup."),
)  # fmt: skip

BY_TEXT: list[tuple[str, Failure]] = [
    ("no telemetry", SILENT),
    ("server refused connection", Failure(
        _("The virtual machine's host refused the connection"),
        _("The appliance could not open the disks at the virtualisation host."),
        PROVIDER,
        _("Your provider has to check the host, its credential and the network between them."),
        Retry.SAME,
    )),
    ("no space left", Failure(
        _("The repository is full"),
        _("The backup could not be written because the repository has no room left."),
        PROVIDER,
        _("Delete backups that are no longer needed, or ask your provider for more room."),
        Retry.SAME,
    )),
    ("backup chain not found", BY_CODE[Code.CHAIN_MISSING]),
    ("incorrect user name or password", Failure(
        _("The host refused the login"),
        _("The hub’s credential for the virtualisation host is no longer right."),
        PROVIDER,
        _("Your provider has to renew the credential at the hub."),
    )),
    ("snapshot", Failure(
        _("No snapshot of the machine could be made"),
        _("The virtualisation host refused the snapshot that a backup is read from."),
        PROVIDER,
        _("The host’s room for snapshots and old snapshots of the machine have to be looked at."),
        Retry.SAME,
    )),
    ("input/output error", Failure(
        _("A disk could not be read or written"),
        _("The copy met a fault of a disk: of the machine’s, or of the repository."),
        PROVIDER,
        _("Start it again. If it fails once more, both have to be checked."),
        Retry.SAME,
    )),
]  # fmt: skip

ANYTHING_ELSE = Failure(
    _("The backup failed"),
    _("The hub gave a reason that this portal has no words for yet; it is kept for your provider."),
    PROVIDER,
    _("Start it again. If it fails once more, tell your provider the time shown here."),
    Retry.SAME,
)
