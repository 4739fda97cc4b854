"""Closing a customer's restore point for them: the provider says why, and its people get a few minutes."""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from restore.giving_back import describe
from restore.models import Mount
from restore.mounts import MountService
from sendense_portal.audit import log as trail
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubError
from sendense_portal.live.events import Event, Toast, publish_now
from sendense_portal.tenancy.access import Access

log = logging.getLogger(__name__)
NOTICE = timedelta(minutes=5)


def needs_notice(access: Access, mount: Mount) -> bool:
    """Whether this is the provider's staff before a restore point that people of a customer use."""
    if not access.is_staff or mount.tenant_id is None or not mount.is_open:
        return False
    return mount.uses.exclude(person=access.user).exists()


def give_notice(actor: Actor, mount: Mount, reason: str) -> None:
    """Tells its people; ``tend`` closes it when the time has come."""
    closes_at = timezone.now() + NOTICE
    if not Mount.objects.filter(pk=mount.pk, state=Mount.State.OPEN).update(
        closes_at=closes_at, close_reason=reason[:300]
    ):
        return
    trail.record(actor, "mount.notice", Outcome.OK, mount, **describe(mount), reason=reason)
    minutes = NOTICE // timedelta(minutes=1)
    title = _("%(point)s is closed in %(minutes)d minutes by your provider") % {
        "point": mount, "minutes": minutes,
    }  # fmt: skip
    toast = Toast("warning", title, reason)
    publish_now(Event("mount", str(mount.pk), mount.tenant_id, signals=("mounts",), toast=toast))


def tend() -> None:
    """Closes those whose time has come: the chore."""
    for mount in Mount.objects.filter(state=Mount.State.OPEN, closes_at__lte=timezone.now()):
        try:
            MountService(PORTAL).close(mount)
        except HubError as error:
            log.info("mount %s is closed later: %s", mount.pk, error)
