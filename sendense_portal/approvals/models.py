"""What somebody asked for and a second person has to approve."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet

WAITS_FOR = timedelta(hours=72)


def in_three_days() -> datetime:
    """When a request made now expires."""
    return timezone.now() + WAITS_FOR


class ApprovalRequest(models.Model):
    """One change on its way to a second person. Nothing of it happens before ``state`` is approved."""

    VIEW_ACTION: ClassVar[Action] = Action.APPROVAL_VIEW

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Expired")
        VOID = "void", _("Void")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="approvals")
    kind = models.CharField(max_length=64)
    """The name of an ``approvals.registry.Kind``."""
    requester = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requester_name = models.CharField(_("asked by"), max_length=320)
    target_kind = models.CharField(max_length=64)
    target_id = models.CharField(max_length=64)
    target_name = models.CharField(_("about"), max_length=320)
    fingerprint = models.CharField(max_length=128)
    """What the target was like when it was asked for; with another one the request is void."""
    parameters = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    state = models.CharField(_("status"), max_length=16, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), default=in_three_days)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by_name = models.CharField(_("decided by"), max_length=320, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    outcome = models.TextField(blank=True)
    """What came of it, as a sentence."""

    objects = TenantQuerySet["ApprovalRequest"].as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target_id"],
                condition=Q(state="waiting"),
                name="one_request_waits_per_target",
            )
        ]
        indexes = [models.Index(fields=["tenant", "state", "-created_at"], name="approval_tenant_state")]

    def __str__(self) -> str:
        return self.target_name

    @property
    def is_waiting(self) -> bool:
        """Whether somebody can still decide it."""
        return self.state == self.State.WAITING and self.expires_at > timezone.now()

    @property
    def shown_state(self) -> str:
        """Its state, also when nobody has noted yet that its time is over."""
        if self.state == self.State.WAITING and not self.is_waiting:
            return self.State.EXPIRED
        return self.state
