"""Replications one by one: those that the hub remembers, and those asked for here."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access


class RunQuerySet(TenantQuerySet["ReplicationRun"]):
    """A run is its machine's, and goes with it to another customer."""

    def visible_to(self, access: "Access", action: Action | None = None) -> Self:
        """Those of machines on which ``access`` holds ``action``."""
        tenants = access.tenants_with(action or self.view_action)
        return self.all() if tenants is None else self.filter(vm__tenant__in=tenants)


class ReplicationRun(models.Model):
    """One replication of a machine. A hub tells the last ten of each; the portal keeps what it has read."""

    VIEW_ACTION: ClassVar[Action] = Action.VM_VIEW

    class Kind(models.TextChoices):
        INITIAL = "initial", _("Everything")
        INCREMENTAL = "incremental", _("What has changed")

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting")
        STARTING = "starting", _("Being started")
        RUNNING = "running", _("Replicating")
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        REFUSED = "refused", _("Not started")
        UNKNOWN = "unknown", _("Not known")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vm = models.ForeignKey("vms.VirtualMachine", on_delete=models.CASCADE, related_name="replications")
    remote_id = models.CharField(max_length=128, null=True)  # noqa: DJ001  # NULL keeps the unique constraint free
    kind = models.CharField(_("what is copied"), max_length=12, choices=Kind.choices, default=Kind.INITIAL)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    transferred_bytes = models.PositiveBigIntegerField(default=0)
    said = models.TextField(blank=True)
    """Why it did not begin, in a sentence."""
    error_text = models.TextField(blank=True)
    """The hub's own words, for the provider's staff."""
    target = models.PositiveIntegerField(null=True)
    """The hub's number of the target that was asked for."""
    began_at = models.DateTimeField(_("began"), default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_by_name = models.CharField(max_length=400, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = [F("began_at").desc(), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["vm", "remote_id"], name="replication_once_per_vm"),
            models.UniqueConstraint(
                fields=["vm"],
                condition=Q(state__in=["asked", "starting"]),
                name="one_replication_asked_per_vm",
            ),
        ]
        indexes = [
            models.Index(fields=["-began_at", "id"], name="replication_newest"),
            models.Index(fields=["vm", "-began_at"], name="replication_vm_newest"),
            models.Index(
                fields=["state"],
                name="replication_open",
                condition=Q(state__in=["asked", "starting", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vm} {self.began_at:%Y-%m-%d %H:%M} UTC"

    @property
    def took(self) -> timedelta | None:
        """From its beginning to its end; None for one that did not begin or end."""
        began = self.state != self.State.REFUSED
        return self.ended_at - self.began_at if began and self.ended_at else None
