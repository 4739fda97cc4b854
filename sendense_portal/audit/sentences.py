"""What an entry says, as a sentence; codes stand in the trail, words stand here."""

from dataclasses import dataclass
from string import Formatter

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.tenancy.roles import Action


@dataclass(frozen=True)
class Words:
    """An action as a wish ("start a backup of …") and as a fact ("Started a backup of …")."""

    wish: str | Promise
    fact: str | Promise


ACTIONS: dict[str, Words] = {
    "backup.start": Words(_lazy("back up {vm} ({type})"), _lazy("Started a backup of {vm} ({type})")),
    "backup.delete": Words(_lazy("delete the backup {target}"), _lazy("Deleted the backup {target}")),
    "mount.open": Words(_lazy("open the restore point {target}"), _lazy("Opened the restore point {target}")),
    "mount.close": Words(
        _lazy("close the restore point {target}"), _lazy("Closed the restore point {target}")
    ),
    "folder.list": Words(_lazy("look into {path} of {target}"), _lazy("Looked into {path} of {target}")),
    "file.download": Words(_lazy("download {path} of {backup}"), _lazy("Downloaded {path} of {backup}")),
    "hub.test": Words(_lazy("test the connection to {target}"), _lazy("Tested the connection to {target}")),
    "hub.edit": Words(
        _lazy("change the connection to {target}"), _lazy("Changed the connection to {target}")
    ),
    "person.sign_in": Words(_lazy("sign in"), _lazy("Signed in")),
    "person.sign_out": Words(_lazy("sign out"), _lazy("Signed out")),
    "person.first_run": Words(
        _lazy("set up the first administrator"), _lazy("Set up the first administrator, {target}")
    ),
    "person.password_change": Words(_lazy("change their password"), _lazy("Changed their password")),
    "person.factor_add": Words(
        _lazy("add a second factor"), _lazy("Added a second factor for {target} ({kind})")
    ),
    "person.factor_remove": Words(
        _lazy("remove a second factor"), _lazy("Removed a second factor of {target} ({kind})")
    ),
    "person.factor_use": Words(
        _lazy("use a second factor"), _lazy("Used a second factor of {target} ({kind})")
    ),
    "person.create": Words(_lazy("add {person} as {role}"), _lazy("Added {person} as {role}")),
    "person.invite": Words(_lazy("invite {target} as {role}"), _lazy("Invited {target} as {role}")),
    "person.uninvite": Words(
        _lazy("withdraw the invitation of {target}"), _lazy("Withdrew the invitation of {target}")
    ),
    "person.join": Words(
        _lazy("accept the invitation as {role}"), _lazy("Accepted the invitation as {role}")
    ),
    "person.role": Words(
        _lazy("change {person} from {before} to {role}"), _lazy("Changed {person} from {before} to {role}")
    ),
    "person.remove": Words(_lazy("remove {person}"), _lazy("Removed {person}, who was {role}")),
    "person.switch_on": Words(
        _lazy("switch the account of {target} on"), _lazy("Switched the account of {target} on")
    ),
    "person.switch_off": Words(
        _lazy("switch the account of {target} off"), _lazy("Switched the account of {target} off")
    ),
    "person.end_sessions": Words(
        _lazy("end sessions of {target}"), _lazy("Ended {count} sessions of {target}")
    ),
    "person.password_link": Words(
        _lazy("send {person} a link for a new password"), _lazy("Sent {person} a link for a new password")
    ),
    "tenant.look_in": Words(
        _lazy("look at {target} as its people see it"), _lazy("Looked at {target} as its people see it")
    ),
    "tenant.look_out": Words(_lazy("stop looking at {target}"), _lazy("Stopped looking at {target}")),
    "consent.give": Words(
        _lazy("let the provider’s people look into files for {hours} h"),
        _lazy("Let the provider’s people look into files for {hours} h"),
    ),
    "consent.withdraw": Words(
        _lazy("withdraw the consent for the provider’s people"),
        _lazy("Withdrew the consent for the provider’s people"),
    ),
    "tenant.create": Words(_lazy("add the customer {target}"), _lazy("Added the customer {target}")),
    "tenant.edit": Words(_lazy("change the customer {target}"), _lazy("Changed the customer {target}")),
    "tenant.rename": Words(
        _lazy("rename the customer {before} to {target}"), _lazy("Renamed the customer {before} to {target}")
    ),
    "tenant.suspend": Words(_lazy("suspend the customer {target}"), _lazy("Suspended the customer {target}")),
    "tenant.resume": Words(_lazy("let {target} in again"), _lazy("Let {target} in again")),
    "tenant.close": Words(_lazy("close the customer {target}"), _lazy("Closed the customer {target}")),
    "tenant.policy": Words(
        _lazy("change the safety rules of {target}"), _lazy("Changed the safety rules of {target}")
    ),
    "repository.grant": Words(
        _lazy("change where {target} may back up to"), _lazy("Changed where {target} may back up to")
    ),
    "repository.share": Words(
        _lazy("change who may use the repository {target}"),
        _lazy("Changed who may use the repository {target}"),
    ),
    "rule.create": Words(_lazy("add the rule {target}"), _lazy("Added the rule {target}")),
    "rule.edit": Words(_lazy("change the rule {target}"), _lazy("Changed the rule {target}")),
    "rule.delete": Words(_lazy("delete the rule {target}"), _lazy("Deleted the rule {target}")),
    "token.create": Words(_lazy("make the API token {target}"), _lazy("Made the API token {target}")),
    "token.revoke": Words(_lazy("revoke the API token {target}"), _lazy("Revoked the API token {target}")),
    "token.guess": Words(_lazy("use API tokens that are not valid"), _lazy("Used invalid API tokens")),
    "service_account.create": Words(
        _lazy("make the service account {target} as {role}"),
        _lazy("Made the service account {target} as {role}"),
    ),
    "service_account.disable": Words(
        _lazy("switch the service account {target} off"), _lazy("Switched the service account {target} off")
    ),
    "service_account.enable": Words(
        _lazy("switch the service account {target} on"), _lazy("Switched the service account {target} on")
    ),
    "audit.export": Words(
        _lazy("take the activity trail out as a file ({format})"),
        _lazy("Took the activity trail out as a file ({format})"),
    ),
    "audit.trim": Words(
        _lazy("let {count} old entries of the trail go, up to entry {up_to}"),
        _lazy("Let {count} old entries of the trail go, up to entry {up_to}"),
    ),
    "quota.edit": Words(_lazy("change the quotas of {target}"), _lazy("Changed the quotas of {target}")),
    "quota.exceeded": Words(
        _lazy("go beyond a quota: {quota}, {used} of {limit} used"),
        _lazy("Went beyond a quota that only warns: {quota}, {used} of {limit} used"),
    ),
    "approval.ask": Words(
        _lazy("ask a second person for {kind}: {target}"), _lazy("Asked a second person for {kind}: {target}")
    ),
    "approval.approve": Words(
        _lazy("approve what {asked_by} asked for: {kind}, {target}"),
        _lazy("Approved what {asked_by} asked for: {kind}, {target}"),
    ),
    "approval.execute": Words(
        _lazy("do what was approved: {kind}, {target}"), _lazy("Did what was approved: {kind}, {target}")
    ),
    "approval.decline": Words(
        _lazy("decline what {asked_by} asked for: {kind}, {target}"),
        _lazy("Declined what {asked_by} asked for: {kind}, {target}"),
    ),
    "approval.void": Words(
        _lazy("end what {asked_by} asked for: {kind}, {target}"),
        _lazy("Ended what {asked_by} asked for, void by now: {kind}, {target}"),
    ),
    "approval.expire": Words(
        _lazy("end what {asked_by} asked for: {kind}, {target}"),
        _lazy("Ended what {asked_by} asked for, out of time: {kind}, {target}"),
    ),
    "approval.withdraw": Words(
        _lazy("withdraw the request for {kind}: {target}"), _lazy("Withdrew the request for {kind}: {target}")
    ),
    "vm.release": Words(
        _lazy("take {target} away from the customer"), _lazy("Took {target} away from the customer")
    ),
    "vm.assign": Words(_lazy("assign {target} to {customer}"), _lazy("Assigned {target} to {customer}")),
}

FRAMES: dict[str, str | Promise] = {
    Outcome.STARTED: _lazy("Asked to {wish}"),
    Outcome.REFUSED: _lazy("Was not allowed to {wish}"),
    Outcome.FAILED: _lazy("Failed to {wish}"),
    Outcome.UNKNOWN: _lazy("Asked to {wish}; what came of it is not known"),
}

PAGES = {
    "backup": "backups:backup_detail",
    "virtualmachine": "vms:vm_detail",
    "tenant": "customers:customer_detail",
    "assignmentrule": "vms:rule_list",
    "hubconnection": "tenancy:hub_list",
    "serviceaccount": "tokens:account_detail",
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
