"""A customer's safety rules: one function changes them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import Tenant

POLICY_FIELDS = (
    "require_second_factor",
    "step_up_delete",
    "step_up_grant",
    "step_up_download",
    "four_eyes_delete",
    "four_eyes_retention",
    "four_eyes_second_factor",
    "four_eyes_download",
    "bin_days",
    "rpo_hours",
    "downloads_off",
    "download_endings",
    "handover_allowed",
    "catalogue_off",
    "proofs_off",
    "time_zone",
    "night_begins",
    "night_ends",
    "consent_required",
    "trail_mail",
)
AGAINST_THE_PROVIDER = ("consent_required", "trail_mail")
"""These protect a customer from the provider, whose staff may set them and never take them back."""


class PolicyRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show, ``field`` the rule that it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class SecondPersonNeeded(Exception):
    """The change loosens what the customer wants two people for; ``changes`` are the new values."""

    def __init__(self, changes: Mapping[str, Any]) -> None:
        self.changes = dict(changes)
        super().__init__("a second person is needed")


def change_policy(
    actor: Actor, tenant: Tenant, cleaned: Mapping[str, Any], *, is_approved: bool = False
) -> list[str]:
    """Sets the rules that ``cleaned`` names; returns the names of those that are new.

    The trail of the customer has what each was before and is now. Raises PolicyRefused where the provider's
    staff would take back what protects the customer from them, and SecondPersonNeeded where one person alone
    may not loosen them.
    """
    with transaction.atomic():
        current = Tenant.objects.select_for_update().get(pk=tenant.pk)
        changes = changes_of(current, cleaned)
        if not is_own(actor):
            refuse_to_take_back(changes)
        if not is_approved and loosens(current, changes):
            raise SecondPersonNeeded({name: after for name, (_before, after) in changes.items()})
        for name, (_before, after) in changes.items():
            setattr(current, name, after)
            setattr(tenant, name, after)
        if changes:
            current.save(update_fields=list(changes))
            said = {name: f"{before or '–'} → {after or '–'}" for name, (before, after) in changes.items()}
            log.record(actor, "tenant.policy", Outcome.OK, current, **said)
    return list(changes)


def changes_of(tenant: Tenant, cleaned: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Each rule that is to be another: what it is, and what it is to be."""
    wanted = {name: cleaned[name] for name in POLICY_FIELDS if name in cleaned}
    return {
        name: (getattr(tenant, name), value)
        for name, value in wanted.items()
        if getattr(tenant, name) != value
    }


def loosens(tenant: Tenant, changes: Mapping[str, tuple[Any, Any]]) -> bool:
    """Whether four eyes are switched off anywhere, or retention is lowered or a way out opened that two
    people guard."""
    for name, (before, after) in changes.items():
        if name.startswith("four_eyes_") and before and not after:
            return True
        if tenant.four_eyes_download and lets_more_out(name, before, after):
            return True
        if name == "bin_days" and tenant.four_eyes_retention and after < before:
            return True
    return False


def lets_more_out(name: str, before: Any, after: Any) -> bool:
    """Whether files could leave after a change that could not before."""
    if name == "downloads_off":
        return bool(before and not after)
    if name == "handover_allowed":
        return bool(after)
    if name == "download_endings":
        return bool(before) and (not after or not endings_of(after) <= endings_of(before))
    return False


def endings_of(text: str) -> frozenset[str]:
    """``"PDF, .docx"`` as ``{"pdf", "docx"}``."""
    return frozenset(part.strip(" .").lower() for part in text.replace(";", ",").split(",")) - {""}


def is_own(actor: Actor) -> bool:
    """Whether a person acts for the customer, and not for the provider or as the portal itself."""
    return actor.user is not None and not actor.user.provider_role


def refuse_to_take_back(changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Raises PolicyRefused for a protection against the provider that is there and is to go."""
    for name in AGAINST_THE_PROVIDER:
        before, _after = changes.get(name, ("", ""))
        if before:
            raise PolicyRefused(
                name,
                _("This protects the customer from the provider: only the customer’s own people end it."),
            )
