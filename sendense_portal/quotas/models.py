"""What a customer may take up at most, and what each has taken of it today."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet


class QuotaKind(models.TextChoices):
    """What can be limited."""

    VMS = "vms", _("Virtual machines")
    RESTORE_POINTS = "restore_points", _("Restore points")
    STORED_BYTES = "stored_bytes", _("Stored data")
    OPEN_MOUNTS = "open_mounts", _("Restore points open at once")
    DOWNLOAD_BYTES = "download_bytes", _("Downloads a day")


IN_BYTES = frozenset({QuotaKind.STORED_BYTES, QuotaKind.DOWNLOAD_BYTES})
PER_DAY = frozenset({QuotaKind.DOWNLOAD_BYTES})
"""Kinds that begin anew at midnight UTC: what was taken is counted here, not by rows of a domain."""


class Quota(models.Model):
    """A limit for one customer. The row is also the lock under which its use is checked
    (``enforcement``)."""

    VIEW_ACTION: ClassVar[Action] = Action.QUOTA_VIEW

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="quotas")
    kind = models.CharField(max_length=32, choices=QuotaKind.choices)
    limit = models.PositiveBigIntegerField()
    is_hard = models.BooleanField(default=True)

    objects = TenantQuerySet["Quota"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="one_quota_per_kind")]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.get_kind_display()}"


def today() -> str:
    """The day that counts, in UTC: one midnight for everybody, whoever looks."""
    return timezone.now().strftime("%Y-%m-%d")


class DailyUse(models.Model):
    """What a customer has taken on one day (UTC) of what is limited by the day."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32, choices=QuotaKind.choices)
    day = models.DateField()
    amount = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "day"], name="one_use_per_day")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.kind} {self.day}: {self.amount}"
