"""How old the newest restore point of a machine may be: the one rule of all pages.

The strictest of what its flows say counts (``flow_rpo_hours``, which protection keeps), else what its
customer says, else a day. Neither function asks the database: read machines with their ``tenant``.
"""

from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, Q, Value, When
from django.utils.translation import gettext as _

from sendense_portal.tenancy.objectives import DEFAULT_HOURS, HOURS
from vms.models import VirtualMachine


def overdue(now: datetime) -> Q:
    """The machines without a restore point, or whose newest is too old."""
    moment = DateTimeField()
    oldest = Case(
        *(When(said(hours), then=Value(now - timedelta(hours=hours), moment)) for hours, _label in HOURS),
        default=Value(now - timedelta(hours=DEFAULT_HOURS), moment),
    )
    return Q(last_restore_point_at__isnull=True) | Q(last_restore_point_at__lt=oldest)


def said(hours: int) -> Q:
    """The machines whose objective is so many hours because somebody said so."""
    return Q(flow_rpo_hours=hours) | Q(flow_rpo_hours__isnull=True, tenant__rpo_hours=hours)


def objective_of(vm: VirtualMachine) -> timedelta:
    """How old its newest restore point may be."""
    customers = vm.tenant.rpo_hours if vm.tenant else DEFAULT_HOURS
    return timedelta(hours=vm.flow_rpo_hours or customers)


def is_overdue(vm: VirtualMachine, now: datetime) -> bool:
    """The same of one machine."""
    return vm.last_restore_point_at is None or vm.last_restore_point_at < now - objective_of(vm)


def in_words(objective: timedelta) -> str:
    """As the choices call it: “24 hours”."""
    hours = round(objective / timedelta(hours=1))
    return str(dict(HOURS).get(hours) or _("%(hours)d hours") % {"hours": hours})
