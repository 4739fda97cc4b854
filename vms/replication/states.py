"""The hub's words for where a replicated machine stands, and ours."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vms.models import VirtualMachine

REPLICATING = "replicating"
FAILED_OVER = ("failed_over_test", "failed_over_live")
STATES: dict[str, tuple[str, str | Promise]] = {
    REPLICATING: ("running", _("Replicating")),
    "ready_for_failover": ("completed", _("Ready for failover")),
    "failed_over_test": ("stalled", _("Running as a test at the target")),
    "failed_over_live": ("stalled", _("Failed over: it runs at the target")),
    "completed": ("completed", _("Replicated")),
    "failed": ("failed", _("Replication failed")),
    "cleanup_required": ("failed", _("The provider has to clean up")),
}
"""Badge and words for what the hub says; ``discovered`` is a machine without replication."""


def replicated() -> Q:
    """The machines that replication has anything to do with."""
    return Q(replication_status__in=STATES) | Q(replication_runs__gt=0)


def state_of(vm: VirtualMachine) -> tuple[str, str | Promise]:
    """Badge and words."""
    return STATES.get(vm.replication_status, ("queued", _("Not replicated now")))
