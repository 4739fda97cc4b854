"""What each role may do, in words, straight from the table that is asked for every request."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.roles import MAY, Action, ProviderRole, TenantRole

GROUPS: dict[str, str | Promise] = {
    "dashboard": _("Overview"),
    "vm": _("Virtual machines"),
    "backup": _("Backups"),
    "repository": _("Repositories"),
    "mount": _("Restore"),
    "folder": _("Restore"),
    "file": _("Restore"),
    "audit": _("Activity"),
    "tenant": _("Customers"),
    "quota": _("Customers"),
    "role": _("People"),
    "person": _("People"),
    "sso": _("People"),
    "profile": _("People"),
    "staff": _("People"),
    "visit": _("Looking into files"),
    "consent": _("Looking into files"),
    "approval": _("Four eyes"),
    "token": _("Programs"),
    "service_account": _("Programs"),
    "hub": _("Hubs"),
}
"""Headings by the first word of an action."""


@dataclass(frozen=True)
class Line:
    """One action, and for each role of the page's columns whether it comes with it."""

    action: str
    label: str
    held: list[bool]


def columns(*, staff: bool) -> list[ProviderRole | TenantRole]:
    """The roles to compare; customers see their own family only."""
    return [*(ProviderRole if staff else ()), *TenantRole]


def lines(*, staff: bool) -> list[tuple[str, list[Line]]]:
    """Every action under its heading, in the order of ``roles.Action``; unless no shown role holds it."""
    roles = columns(staff=staff)
    groups: dict[str, list[Line]] = {}
    for action in Action:
        held = [role in MAY[action] for role in roles]
        if any(held):
            heading = str(GROUPS.get(action.value.split(".")[0], _("More")))
            groups.setdefault(heading, []).append(Line(action.value, str(action.label), held))
    return list(groups.items())
