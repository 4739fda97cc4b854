"""Invitations: who may become a person of which customer, until when."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole
from sendense_portal.tenancy.scopes import TenantQuerySet

ROLE_LABELS = dict([*ProviderRole.choices, *TenantRole.choices])


class Invitation(models.Model):
    """A link that was mailed to somebody. Only the link's SHA-256 is kept, so that nobody who reads the
    database can accept it. Without a customer it is for the provider's staff."""

    VIEW_ACTION: ClassVar[Action] = Action.PERSON_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(_("role"), max_length=32)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    invited_by_name = models.CharField(max_length=320)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TenantQuerySet["Invitation"].as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["tenant", "-created_at"], name="invitation_newest")]

    def __str__(self) -> str:
        return self.email

    @property
    def role_label(self) -> str:
        """The role in words."""
        return str(ROLE_LABELS.get(self.role, self.role))

    @property
    def is_waiting(self) -> bool:
        """Whether its link still works."""
        return not self.accepted_at and not self.revoked_at and self.expires_at > timezone.now()
