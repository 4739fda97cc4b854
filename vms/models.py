"""The mirror of the hub's virtual machines."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sendense_portal.sync.models import MirroredRow
from sendense_portal.tenancy.models import HubConnection, Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet

LONGEST_NAME = 32
"""Longer names break chains at the hub and over 35 characters starts fail (hub/reference.md 4.3)."""


class VirtualMachine(MirroredRow):
    """A virtual machine known to a hub (its *VM context*). ``tenant`` is assigned by provider staff.

    The ``last_…``, ``restore_point_count`` and ``stored_bytes`` columns are kept by the backups' mirror,
    so that lists sort and page in SQL.
    """

    VIEW_ACTION: ClassVar[Action] = Action.VM_VIEW

    class Power(models.TextChoices):
        ON = "on", _("On")
        OFF = "off", _("Off")
        SUSPENDED = "suspended", _("Suspended")
        UNKNOWN = "unknown", _("Unknown")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    remote_id = models.CharField(max_length=128)
    name = models.CharField(_("name"), max_length=255)
    platform = models.CharField(_("platform"), max_length=64, default="VMware vSphere")
    operating_system = models.CharField(max_length=128, blank=True)
    power = models.CharField(max_length=16, choices=Power.choices, default=Power.UNKNOWN)
    cpu_count = models.PositiveIntegerField(default=0)
    memory_mib = models.PositiveIntegerField(default=0)
    vcenter = models.CharField(max_length=255, blank=True)
    datacenter = models.CharField(max_length=255, blank=True)
    groups = models.JSONField(default=list, blank=True)
    """Names of the hub's machine groups that it is in."""
    has_credential = models.BooleanField(default=False)
    credential_remote_id = models.PositiveIntegerField(null=True)
    """The hub's number of the credential that it is backed up by."""
    replication_status = models.CharField(max_length=32, blank=True)
    """The hub's word; ``vms.replication.states`` has ours for it."""
    replication_job = models.CharField(max_length=128, blank=True)
    replication_runs = models.PositiveIntegerField(default=0)
    replication_failures = models.PositiveIntegerField(default=0)
    replicated_at = models.DateTimeField(null=True)
    """When the last replication began."""
    replication_percent = models.FloatField(default=0)
    replication_operation = models.CharField(max_length=100, blank=True)
    replication_bytes = models.PositiveBigIntegerField(default=0)
    replication_total_bytes = models.PositiveBigIntegerField(default=0)
    replication_bytes_per_second = models.PositiveBigIntegerField(default=0)
    replication_asked_at = models.DateTimeField(null=True)
    """When its progress was last asked for; None while it is not replicated."""
    replication_moved_at = models.DateTimeField(null=True)
    """When its numbers last changed, by the portal's own clock."""
    replication_target = models.PositiveIntegerField(null=True)
    """The hub's number of what it is replicated to."""
    replication_unread = models.BooleanField(default=False)
    """The hub's list says that something has become of its replications that was not asked for yet."""
    disk_count = models.PositiveIntegerField(default=0)
    disk_bytes = models.PositiveBigIntegerField(default=0)
    last_restore_point_at = models.DateTimeField(null=True)
    restore_point_count = models.PositiveIntegerField(default=0)
    stored_bytes = models.PositiveBigIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)
    """When the newest backup that failed had begun."""
    flow_rpo_hours = models.PositiveSmallIntegerField(null=True)
    """The strictest objective of its flows, kept by protection and read by ``vms.objectives``."""
    last_listed_at = models.DateTimeField(null=True)
    """When its backups were last listed at the hub; the sync budget goes to the longest ago first."""

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["hub", "remote_id"], name="vm_once_per_hub")]
        indexes = [
            models.Index(fields=["tenant", "name"], name="vm_tenant_name"),
            models.Index(fields=["name", "id"], name="vm_name"),
            models.Index(fields=["last_restore_point_at"], name="vm_last_point"),
            models.Index(
                fields=["hub", "last_listed_at"], name="vm_listing_order", condition=Q(gone_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VirtualDisk(models.Model):
    """A disk of a VM; ``index`` is its place in the hub's order, which backups and mounts use."""

    vm = models.ForeignKey(VirtualMachine, on_delete=models.CASCADE, related_name="disks")
    index = models.PositiveIntegerField()
    remote_id = models.CharField(max_length=128)
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["vm", "index"], name="disk_once_per_vm")]

    def __str__(self) -> str:
        return f"{self.vm} disk {self.index}"


class AssignmentRule(models.Model):
    """Which machines of nobody a customer gets: those that fit all of what the rule names.

    The rule with the lowest ``priority`` is asked first; of equal ones the older. A rule never takes a
    machine that has a customer.
    """

    VIEW_ACTION: ClassVar[Action] = Action.VM_ASSIGN

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer"))
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("Of rules that fit, the one with the lowest number takes it.")
    )
    name_pattern = models.CharField(
        _("name"),
        max_length=255,
        blank=True,
        help_text=_("“*” stands for any characters, “?” for one: acme-*. Capitals don’t matter."),
    )
    hub = models.ForeignKey(
        HubConnection,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("hub"),
    )
    vcenter = models.CharField(_("vCenter"), max_length=255, blank=True)
    datacenter = models.CharField(_("datacenter"), max_length=255, blank=True)
    group = models.CharField(_("hub group"), max_length=255, blank=True)
    enabled = models.BooleanField(
        _("takes new machines as they appear"), default=True, help_text=_("Otherwise it rests.")
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet["AssignmentRule"].as_manager()

    class Meta:
        ordering = ["priority", "created_at", "pk"]

    def __str__(self) -> str:
        named = (self.name_pattern, self.group, self.vcenter, self.datacenter, self.hub)
        return f"{' · '.join(str(part) for part in named if part)} → {self.tenant}"


# Below, since they point here.
from vms.discovery.models import Credential, Discovery, FoundMachine  # noqa: E402
from vms.replication.models import ReplicationRun  # noqa: E402

__all__ = [
    "LONGEST_NAME",
    "AssignmentRule",
    "Credential",
    "Discovery",
    "FoundMachine",
    "ReplicationRun",
    "VirtualDisk",
    "VirtualMachine",
]
