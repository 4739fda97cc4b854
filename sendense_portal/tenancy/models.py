"""People, customers and the hubs that serve them."""

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy import objectives, secrets
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole
from sendense_portal.tenancy.scopes import TenantQuerySet
from sendense_portal.tenancy.time_zones import time_zone_names

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access


class UserManager(BaseUserManager["User"]):
    """Makes people; e-mail addresses are compared without case."""

    def visible_to(self, access: "Access") -> "models.QuerySet[User]":
        """Whole accounts are the provider's; customers see memberships."""
        people = self.filter(is_service=False)
        return people if access.is_provider and access.can(Action.PERSON_VIEW) else people.none()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person; without a password nobody can sign in as them until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Signs in with any capitalisation of the address."""
        return self.get(email__iexact=username)


def validate_time_zone(name: str) -> None:
    """Refuses a name that the IANA database does not have."""
    if name not in time_zone_names():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


class Theme(models.TextChoices):
    SYSTEM = "system", _("Follow the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser):
    """A person. Rights come from ``provider_role`` and from memberships, never from Django's groups."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_service = models.BooleanField(default=False)
    """A program, let in by its tokens alone (``tokens.models.ServiceAccount``); no list of people has it."""
    provider_role = models.CharField(max_length=32, choices=ProviderRole.choices, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class TenantsQuerySet(models.QuerySet["Tenant"]):
    """Customers; one of them is its own tenant."""

    def visible_to(self, access: "Access") -> "TenantsQuerySet":
        """All for provider staff; for others those whose page they may see."""
        tenants = access.tenants_with(Action.TENANT_VIEW)
        return self.all() if tenants is None else self.filter(pk__in=tenants)


class Tenant(models.Model):
    """A customer of the provider, with the safety rules it has chosen."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    require_second_factor = models.BooleanField(_("everyone needs a second factor"), default=False)
    step_up_delete = models.BooleanField(_("ask again who one is before deleting"), default=False)
    step_up_grant = models.BooleanField(_("ask again who one is before giving rights"), default=False)
    step_up_download = models.BooleanField(_("ask again who one is before downloading"), default=False)
    four_eyes_delete = models.BooleanField(_("two people to delete backups"), default=False)
    four_eyes_retention = models.BooleanField(_("two people to lower retention"), default=False)
    four_eyes_second_factor = models.BooleanField(
        _("two people to remove somebody’s second factor"), default=False
    )
    bin_days = models.PositiveSmallIntegerField(
        _("days in the bin"),
        default=0,
        help_text=_("How long a deleted backup can be brought back; 0: none."),
    )
    rpo_hours = models.PositiveSmallIntegerField(
        _("newest restore point at most"),
        choices=objectives.HOURS,
        default=objectives.DEFAULT_HOURS,
        help_text=_("Older ones make a machine overdue. A flow can say otherwise for its machines."),
    )
    four_eyes_download = models.BooleanField(_("two people to take files out"), default=False)
    downloads_off = models.BooleanField(_("no files leave the portal"), default=False)
    download_endings = models.CharField(
        _("only files that end in"),
        max_length=500,
        blank=True,
        help_text=_("Such as: pdf, docx, txt. Empty: files of every kind."),
    )
    handover_allowed = models.BooleanField(_("files may be handed to outsiders by a link"), default=False)
    catalogue_off = models.BooleanField(_("no names of files are kept for searching"), default=False)
    proofs_off = models.BooleanField(_("no proofs of restore at night"), default=False)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    night_begins = models.PositiveSmallIntegerField(_("the night begins"), default=1)
    night_ends = models.PositiveSmallIntegerField(_("the night ends"), default=5)
    """Hours of the day; a night of no length is the whole day."""
    consent_required = models.BooleanField(_("the provider needs our consent to see files"), default=False)
    trail_mail = models.EmailField(
        _("daily proof of the trail to"),
        blank=True,
        help_text=_(
            "Gets the head of the trail’s chain each day, so that nobody can rewrite history unseen."
        ),
    )

    objects = TenantsQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def tenant_id(self) -> uuid.UUID:
        """A customer's page belongs to that customer (``access.AccessMiddleware``)."""
        return self.pk


class ProviderPolicy(models.Model):
    """The provider's safety rules for its own staff: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    require_second_factor = models.BooleanField(_("all staff need a second factor"), default=False)
    step_up = models.BooleanField(
        _("ask staff again who they are before deleting, giving rights and downloading"), default=False
    )
    trail_mail = models.EmailField(_("daily proof of the trail to"), blank=True)

    def __str__(self) -> str:
        return "provider policy"

    @classmethod
    def current(cls) -> "ProviderPolicy":
        """The rules in force; all off until somebody saves them."""
        return cls.objects.filter(pk=1).first() or cls()


class Membership(models.Model):
    """A person's role in one customer; a person may be in several."""

    VIEW_ACTION: ClassVar[Action] = Action.PERSON_VIEW

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=32, choices=TenantRole.choices)

    objects = TenantQuerySet["Membership"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="one_role_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.tenant}"


class HubQuerySet(models.QuerySet["HubConnection"]):
    """Hubs belong to the provider alone."""

    def visible_to(self, access: "Access") -> "HubQuerySet":
        """All hubs for provider staff, none for anybody else."""
        return self.all() if access.can(Action.HUB_VIEW) else self.none()


class HubConnection(models.Model):
    """One Sendense hub: where it is, and how it was when last asked. Provider staff only."""

    class State(models.TextChoices):
        NEW = "new", _("Not asked yet")
        UP = "up", _("Connected")
        DOWN = "down", _("Not reachable")
        REFUSED = "refused", _("Login refused")

    SILENT = (State.DOWN, State.REFUSED)
    """States in which nothing can be asked of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    url = models.URLField(_("address"), max_length=500)
    sealed_token = models.TextField(blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.NEW)
    dialect = models.CharField(max_length=16, blank=True)
    service = models.CharField(max_length=64, blank=True)
    version = models.CharField(max_length=64, blank=True)
    latency_ms = models.FloatField(null=True)
    utc_offset_seconds = models.IntegerField(null=True)
    clock_skew_seconds = models.FloatField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    last_sync_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    mounts_poisoned_at = models.DateTimeField(null=True)
    """When the hub last said that one failed mount blocks all others (hub/README.md 21)."""

    objects = HubQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_silent(self) -> bool:
        """Whether it did not answer, or refused the portal, when last asked."""
        return self.state in self.SILENT

    @property
    def token(self) -> str:
        """The hub's credential, in clear: only the hub client asks for it."""
        return secrets.unseal(self.sealed_token)

    @token.setter
    def token(self, value: str) -> None:
        self.sealed_token = secrets.seal(value)
