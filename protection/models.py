"""What a customer has backed up by itself: groups, schedules, flows, and every run of these.

The hub's own schedules start no backups and nobody executes its policies (hub/reference.md 10, 11), so
these rows are the portal's, and ``protection.runner`` is what acts on them.
"""

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from backups.models import Backup, Repository
from sendense_portal.sync.models import MirroredRow
from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.objectives import HOURS
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet
from vms.models import VirtualMachine


class VmGroup(models.Model):
    """Machines of one customer taken together: those chosen by hand, and those whose name fits."""

    VIEW_ACTION: ClassVar[Action] = Action.PROTECTION_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    name_pattern = models.CharField(
        _("machines by name"),
        max_length=255,
        blank=True,
        help_text=_("“*” stands for any characters, “?” for one: web-*. New machines that fit join."),
    )
    vms = models.ManyToManyField(
        VirtualMachine, blank=True, related_name="+", verbose_name=_("machines by hand")
    )

    objects = TenantQuerySet["VmGroup"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="vm_group_name")]

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """When: ``cron`` (five fields) in the named time zone ``zone``; ``protection.times`` reads them."""

    VIEW_ACTION: ClassVar[Action] = Action.PROTECTION_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    cron = models.CharField(max_length=100)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    enabled = models.BooleanField(default=True)
    """While it is off the flows that follow it have no next run."""

    objects = TenantQuerySet["Schedule"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="schedule_name")]

    def __str__(self) -> str:
        return self.name


class Flow(models.Model):
    """What is backed up where and when, on behalf of ``owner``: who made it or changed it last.

    ``next_run_at`` is what the runner swaps for the following time when it takes a due one; it is empty
    while the flow rests or has no schedule.
    """

    VIEW_ACTION: ClassVar[Action] = Action.PROTECTION_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    all_vms = models.BooleanField(_("all machines of the customer, also those to come"), default=False)
    groups = models.ManyToManyField(VmGroup, blank=True, related_name="flows", verbose_name=_("groups"))
    vms = models.ManyToManyField(VirtualMachine, blank=True, related_name="+", verbose_name=_("machines"))
    repository = models.ForeignKey(
        Repository, on_delete=models.PROTECT, related_name="+", verbose_name=_("repository")
    )
    full_every = models.PositiveSmallIntegerField(
        _("a full backup every"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Backups: 1 makes each a full one, 7 every seventh. Between them incrementals."),
    )
    full_weekday = models.PositiveSmallIntegerField(
        _("or a full backup on"),
        null=True,
        blank=True,
        choices=[(number, name) for number, name in WEEKDAYS.items()],
        help_text=_(
            "The first backup of a machine from that day on is a full one, whatever the number above."
        ),
    )
    """0 is Monday; None: by ``full_every`` alone."""
    rpo_hours = models.PositiveSmallIntegerField(
        _("newest restore point at most"),
        null=True,
        blank=True,
        choices=HOURS,
        help_text=_("Of several flows of a machine the strictest counts."),
    )
    """None: as the customer's rules say."""
    most_at_once = models.PositiveSmallIntegerField(
        _("most at once"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("Backups of this flow that run at the same time."),
    )
    schedule = models.ForeignKey(
        Schedule,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="flows",
        verbose_name=_("schedule"),
        help_text=_("Without one it runs only when somebody runs it."),
    )
    enabled = models.BooleanField(_("runs by its schedule"), default=True)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    stopped_because = models.TextField(blank=True)
    next_run_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    """A deleted flow keeps its row, since its runs are history."""

    objects = TenantQuerySet["Flow"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="flow_name", condition=Q(deleted_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["next_run_at"], name="flow_due", condition=Q(next_run_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name


class FlowRun(models.Model):
    """One time that a flow ran, or should have; ``due_at`` is empty when somebody ran it by hand."""

    VIEW_ACTION: ClassVar[Action] = Action.PROTECTION_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="runs")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(max_length=320)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(auto_now_add=True)
    note = models.TextField(blank=True)
    """What there is to say of the run as a whole: late, missed, stopped."""

    objects = TenantQuerySet["FlowRun"].as_manager()

    class Meta:
        ordering = ["-began_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["flow", "due_at"], name="one_run_per_due_time")]

    def __str__(self) -> str:
        return f"{self.flow} {self.began_at:%Y-%m-%d %H:%M} UTC"


class FlowItem(models.Model):
    """One machine of a run: claimed before it is touched, and never tried twice."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DOING = "doing", _("Being started")
        STARTED = "started", _("Started")
        REFUSED = "refused", _("Not started")

    run = models.ForeignKey(FlowRun, on_delete=models.CASCADE, related_name="items")
    vm = models.ForeignKey(VirtualMachine, on_delete=models.PROTECT, related_name="+")
    backup = models.ForeignKey(Backup, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    said = models.TextField(blank=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "vm"], name="vm_once_per_run")]
        indexes = [
            models.Index(fields=["state"], name="flow_item_open", condition=Q(state__in=["waiting", "doing"]))
        ]

    def __str__(self) -> str:
        return f"{self.vm} {self.state}"


class HubRule(MirroredRow):
    """A policy, schedule or flow that a hub keeps for itself, as it was last listed there.

    A hub knows no customers and what these name may be of several, so they are the provider's to see.
    """

    VIEW_ACTION: ClassVar[Action] = Action.HUB_VIEW

    class Kind(models.TextChoices):
        POLICY = "policy", _("Policy")
        SCHEDULE = "schedule", _("Schedule")
        FLOW = "flow", _("Flow")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    remote_id = models.CharField(max_length=128)
    name = models.CharField(max_length=255)
    enabled = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)
    """What it says, in names that are read at the hub's list: see ``protection.hub_rules``."""

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["hub", "kind", "remote_id"], name="rule_once_per_hub")]

    def __str__(self) -> str:
        return self.name
