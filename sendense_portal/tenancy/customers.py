"""Making, renaming, suspending and closing customers: the one way for pages and commands."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import Tenant

State = Tenant.State

STEPS: dict[str, tuple[State, frozenset[State]]] = {
    "suspend": (State.SUSPENDED, frozenset({State.ACTIVE})),
    "resume": (State.ACTIVE, frozenset({State.SUSPENDED, State.CLOSED})),
    "close": (State.CLOSED, frozenset({State.ACTIVE, State.SUSPENDED})),
}
"""What one can do with a customer: the state it leads to, and those it may begin in."""


class CustomerRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


def create_customer(actor: Actor, name: str) -> Tenant:
    """A new customer without people and machines. Raises CustomerRefused for a name that is taken."""
    try:
        with transaction.atomic():
            tenant = Tenant.objects.create(name=name)
            log.record(actor, "tenant.create", Outcome.OK, tenant)
    except IntegrityError:
        raise CustomerRefused(name_taken(name)) from None
    return tenant


def rename_customer(actor: Actor, tenant: Tenant, name: str) -> None:
    """Gives a customer another name. Raises CustomerRefused for one that is taken."""
    before = Tenant.objects.values_list("name", flat=True).get(pk=tenant.pk)
    tenant.name = name
    if before == name:
        return
    try:
        with transaction.atomic():
            tenant.save(update_fields=["name"])
            log.record(actor, "tenant.rename", Outcome.OK, tenant, before=before)
    except IntegrityError:
        raise CustomerRefused(name_taken(name)) from None


def change_state(actor: Actor, tenant: Tenant, step: str) -> None:
    """Suspends, resumes or closes a customer.

    Nothing else has to be told: rights are read afresh for every request (``Access.of``) and every few
    seconds for an open socket. Raises CustomerRefused where its state does not allow the step.
    """
    state, begins_in = STEPS[step]
    with transaction.atomic():
        current = Tenant.objects.select_for_update().get(pk=tenant.pk)
        if current.state not in begins_in:
            raise CustomerRefused(
                _("%(customer)s is %(state)s already; somebody else changed it meanwhile.")
                % {"customer": current.name, "state": current.get_state_display().lower()}
            )
        current.state = state
        current.save(update_fields=["state"])
        log.record(actor, f"tenant.{step}", Outcome.OK, current)
    tenant.state = state


def name_taken(name: str) -> str:
    """The same words at the form and in the service."""
    return _("There is a customer called “%(name)s” already.") % {"name": name}
