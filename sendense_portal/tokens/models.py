"""API tokens, and the accounts of programs that use the portal without a person."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access

LONGEST_LIFE = timedelta(days=365)


class ServiceAccount(models.Model):
    """A program's account: of a customer, or (without one) of the provider.

    Its ``user`` carries the rights as any person's does, has no password and is let in by tokens alone
    (``User.is_service``). Switched off is ``user.is_active``.
    """

    VIEW_ACTION: ClassVar[Action] = Action.SERVICE_ACCOUNT_EDIT

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="service_account")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=32)
    """As it was given; what counts is the user's."""
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = TenantQuerySet["ServiceAccount"].as_manager()

    class Meta:
        ordering = ["user__name", "id"]

    def __str__(self) -> str:
        return self.user.name

    @property
    def state(self) -> str:
        """For its badge."""
        return "active" if self.user.is_active else "disabled"


class TokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens belong to their owner; those of a service account to whoever manages it."""

    def visible_to(self, access: "Access") -> "TokenQuerySet":
        """One's own and those of one's service accounts."""
        accounts = ServiceAccount.objects.visible_to(access)
        return self.filter(Q(owner=access.user) | Q(owner__service_account__in=accounts))


class ApiToken(models.Model):
    """A secret that acts for its owner, with no more than ``actions`` and no longer than ``expires_at``.

    The secret itself is kept nowhere: ``digest`` is its sha256, which is enough for 256 random bits.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=20, unique=True)
    """Its beginning, which is shown and found by; no secret."""
    digest = models.CharField(max_length=64)
    actions = models.JSONField(default=list)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    """The one customer that it is good for, where its owner has more."""
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid_at(self, now: datetime) -> bool:
        """Neither revoked nor run out."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def state(self) -> str:
        """For its badge."""
        if self.revoked_at:
            return "revoked"
        return "active" if self.is_valid_at(timezone.now()) else "expired"

    @property
    def action_labels(self) -> list[str]:
        """What it may do, in words."""
        return [str(Action(word).label) for word in self.actions if word in Action.values]
