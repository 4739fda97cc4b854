"""A hub with room, and points old enough to be walked."""

from datetime import timedelta

from django.utils import timezone

from backups.models import Backup
from restore.catalogue.walker import walk_all
from restore.models import CataloguePoint, NameVersion
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.factories import make_backup, make_vm
from vms.models import VirtualMachine


def point_of(vm: VirtualMachine, days_ago: int) -> Backup:
    """A restore point that the hub closed long ago."""
    began = timezone.now() - timedelta(days=days_ago)
    return make_backup(vm, created_at=began, completed_at=began)


def machine(connection: HubConnection, tenant: Tenant, name: str = "web01") -> VirtualMachine:
    return make_vm(name, tenant, hub=connection)


def walked(connection: HubConnection, backup: Backup) -> dict[str, int]:
    """Paths and sizes that the catalogue has of a point, after a walk."""
    walk_all(connection)
    return names_at(backup)


def names_at(backup: Backup) -> dict[str, int]:
    """Paths and sizes that the catalogue has of a point."""
    position = CataloguePoint.objects.get(backup=backup).position
    rows = NameVersion.objects.filter(name__disk__vm=backup.vm, after__lt=position, gone__gt=position)
    return {row.name.path: row.size for row in rows.select_related("name__folder")}
