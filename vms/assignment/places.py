"""Where the machines of all hubs are, for the choices of filters and rules."""

from collections.abc import Iterable

from django.db.models import QuerySet

from vms.models import VirtualMachine

Choices = list[tuple[str, str]]


def machines() -> QuerySet[VirtualMachine]:
    """Those that a hub still lists."""
    return VirtualMachine.objects.filter(gone_at__isnull=True).order_by()


def vcenters() -> Choices:
    """Every vCenter that a machine is in."""
    return as_choices(machines().values_list("vcenter", flat=True).distinct())


def datacenters() -> Choices:
    """Every datacenter that a machine is in."""
    return as_choices(machines().values_list("datacenter", flat=True).distinct())


def groups() -> Choices:
    """Every machine group of the hubs that has a machine."""
    lists = machines().exclude(groups=[]).values_list("groups", flat=True).distinct()
    return as_choices({name for names in lists for name in names})


def as_choices(names: Iterable[str]) -> Choices:
    """Sorted, without the empty one."""
    return [(name, name) for name in sorted(set(names)) if name]
