"""What customers use of their quotas of open restore points and downloads."""

from collections.abc import Iterable
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from restore.models import Download, Mount
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.quotas.enforcement import QuotaReached, note_exceeded, reserve
from sendense_portal.quotas.models import QuotaKind, today
from sendense_portal.quotas.registry import give_back

PORTION = 16 << 20
"""Bytes that are taken at a time of a day's quota where the size is not known before the end."""


def count_mounts(tenants: Iterable[UUID]) -> QuerySet[Any]:
    """Disks that are open or being opened, by customer."""
    live = [Mount.State.OPENING, Mount.State.OPEN]
    rows = Mount.objects.filter(tenant__in=tenants, state__in=live, is_spare=False)
    return rows.order_by().values("tenant").annotate(amount=Count("pk"))


class DayShare:
    """What one download has taken of its customer's bytes of a day, ahead of sending them.

    Taking before sending is what keeps many downloads at once under the limit; what was not sent is given
    back to the day that it was taken from. What a process that is killed had taken
    stands in the download's row (``reserved``).
    """

    def __init__(
        self, actor: Actor, tenant_id: UUID | None, taken: int = 0, download: Download | None = None
    ) -> None:
        self.actor = actor
        self.tenant_id = tenant_id
        self.days = {today(): taken}
        self.download = download
        self.has_warned = False

    @classmethod
    def left_by(cls, download: Download) -> Self:
        """What a download took whose process is no more."""
        share = cls(PORTAL, download.tenant_id)
        share.days = {str(day): int(amount) for day, amount in download.reserved.items()}
        return share

    @property
    def taken(self) -> int:
        """Of all days that it lasts."""
        return sum(self.days.values())

    def make_room(self, sent: int) -> None:
        """Lets so many bytes have left in all. Raises QuotaReached when the day's are used up."""
        if self.tenant_id is None or sent <= self.taken:
            return
        needed = sent - self.taken
        try:
            self.take(self.tenant_id, max(PORTION, needed))
        except QuotaReached:
            # Little is left of the day; this much may still fit.
            self.take(self.tenant_id, needed)

    def take(self, tenant_id: UUID, amount: int) -> None:
        """Takes bytes of today's. Raises QuotaReached."""
        day = today()
        with transaction.atomic():
            exceeded = reserve(tenant_id, {QuotaKind.DOWNLOAD_BYTES: amount})
        if exceeded and not self.has_warned:
            self.has_warned = True
            note_exceeded(self.actor, tenant_id, exceeded)
        self.days[day] = self.days.get(day, 0) + amount
        if self.download:
            Download.objects.filter(pk=self.download.pk).update(reserved=self.days)

    def settle(self, sent: int) -> None:
        """Gives back what was not sent, the latest first."""
        left = self.taken - sent
        for day in sorted(self.days, reverse=True):
            amount = min(left, self.days[day])
            if self.tenant_id and amount > 0:
                give_back(self.tenant_id, QuotaKind.DOWNLOAD_BYTES, day, amount)
                self.days[day] -= amount
                left -= amount
