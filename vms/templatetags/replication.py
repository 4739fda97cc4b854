"""What templates may ask about a machine's replication; none of it is a query."""

from django import template
from django.utils.functional import Promise

from vms.models import VirtualMachine
from vms.replication.progress import ReplicationProgress, progress_of
from vms.replication.starts import is_free
from vms.replication.states import REPLICATING, STATES, state_of

register = template.Library()


@register.simple_tag
def replication_state(vm: VirtualMachine) -> tuple[str, str | Promise] | None:
    """Badge and words; None for a machine that replication has nothing to do with."""
    return state_of(vm) if vm.replication_status in STATES or vm.replication_runs else None


@register.simple_tag
def replication_progress(vm: VirtualMachine) -> ReplicationProgress | None:
    """How far it is; None unless it runs."""
    return progress_of(vm) if vm.replication_status == REPLICATING else None


@register.filter
def can_replicate(vm: VirtualMachine) -> bool:
    """Whether it is worth offering; its page says what else stands in the way."""
    return is_free(vm)
