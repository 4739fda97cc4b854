"""Credentials as hubs list them, discoveries, and the machines that they found. The provider's alone."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from sendense_portal.sync.models import MirroredRow
from sendense_portal.tenancy.models import HubConnection, Tenant, User
from sendense_portal.tenancy.roles import Action

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access


class ProviderQuerySet(models.QuerySet["Discovery"]):
    """Rows without a customer."""

    def visible_to(self, access: "Access") -> Self:
        """All for those who see credentials, none for anybody else."""
        return self.all() if access.can(Action.CREDENTIAL_VIEW) else self.none()


class Credential(MirroredRow):
    """How a hub comes into a vCenter; its password is at the hub alone."""

    VIEW_ACTION: ClassVar[Action] = Action.CREDENTIAL_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    remote_id = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=255)
    vcenter = models.CharField(_("vCenter"), max_length=255, blank=True)
    username = models.CharField(_("user name"), max_length=255, blank=True)
    datacenter = models.CharField(_("datacenter"), max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    added_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["hub", "remote_id"], name="credential_once_per_hub")]

    def __str__(self) -> str:
        return self.name


class Discovery(models.Model):
    """One look at what a vCenter has. ``adding_since`` is held by the process that adds machines of it."""

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting")
        ASKING = "asking", _("Asking the vCenter")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hub = models.ForeignKey(HubConnection, on_delete=models.CASCADE, related_name="+")
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="discoveries")
    name_filter = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    said = models.TextField(blank=True)
    """Why it failed, in a sentence."""
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    actor_name = models.CharField(max_length=400)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    adding_since = models.DateTimeField(null=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state"], name="discovery_state")]

    def __str__(self) -> str:
        return f"{self.credential} · {self.hub}"

    @property
    def is_open(self) -> bool:
        """Whether its page has something to wait for."""
        return self.state in (self.State.ASKED, self.State.ASKING)


class FoundMachine(models.Model):
    """A machine that a discovery found, and what became of the wish to add it."""

    class State(models.TextChoices):
        NEW = "new", _("Not at the hub yet")
        KNOWN = "known", _("The hub knows it")
        UNUSABLE = "unusable", _("Can’t be added")
        WAITING = "waiting", _("Waiting")
        ADDING = "adding", _("Being added")
        ADDED = "added", _("Added")
        REFUSED = "refused", _("Not added")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    discovery = models.ForeignKey(Discovery, on_delete=models.CASCADE, related_name="machines")
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=1024, blank=True)
    guest_os = models.CharField(max_length=128, blank=True)
    is_on = models.BooleanField(default=False)
    cpu_count = models.PositiveIntegerField(default=0)
    memory_mib = models.PositiveIntegerField(default=0)
    disk_count = models.PositiveIntegerField(default=0)
    disk_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    said = models.TextField(blank=True)
    customer = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    """To whom it goes once it is added; none: the rules decide."""
    vm = models.ForeignKey("vms.VirtualMachine", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["discovery", "name"], name="found_by_name")]

    def __str__(self) -> str:
        return self.name
