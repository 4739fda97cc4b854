"""Discoveries and additions, done beside the pages: a vCenter takes its time and no page waits for it.

The chore ``discovery`` finds what is to do; each discovery has a thread of its own, so that a slow vCenter
keeps nothing else waiting. Whoever claims a row does it; nothing is asked of a hub twice.
"""

import logging
from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import DiscoveredVM, HubError
from sendense_portal.live.events import Event, publish_now
from sendense_portal.sync.beside import Beside
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.roles import Action
from vms.discovery.adding import add_waiting
from vms.discovery.models import Credential, Discovery, FoundMachine
from vms.models import LONGEST_NAME, VirtualMachine

logger = logging.getLogger(__name__)
LOST_AFTER = timedelta(minutes=3)
"""Whoever asks a hub is done after half a minute; after this it is no more."""
KEPT = 20
"""Discoveries of a hub that stay, with what they found."""
State = Discovery.State
threads = Beside("discovery")


def ask(actor: Actor, credential: Credential, name_filter: str) -> Discovery:
    """Writes the wish down; the chore acts on it within a second or two."""
    if actor.user is None:
        raise ValueError("only a person discovers")
    old = Discovery.objects.filter(hub=credential.hub).order_by("-created_at")[KEPT - 1 :]
    idle = Discovery.objects.filter(pk__in=[one.pk for one in old], adding_since__isnull=True)
    idle.exclude(machines__state__in=("waiting", "adding")).delete()
    return Discovery.objects.create(
        hub=credential.hub, credential=credential, name_filter=name_filter, user=actor.user,
        actor_name=actor.name, address=actor.address, request_id=actor.request_id,
    )  # fmt: skip


def tend() -> None:
    """Begins what waits: the chore."""
    now = timezone.now()
    lost = Discovery.objects.filter(state=State.ASKING, began_at__lt=now - LOST_AFTER)
    lost.update(state=State.FAILED, ended_at=now, said=_("It was interrupted. Discover again."))
    for discovery in Discovery.objects.filter(state=State.ASKED):
        threads.begin(discovery.pk, partial(discover, discovery))
    free = Q(adding_since__isnull=True) | Q(adding_since__lt=now - LOST_AFTER)
    to_add = Discovery.objects.filter(free, machines__state__in=("waiting", "adding")).distinct()
    for discovery in to_add:
        threads.begin(discovery.pk, partial(add_waiting, discovery))


def discover(discovery: Discovery) -> None:
    """Asks the vCenter, once; writes down what it has or why it is not known."""
    mine = Discovery.objects.filter(pk=discovery.pk, state=State.ASKED)
    if not mine.update(state=State.ASKING, began_at=timezone.now()):
        return
    actor = Actor(discovery.user, discovery.actor_name, discovery.address, discovery.request_id)
    state, said = State.DONE, ""
    try:
        if not Access.of(discovery.user).can(Action.DISCOVERY_RUN):
            state, said = State.FAILED, _("You may no longer do this.")
        else:
            look(actor, discovery)
    except HubError as error:
        state, said = State.FAILED, error.sentence
    except Exception:
        logger.exception("discovery %s failed", discovery.pk)
        state, said = State.FAILED, _("Something went wrong in the portal.")
    Discovery.objects.filter(pk=discovery.pk, state=State.ASKING).update(
        state=state, said=said, ended_at=timezone.now()
    )
    publish_now(Event("discovery", str(discovery.pk), None, signals=("discovery",)))


def look(actor: Actor, discovery: Discovery) -> None:
    """What the vCenter has, as rows. Raises HubError."""
    credential = discovery.credential
    with log.attempt(
        actor, Action.DISCOVERY_RUN, credential, hub=discovery.hub.name, filter=discovery.name_filter
    ) as attempt:
        hub = client_for(discovery.hub)
        found = hub.discovery.discover(credential.remote_id, discovery.name_filter)
        attempt.note(count=len(found))
    at_hub = VirtualMachine.objects.filter(hub=discovery.hub, gone_at__isnull=True)
    known = dict(at_hub.values_list("name", "pk"))
    times = Counter(vm.name for vm in found)
    FoundMachine.objects.bulk_create(
        (machine_of(discovery, vm, known, times[vm.name]) for vm in found), batch_size=500
    )


def machine_of(discovery: Discovery, vm: DiscoveredVM, known: dict[str, UUID], times: int) -> FoundMachine:
    """A row; whether it can be added is said here, since the hub says nothing of it."""
    machine = FoundMachine(
        discovery=discovery,
        name=vm.name[:255],
        path=vm.path[:1024],
        guest_os=vm.guest_os[:128],
        is_on=vm.power_state.lower() == "poweredon",
        cpu_count=vm.cpu_count,
        memory_mib=vm.memory_mb,
        disk_count=vm.disk_count,
        disk_bytes=vm.disk_bytes,
    )
    if vm.is_known or vm.name in known:
        machine.state = FoundMachine.State.KNOWN
        machine.vm_id = known.get(vm.name)
    elif reason := unusable(vm, times):
        machine.state, machine.said = FoundMachine.State.UNUSABLE, reason
    return machine


def unusable(vm: DiscoveredVM, times: int) -> str:
    """Why a machine would only make trouble at the hub; "" where nothing speaks against it."""
    if times > 1:
        return _("The vCenter has several of this name, and the hub goes by names.")
    if "-disk" in vm.name or "/" in vm.name or len(vm.name) > LONGEST_NAME:
        return _(
            "The hub can’t handle this name: it must have at most 32 characters, no “/” and no “-disk”. "
            "Rename it at the vCenter."
        )
    if not vm.disk_count:
        return _("It has no disk that could be backed up.")
    return ""
