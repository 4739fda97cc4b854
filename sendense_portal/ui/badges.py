"""States and types as badges: always a sign and a word beside the colour."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sendense_portal.ui.icons import svg


@dataclass(frozen=True)
class Look:
    """``tone`` is a class of components.css; without an icon a dot is drawn (moving for what runs)."""

    tone: str
    label: str | Promise
    icon: str = ""


UNKNOWN = Look("unknown", _("Unknown"), "question-mark-circle")

STATES = {
    # backups, downloads
    "queued": Look("queued", _("Queued"), "clock"),
    "running": Look("running", _("Running")),
    "stalled": Look("stalled", _("Stalled"), "pause-circle"),
    "completed": Look("completed", _("Completed"), "check-circle"),
    "incomplete": Look("failed", _("Incomplete"), "exclamation-circle"),
    "failed": Look("failed", _("Failed"), "x-circle"),
    "cancelled": Look("queued", _("Cancelled"), "no-symbol"),
    "unknown": UNKNOWN,
    # mounts
    "opening": Look("running", _("Opening")),
    "open": Look("completed", _("Open"), "lock-open"),
    "closed": Look("queued", _("Closed"), "lock-closed"),
    "expired": Look("queued", _("Expired"), "clock"),
    # the trail
    "started": Look("running", _("Started")),
    "ok": Look("completed", _("Done"), "check-circle"),
    "refused": Look("stalled", _("Refused"), "no-symbol"),
    # parcels
    "asked": Look("queued", _("Waits for a second person"), "clock"),
    "packing": Look("running", _("Being packed")),
    "ready": Look("completed", _("Ready"), "check-circle"),
    "fetched": Look("completed", _("Fetched"), "check-circle"),
    "locked": Look("failed", _("Locked"), "lock-closed"),
    # proofs of restore
    "passed": Look("completed", _("Proven"), "shield-check"),
    "nothing": Look("unknown", _("Nothing to read"), "question-mark-circle"),
    "stopped": Look("queued", _("Broken off"), "pause-circle"),
    # approvals
    "waiting": Look("queued", _("Waiting"), "clock"),
    "approved": Look("completed", _("Approved"), "check-circle"),
    "declined": Look("failed", _("Declined"), "x-circle"),
    "void": Look("stalled", _("Void"), "no-symbol"),
    "withdrawn": Look("queued", _("Withdrawn"), "arrow-uturn-left"),
    # hubs
    "new": Look("queued", _("Not asked yet"), "clock"),
    "up": Look("completed", _("Connected"), "check-circle"),
    "down": Look("failed", _("Not reachable"), "x-circle"),
    # tokens and service accounts
    "revoked": Look("failed", _("Revoked"), "no-symbol"),
    "disabled": Look("queued", _("Switched off"), "pause-circle"),
    # customers ("closed" is a mount's too)
    "active": Look("completed", _("Active"), "check-circle"),
    "suspended": Look("stalled", _("Suspended"), "pause-circle"),
}

TYPES = {
    "full": Look("full", _("Full")),
    "incremental": Look("incremental", _("Incremental")),
}


def state(name: str, label: str = "") -> SafeString:
    """The badge of a state; a state that nobody has named yet is shown as unknown, with its own word."""
    look = STATES.get(name, UNKNOWN)
    sign = (
        svg(look.icon, "mini", "icon icon-sm")
        if look.icon
        else format_html('<span class="{}"></span>', "dot")
    )
    return format_html('<span class="badge badge-{}">{}{}</span>', look.tone, sign, label or look.label)


def kind(name: str) -> SafeString:
    """The badge of a backup's type."""
    look = TYPES.get(name, Look("unknown", name or UNKNOWN.label))
    return format_html('<span class="badge badge-{}">{}</span>', look.tone, look.label)
