"""A customer's consent to the provider's looking into its files."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet


class Consent(models.Model):
    """Given by somebody of the customer for a time; may be taken back before."""

    VIEW_ACTION: ClassVar[Action] = Action.CONSENT_EDIT

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="consents")
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    given_by_name = models.CharField(max_length=320)
    given_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = TenantQuerySet["Consent"].as_manager()

    class Meta:
        ordering = ["-given_at"]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.until:%Y-%m-%d %H:%M} UTC"

    @property
    def is_live(self) -> bool:
        """Whether it counts now."""
        return self.withdrawn_at is None and self.until > timezone.now()
