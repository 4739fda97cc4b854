"""Making a hub know machines that were discovered, and giving them to customers."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown
from sendense_portal.live.events import Event, publish_now
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection, Tenant
from sendense_portal.tenancy.roles import Action
from vms.assignment.services import AssignmentRefused, assign, tell
from vms.discovery.models import Discovery, FoundMachine
from vms.mirror import refresh_vms
from vms.models import VirtualMachine

AT_ONCE = 50
"""Machines of one question to the hub, which has 15 s for it and asks the vCenter again each time."""
LOST_AFTER = timedelta(minutes=3)
State = FoundMachine.State


class AddingRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


def want(
    actor: Actor, discovery: Discovery, machines: Iterable[FoundMachine], customer: Tenant | None
) -> int:
    """Puts machines in line, for a customer or (None) for the rules; how many. Raises AddingRefused while
    somebody else adds of the same discovery, which from here on is this person's."""
    assert actor.user is not None
    keys = [machine.pk for machine in machines]
    in_line = FoundMachine.objects.filter(discovery=discovery, state__in=(State.WAITING, State.ADDING))
    if discovery.user_id != actor.user.pk:
        if in_line.exists():
            raise AddingRefused(_("Somebody else adds machines of this discovery. Wait for them."))
        Discovery.objects.filter(pk=discovery.pk).update(user=actor.user, actor_name=actor.name)
    Discovery.objects.filter(pk=discovery.pk).update(address=actor.address, request_id=actor.request_id)
    again = FoundMachine.objects.filter(pk__in=keys, state__in=(State.NEW, State.REFUSED))
    return again.update(state=State.WAITING, customer=customer, said="")


def add_waiting(discovery: Discovery) -> None:
    """All that wait of one discovery; of several processes one does it."""
    now = timezone.now()
    free = Q(adding_since__isnull=True) | Q(adding_since__lt=now - LOST_AFTER)
    if not Discovery.objects.filter(free, pk=discovery.pk).update(adding_since=now):
        return
    try:
        # What a process had in hand when it ended is looked for, and not asked for again.
        settle(discovery, lost_words=_("It was interrupted, and the hub does not list it."))
        while batch(discovery):
            Discovery.objects.filter(pk=discovery.pk).update(adding_since=timezone.now())
    finally:
        Discovery.objects.filter(pk=discovery.pk).update(adding_since=None)
        publish_now(Event("discovery", str(discovery.pk), None, signals=("discovery", "vms")))


def batch(discovery: Discovery) -> bool:
    """The next so many; False when none waits."""
    waiting = FoundMachine.objects.filter(discovery=discovery, state=State.WAITING)
    chosen = list(waiting.order_by("name")[:AT_ONCE])
    if not chosen:
        return False
    keys = [machine.pk for machine in chosen]
    if not Access.of(discovery.user).can(Action.VM_ADD):
        waiting.update(state=State.REFUSED, said=_("You may no longer do this."))
        return False
    FoundMachine.objects.filter(pk__in=keys).update(state=State.ADDING)
    errors: dict[str, str] = {}
    try:
        errors = added(discovery, [machine.name for machine in chosen])
    except HubOutcomeUnknown:
        pass  # what it did is seen in its list
    except HubError as error:
        FoundMachine.objects.filter(pk__in=keys).update(state=State.REFUSED, said=error.sentence)
        return True
    settle(discovery, errors)
    return True


def added(discovery: Discovery, names: list[str]) -> dict[str, str]:
    """Asks the hub; what it says went wrong, by name. Raises HubError."""
    credential = discovery.credential
    actor = actor_of(discovery)
    with log.attempt(
        actor, Action.VM_ADD, discovery.hub, machines=", ".join(names), credential_used=credential.name
    ) as attempt:
        said = client_for(discovery.hub).discovery.add(credential.remote_id, names)
        attempt.note(count=sum(not vm.error for vm in said))
    return {vm.name: vm.error for vm in said if vm.error}


def settle(discovery: Discovery, errors: dict[str, str] | None = None, lost_words: str = "") -> None:
    """Looks at the hub's list what became of those in hand, and gives to customers what is there."""
    in_hand = FoundMachine.objects.filter(discovery=discovery, state=State.ADDING).select_related("customer")
    if not in_hand.exists():
        return
    try:
        mirror(discovery.hub)
    except HubError as error:
        unseen = _("Whether the hub has added it is not known: %(why)s") % {"why": error.sentence}
        in_hand.update(state=State.REFUSED, said=unseen)
        return
    at_hub = VirtualMachine.objects.filter(hub=discovery.hub, gone_at__isnull=True)
    by_name = {vm.name: vm for vm in at_hub.select_related("tenant", "hub")}
    for machine in in_hand:
        vm = by_name.get(machine.name)
        if vm is None:
            machine.state = State.REFUSED
            fault = _("The hub could not add it. Its own log says why.")
            missing = lost_words or _("The hub did not add it, and says nothing of it. Discover again.")
            machine.said = fault if errors and machine.name in errors else missing
        else:
            machine.state, machine.vm = State.ADDED, vm
            machine.said = handed_over(actor_of(discovery), vm, machine.customer)
        machine.save(update_fields=["state", "said", "vm"])


def handed_over(actor: Actor, vm: VirtualMachine, customer: Tenant | None) -> str:
    """Whose it is now, in a sentence."""
    if customer is None:
        if vm.tenant:
            return _("A rule gave it to %(customer)s.") % {"customer": vm.tenant}
        return _("It has no customer: no rule takes it.")
    try:
        warnings = assign(actor, vm, customer)
    except AssignmentRefused as refusal:
        return _("It was not given to %(customer)s: %(why)s") % {"customer": customer, "why": refusal}
    tell(customer.pk)
    return " ".join([_("It belongs to %(customer)s.") % {"customer": customer}, *warnings])


def mirror(hub: HubConnection) -> None:
    """Reads the hub's machines now, not when sync comes to it. Raises HubError."""
    for event in refresh_vms(hub, client_for(hub)):
        publish_now(event)


def actor_of(discovery: Discovery) -> Actor:
    """The person who discovered."""
    return Actor(discovery.user, discovery.actor_name, discovery.address, discovery.request_id)
