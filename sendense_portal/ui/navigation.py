"""What stands in the navigation, and who sees it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.cells import url_to

Text = str | Promise


@dataclass(frozen=True)
class Place:
    """A page that the navigation leads to.

    ``section`` is how the names of all views below it begin (or several ways), which tells where one is.
    """

    label: Text
    icon: str
    url_name: str
    section: str | tuple[str, ...]
    action: Action
    for_customers: bool = False
    """Not for the provider’s people, who have a place of their own for the same."""
    for_staff: bool = False
    """For the provider's people alone."""


@dataclass(frozen=True)
class Group:
    """Places under one heading; the first group has none."""

    label: Text
    places: tuple[Place, ...]


GROUPS = (
    Group("", (Place(_("Dashboard"), "home", "dashboard", "dashboard", Action.DASHBOARD_VIEW),)),
    Group(
        _("Protect"),
        (
            Place(
                _("Virtual machines"),
                "server",
                "vms:vm_list",
                ("vms:vm_list", "vms:vm_detail", "vms:vm_panel", "vms:vm_release"),
                Action.VM_VIEW,
            ),
            Place(_("Backups"), "archive-box", "backups:backup_list", "backups:backup", Action.BACKUP_VIEW),
            Place(_("Restore"), "arrow-uturn-left", "restore:restore_home", "restore:", Action.MOUNT_VIEW),
        ),
    ),
    Group(
        _("Store"),
        (
            Place(
                _("Repositories"),
                "circle-stack",
                "backups:repository_list",
                "backups:repository",
                Action.REPOSITORY_VIEW,
            ),
        ),
    ),
    Group(
        _("Know"),
        (Place(_("Activity"), "clipboard-document-list", "audit:entry_list", "audit:", Action.AUDIT_VIEW),),
    ),
    Group(
        _("Administer"),
        (
            Place(
                _("Customers"),
                "building-office-2",
                "customers:customer_list",
                "customers:",
                Action.TENANT_VIEW,
                for_staff=True,
            ),
            Place(
                _("Organisation"),
                "building-office",
                "customers:customer_own",
                "customers:",
                Action.TENANT_VIEW,
                for_customers=True,
            ),
            Place(
                _("Assignment"),
                "arrows-right-left",
                "vms:unassigned_list",
                ("vms:unassigned", "vms:rule", "vms:vm_assign"),
                Action.VM_ASSIGN,
            ),
            Place(
                _("People"),
                "users",
                "people:person_list",
                ("people:person", "people:member", "people:account"),
                Action.PERSON_VIEW,
            ),
            Place(
                _("Consent"),
                "lock-open",
                "visits:consent_list",
                "visits:",
                Action.CONSENT_EDIT,
                for_customers=True,
            ),
            Place(
                _("Approvals"), "hand-raised", "approvals:approval_list", "approvals:", Action.APPROVAL_VIEW
            ),
            Place(_("Quotas"), "scale", "quotas:quota_list", "quotas:", Action.QUOTA_VIEW),
            Place(
                _("Service accounts"),
                "key",
                "tokens:account_list",
                "tokens:account",
                Action.SERVICE_ACCOUNT_EDIT,
            ),
            Place(_("Hubs"), "cpu-chip", "tenancy:hub_list", "tenancy:", Action.HUB_VIEW),
        ),
    ),
)

counts: dict[str, Callable[[Access], int]] = {}


def count_with(url_name: str, count: Callable[[Access], int]) -> None:
    """Domains give a place its badge from ``apps.py``; asked for each whole page: one cheap query."""
    counts[url_name] = count


@dataclass(frozen=True)
class Link:
    """A place as one person sees it now."""

    label: str
    icon: str
    url: str
    is_active: bool
    count: int


@dataclass(frozen=True)
class LinkGroup:
    label: str
    links: tuple[Link, ...]


def links_for(request: HttpRequest, access: Access) -> list[LinkGroup]:
    """The groups with what this person may open; empty groups are left out."""
    match = request.resolver_match
    here = match.view_name if match else ""
    known: dict[str, int] = getattr(request, "known_counts", {})
    groups = (
        LinkGroup(str(group.label), tuple(links_of(group.places, access, here, known))) for group in GROUPS
    )
    return [group for group in groups if group.links]


def links_of(places: Iterable[Place], access: Access, here: str, known: Mapping[str, int]) -> Iterable[Link]:
    """The places of one group that this person may open; a number that the page knows is not asked for."""
    for place in places:
        if place.for_customers if access.is_provider else place.for_staff:
            continue
        if access.can_somewhere(place.action):
            number = known.get(place.url_name)
            if number is None:
                count = counts.get(place.url_name)
                number = count(access) if count else 0
            yield Link(
                label=str(place.label),
                icon=place.icon,
                url=url_to(place.url_name),
                is_active=here.startswith(place.section),
                count=number,
            )
