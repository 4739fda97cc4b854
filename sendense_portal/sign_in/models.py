"""Wrong codes, and customers' own ways of signing in."""

import secrets as random
import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy import secrets
from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action, TenantRole
from sendense_portal.tenancy.scopes import TenantQuerySet


class CodeGuesses(models.Model):
    """Wrong codes of a person since the last right one (``guesses``)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="code_guesses")
    wrong = models.PositiveSmallIntegerField(default=0)
    lock_outs = models.PositiveSmallIntegerField(default=0)
    """In a row; each lasts twice as long as the one before."""
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.wrong}"


def new_slug() -> str:
    """A name for an address that nobody guesses: it would tell who the provider's customers are."""
    return random.token_hex(8)


class SsoConnection(models.Model):
    """A customer's OpenID provider: who it is, and what is believed of it."""

    VIEW_ACTION: ClassVar[Action] = Action.SSO_EDIT

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="sso")
    slug = models.CharField(max_length=32, unique=True, default=new_slug, editable=False)
    issuer = models.URLField(_("issuer"), max_length=500)
    client_id = models.CharField(_("client id"), max_length=200)
    sealed_client_secret = models.TextField(blank=True, editable=False)
    domains = models.JSONField(_("e-mail domains"), default=list, blank=True)
    """In small letters; a person with an address elsewhere is refused. Entered by the provider's staff."""
    role = models.CharField(
        _("role of new people"), max_length=32, choices=TenantRole.choices, blank=True,
        help_text=_("Without one, only people who were invited can sign in."),
    )  # fmt: skip
    vouches_for_addresses = models.BooleanField(
        _("addresses without a word on whether they are verified count as verified"),
        default=False,
        help_text=_("Microsoft Entra ID sends none. An address said to be unverified never counts."),
    )
    counts_as_second_factor = models.BooleanField(
        _("signing in there counts as second factor"),
        default=False,
        help_text=_("Only if your identity provider asks everybody for one."),
    )
    enabled = models.BooleanField(_("people can sign in with it"), default=False)

    objects = TenantQuerySet["SsoConnection"].as_manager()

    def __str__(self) -> str:
        return str(self.tenant)

    @property
    def client_secret(self) -> str:
        """In clear: only the exchange with the identity provider asks for it."""
        return secrets.unseal(self.sealed_client_secret)

    @client_secret.setter
    def client_secret(self, value: str) -> None:
        self.sealed_client_secret = secrets.seal(value)


class SsoIdentity(models.Model):
    """Who a person is at their customer's identity provider."""

    connection = models.ForeignKey(SsoConnection, on_delete=models.CASCADE, related_name="identities")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sso_identities")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "subject"], name="one_person_per_subject"),
            models.UniqueConstraint(fields=["connection", "user"], name="one_subject_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.connection}"
