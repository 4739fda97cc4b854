"""What the rows of this domain have in common."""

import uuid

from django.db import models

from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.scopes import TenantQuerySet


class TenantRow(models.Model):
    """A row of the portal's own that belongs to the customer of a backup (none: the provider's)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True
