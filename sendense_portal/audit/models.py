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
            models.Index(fields=["action", "-at"], name="audit_action_at"),
            models.Index(fields=["outcome", "-at"], name="audit_outcome_at"),
            models.Index(fields=["address", "-at"], name="audit_address_at"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.action} {self.outcome}"


class Subject(models.Model):
    """Something that entries are about: a person, a machine, a backup, a mount, a customer.

    Neither hashed nor part of an export: it can be made again from the entries, and is what their filters
    and histories ask, so that nothing has to be searched in the trail itself.
    """

    kind = models.CharField(max_length=64)
    """The name of a model, or "actor" for who did something (also those who are nobody's row)."""
    key = models.CharField(max_length=320)
    name = models.TextField(blank=True)
    """As it was called last."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="subject_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class About(models.Model):
    """Which entries are about which subject."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.CASCADE, db_constraint=False, related_name="about")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["subject", "entry"], name="about_subject_entry")]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.subject_id}"


class TrailHead(models.Model):
    """The newest entry of a chain as it was mailed on a day: who holds the mail can tell a rewritten past.

    The row is written before the mail goes out; one without ``sent_at`` is tried again.
    """

    chain = models.CharField(max_length=36)
    day = models.DateField()
    sequence = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    """When the entry was written."""
    mailed_to = models.EmailField()
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["chain", "day"], name="one_head_a_day")]

    def __str__(self) -> str:
        return f"{self.chain}:{self.sequence}:{self.hash}"


class TrailCheckpoint(models.Model):
    """Up to where a chain was trimmed. What follows is verified from here; triggers let entries go only
    up to here."""

    chain = models.CharField(max_length=36)
    sequence = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    removed_count = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-sequence"]
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="one_checkpoint_per_place")]

    def __str__(self) -> str:
        return f"{self.chain} up to {self.sequence}"
