"""What the mirror's rows have in common, and who keeps them fresh."""

from django.db import models

from sendense_portal.tenancy.models import HubConnection, Tenant
from sendense_portal.tenancy.scopes import TenantQuerySet


class MirroredRow(models.Model):
    """A row observed at a hub. Rows that the hub no longer lists are marked gone, never deleted:
    history and the trail outlive them. Without a tenant only the provider sees a row."""

    hub = models.ForeignKey(HubConnection, on_delete=models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    observed_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class SyncLease(models.Model):
    """One syncer per hub, however many processes run; an expired lease may be taken over."""

    hub = models.OneToOneField(HubConnection, on_delete=models.CASCADE, related_name="lease")
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hub}: {self.holder} until {self.expires_at:%H:%M:%S}"
