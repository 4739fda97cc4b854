"""The trail: append-only, one hash chain per customer and one for the provider."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet

PROVIDER_CHAIN = "provider"


class Outcome(models.TextChoices):
    STARTED = "started", _("Started")
    OK = "ok", _("Done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Outcome not known")


class AuditEntry(models.Model):
    """One fact. Names stand as text beside ids, because an entry outlives what it describes.

    ``hash`` covers every other column and the hash before it (``chain.entry_hash``); database triggers
    refuse UPDATE and DELETE.
    """

    VIEW_ACTION: ClassVar[Action] = Action.AUDIT_VIEW

    chain = models.CharField(max_length=36)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    request_id = models.CharField(max_length=36, blank=True)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.DO_NOTHING, db_constraint=False)
    actor = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, db_constraint=False)
    actor_name = models.CharField(max_length=320)
    address = models.CharField(max_length=45, blank=True)
    action = models.CharField(max_length=64)
    target_kind = models.CharField(max_length=64, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_name = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="one_entry_per_place")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["tenant", "-at"], name="audit_tenant_at"),
            models.Index(fields=["target_kind", "target_id"], name="audit_target"),
            models.Index(fields=["request_id"], name="audit_request"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.action} {self.outcome}"
