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
    key: str = ""
    """What a browser remembers it by when it is folded."""


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
            Place(
                _("Backups"),
                "archive-box",
                "backups:backup_list",
                ("backups:backup", "backups:bin", "backups:bulk", "backups:failure", "backups:machine"),
                Action.BACKUP_VIEW,
            ),
            Place(_("Restore"), "arrow-uturn-left", "restore:restore_home", "restore:", Action.MOUNT_VIEW),
            Place(
                _("Protection"),
                "calendar-days",
                "protection:flow_list",
                "protection:",
                Action.PROTECTION_VIEW,
            ),
            Place(
                _("Replication"),
                "arrow-path-rounded-square",
                "vms:replication_list",
                "vms:replication",
                Action.VM_VIEW,
            ),
        ),
        "protect",
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
        "store",
    ),
    Group(
        _("Know"),
        (Place(_("Activity"), "clipboard-document-list", "audit:entry_list", "audit:", Action.AUDIT_VIEW),),
        "know",
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
                _("Discovery"),
                "magnifying-glass-circle",
                "vms:discovery_list",
                ("vms:discovery", "vms:credential"),
                Action.CREDENTIAL_VIEW,
                for_staff=True,
            ),
            Place(
                _("People"),
                "users",
                "people:person_list",
                ("people:person", "people:member", "people:account"),
                Action.PERSON_VIEW,
            ),
            Place(
                _("Staff rules"),
                "shield-check",
                "sign_in:staff_rules",
                "sign_in:staff_rules",
                Action.STAFF_POLICY,
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
        "administer",
    ),
)


@dataclass(frozen=True)
class Tally:
    """The numbers beside a place: what is going on there, and what went wrong there of late."""

    number: int = 0
    failed: int = 0


Counter = Callable[[Access], int | Tally]
counts: dict[str, Counter] = {}


def count_with(url_name: str, count: Counter) -> None:
    """Domains give a place its badge from ``apps.py``; asked for each whole page: one cheap query."""
    counts[url_name] = count


@dataclass(frozen=True)
class Link:
    """A place as one person sees it now; ``key`` names it within a page, where it has numbers."""

    label: str
    icon: str
    url: str
    is_active: bool
    key: str
    count: int
    failed: int


@dataclass(frozen=True)
class LinkGroup:
    """``key`` is empty where the group has no heading to fold it by."""

    key: str
    label: str
    is_open: bool
    links: tuple[Link, ...]


def links_for(request: HttpRequest, access: Access) -> list[LinkGroup]:
    """The groups with what this person may open; empty groups are left out.

    The cookie ``folded`` holds which of them this browser has folded (static/js/portal.js); the one that the
    page belongs to is open all the same.
    """
    match = request.resolver_match
    here = match.view_name if match else ""
    known: dict[str, int | Tally] = getattr(request, "known_counts", {})
    folded = request.COOKIES.get("folded", "").split(".")
    found = ((group, tuple(links_of(group.places, access, here, known))) for group in GROUPS)
    return [
        LinkGroup(
            group.key,
            str(group.label),
            group.key not in folded or any(link.is_active for link in links),
            links,
        )
        for group, links in found
        if links
    ]


def links_of(
    places: Iterable[Place], access: Access, here: str, known: Mapping[str, int | Tally]
) -> Iterable[Link]:
    """The places of one group that this person may open; a number that the page knows is not asked for."""
    for place in places:
        if place.for_customers if access.is_provider else place.for_staff:
            continue
        if access.can_somewhere(place.action):
            tally = tally_of(place, access, known)
            yield Link(
                label=str(place.label),
                icon=place.icon,
                url=url_to(place.url_name),
                is_active=here.startswith(place.section),
                key=place.url_name.replace(":", "-") if place.url_name in counts else "",
                count=tally.number,
                failed=tally.failed,
            )


def tally_of(place: Place, access: Access, known: Mapping[str, int | Tally]) -> Tally:
    """What the page knows, else what is counted now."""
    number = known.get(place.url_name)
    if number is None:
        count = counts.get(place.url_name)
        number = count(access) if count else 0
    return number if isinstance(number, Tally) else Tally(number)
