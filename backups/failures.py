"""What went wrong with a backup, in plain words: cause, who has to act, what to do next.

Matched against the hub's own words, which only provider staff may read. A later issue widens the catalogue.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from backups.models import Backup
from sendense_portal.hub import Code


@dataclass(frozen=True)
class Failure:
    """A failure as a person reads it."""

    title: StrOrPromise
    cause: StrOrPromise
    who: StrOrPromise
    next_step: StrOrPromise


YOU, PROVIDER = _("You"), _("Your provider")

BY_CODE: dict[str, Failure] = {
    "start_not_found": Failure(
        _("The backup did not start"),
        _("The hub did not answer, and no such backup was found there afterwards."),
        YOU,
        _("Start it again. If it happens twice, tell your provider."),
    ),
    Code.CHAIN_MISSING: Failure(
        _("The hub can't continue this chain"),
        _("The hub did not find the earlier backup that an incremental builds on."),
        YOU,
        _("Start a full backup instead."),
    ),
    Code.UNREACHABLE: Failure(
        _("The hub could not be reached"),
        _("No connection to the hub could be made, so nothing was started."),
        PROVIDER,
        _("Try again in a few minutes; your provider sees the same state."),
    ),
}

BY_TEXT: list[tuple[str, Failure]] = [
    (
        "no telemetry",
        Failure(
            _("The copy went silent"),
            _("The hub heard nothing of the copy for five minutes and gave it up."),
            YOU,
            _("Start it again. If it happens twice, your provider has to look at the site's appliance."),
        ),
    ),
    (
        "server refused connection",
        Failure(
            _("The virtual machine's host refused the connection"),
            _("The appliance could not open the disks at the virtualisation host."),
            PROVIDER,
            _("Your provider has to check the host, its credential and the network between them."),
        ),
    ),
    (
        "no space left",
        Failure(
            _("The repository is full"),
            _("The backup could not be written because the repository has no room left."),
            PROVIDER,
            _("Delete backups that are no longer needed, or ask your provider for more room."),
        ),
    ),
]

REFUSED_TITLE = _("The hub did not start the backup")
ANYTHING_ELSE = Failure(
    _("The backup failed"),
    _("The hub gave a reason that this portal has no words for yet; it is kept for your provider."),
    PROVIDER,
    _("Start it again. If it fails once more, tell your provider the time shown here."),
)


def explain(backup: Backup) -> Failure:
    """The failure of a backup; never the hub's raw words."""
    if known := BY_CODE.get(backup.error_code):
        return known
    if backup.error_code in set(Code):
        # The start was refused before anything ran: the client's sentence is fit to be read.
        return Failure(REFUSED_TITLE, backup.error_text, PROVIDER, ANYTHING_ELSE.next_step)
    said = backup.error_text.lower()
    return next((failure for words, failure in BY_TEXT if words in said), ANYTHING_ELSE)
