"""What an entry says, as a sentence; codes stand in the trail, words stand here."""

from string import Formatter

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.audit.wording import ACTIONS, Words
from sendense_portal.tenancy.roles import Action

FRAMES: dict[str, str | Promise] = {
    Outcome.STARTED: _lazy("Asked to {wish}"),
    Outcome.REFUSED: _lazy("Was not allowed to {wish}"),
    Outcome.FAILED: _lazy("Failed to {wish}"),
    Outcome.UNKNOWN: _lazy("Asked to {wish}; what came of it is not known"),
}

PAGES = {
    "backup": "backups:backup_detail",
    "virtualmachine": "vms:vm_detail",
    "repository": "backups:repository_detail",
    "credential": "vms:credential_detail",
    "tenant": "customers:customer_detail",
    "assignmentrule": "vms:rule_list",
    "hubconnection": "tenancy:hub_list",
    "serviceaccount": "tokens:account_detail",
    "flow": "protection:flow_detail",
    "approvalrequest": "approvals:approval_detail",
}
"""Where the rows behind a kind of target are shown; by URL name, so that the trail imports no domain."""

NOT_TOLD = frozenset({"reason", "hub_job"})
"""Told in a place of its own, or of no use to a reader."""


def sentence_of(entry: AuditEntry) -> SafeString:
    """The entry as a sentence, its target a link where there is a page for it."""
    words = ACTIONS.get(entry.action) or words_of_label(entry)
    if entry.outcome == Outcome.OK:
        return filled(str(words.fact), entry)
    frame = str(FRAMES.get(entry.outcome, "{wish}"))
    return filled(frame.replace("{wish}", str(words.wish)), entry)


def words_of_label(entry: AuditEntry) -> Words:
    """For actions without a sentence: the label of the roles' table, or the bare code."""
    label = Action(entry.action).label if entry.action in Action.values else entry.action
    text = f"{label.replace('{', '').replace('}', '')}: {{target}}"
    return Words(text, text)


def filled(template: str, entry: AuditEntry) -> SafeString:
    """Puts the entry's facts into the sentence; one that it lacks becomes an ellipsis."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    values = {name: entry.parameters.get(name) or "…" for name in names}
    if "target" in names:
        values["target"] = linked(entry, entry.target_name or entry.target_kind)
    elif "vm" in names:
        # "… of web01" reads better than the backup's own name, and leads to the same page.
        values["vm"] = linked(entry, str(values["vm"]))
    return format_html(template, **values) if values else format_html("{}", template)


def linked(entry: AuditEntry, name: str) -> SafeString:
    """A name as it was when the entry was written, as a link where the target has a page."""
    route = PAGES.get(entry.target_kind)
    if not route or not name:
        return format_html("{}", name)
    try:
        href = reverse(route, args=[entry.target_id] if route.endswith("_detail") else [])
    except NoReverseMatch:
        return format_html("{}", name)
    return format_html('<a href="{}">{}</a>', href, name)


def details_of(entry: AuditEntry) -> list[tuple[str, str]]:
    """The parameters that the sentence does not say already."""
    words = ACTIONS.get(entry.action)
    said = f"{words.wish}{words.fact}" if words else ""
    return [
        (name.replace("_", " "), str(value))
        for name, value in entry.parameters.items()
        if value not in ("", None) and name not in NOT_TOLD and f"{{{name}}}" not in said
    ]


def reason_of(entry: AuditEntry) -> str:
    """Why it was refused or failed, where that was recorded."""
    reason = entry.parameters.get("reason")
    return str(reason) if reason else ""
