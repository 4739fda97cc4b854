"""Links for people outside."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from restore.models.baskets import Parcel, PersonalQuerySet
from restore.models.rows import TenantRow
from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.roles import Action


class Handover(TenantRow):
    """A link to one parcel for one named person outside: fetched once, with a pass-phrase told by another
    way. Only sums of link and pass-phrase are kept."""

    VIEW_ACTION: ClassVar[Action] = Action.FILE_DOWNLOAD

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FETCHED = "fetched", _("Fetched")
        REVOKED = "revoked", _("Revoked")
        LOCKED = "locked", _("Locked")
        EXPIRED = "expired", _("Expired")

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="handovers")
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who made it."""
    recipient = models.CharField(_("for"), max_length=200)
    token_sum = models.CharField(max_length=64, unique=True)
    """sha256 of what stands in the link."""
    passphrase_sum = models.CharField(max_length=200)
    """As Django keeps passwords."""
    state = models.CharField(_("status"), max_length=16, choices=State.choices, default=State.OPEN)
    wrong_guesses = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    """Since when somebody is fetching it."""
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    fetched_from = models.CharField(max_length=45, blank=True)

    objects = PersonalQuerySet["Handover"].as_manager()  # type: ignore[misc]  # narrower than the base's

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.parcel} for {self.recipient}"

    @property
    def is_open(self) -> bool:
        """Whether it could be fetched now, as far as the link itself goes."""
        return self.state == self.State.OPEN and self.expires_at > timezone.now() and self.parcel.is_ready

    @property
    def shown_state(self) -> str:
        """Its state, also when nobody has noted yet that its time is over."""
        return self.State.EXPIRED if self.state == self.State.OPEN and not self.is_open else self.state
