"""What everybody must know before they read a page: above all, that a hub does not answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import HubConnection, Tenant

Text = str | Promise
State = HubConnection.State


@dataclass(frozen=True)
class Banner:
    """One line over the page. ``as_of`` is when what the page shows was last true."""

    tone: str
    title: Text
    text: Text = ""
    as_of: datetime | None = None
    leave: bool = False
    """Whether it can be ended here: somebody of the staff looks into one customer."""


hubs_seen_by: list[Callable[[Access], Iterable[HubConnection]]] = []
"""Given by the domain that knows on which hubs a customer's rows are (the platform doesn't)."""


def banners_for(access: Access) -> list[Banner]:
    """Provider staff read which hub and why; customers read that what they see is old, and how old."""
    provider_hubs = HubConnection.objects.visible_to(access)
    if access.only and access.is_staff:
        return [look_in_banner(access), *customer_banners(access)]
    if access.is_provider:
        return [banner for hub in provider_hubs if hub.enabled for banner in provider_banners(hub)]
    return customer_banners(access)


def customer_banners(access: Access) -> list[Banner]:
    """One at most: which hub it is means nothing to a customer."""
    for hubs in hubs_seen_by:
        for hub in hubs(access):
            if hub.enabled and hub.is_silent:
                return [customer_banner(hub)]
    return []


def look_in_banner(access: Access) -> Banner:
    """For staff, on every page, until they leave."""
    title = _("You look at %(customer)s as its people see it.") % {
        "customer": Tenant.objects.filter(pk=str(access.only)).first() or ""
    }
    return Banner("info", title, _("It is in the customer’s activity trail."), leave=True)


def provider_banners(hub: HubConnection) -> Iterable[Banner]:
    """All that is wrong with one hub."""
    if hub.state == State.DOWN:
        title = _("%(hub)s does not answer.") % {"hub": hub.name}
        yield Banner(
            "warning", title, _("Pages show what was last known; nothing can be started."), hub.last_sync_at
        )
    elif hub.state == State.REFUSED:
        title = _("%(hub)s refuses the portal's login.") % {"hub": hub.name}
        yield Banner("error", title, _("Its token has to be set again under Hubs."), hub.last_sync_at)
    if hub.mounts_poisoned_at:
        title = _("A failed mount blocks all others on %(hub)s.") % {"hub": hub.name}
        yield Banner(
            "error", title, _("No restore point can be opened until its record is removed at the hub.")
        )


def customer_banner(hub: HubConnection) -> Banner:
    """Says nothing of the hub itself: its name and address are the provider's."""
    return Banner(
        "warning",
        _("The backup service does not answer."),
        _("You see what was last known. Running backups go on; new ones can't be started until it is back."),
        hub.last_sync_at,
    )
