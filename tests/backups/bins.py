"""A chain of a customer with a bin, and what tests of the bin do with it."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from backups.models import Backup, BackupType
from sendense_portal.tenancy.models import Tenant
from tests.conftest import Cast
from tests.factories import make_backup, make_hub, make_repository, make_vm
from tests.hub.servers import Server

NOBODY = "http://127.0.0.1:9"


def chain(cast: Cast, url: str = NOBODY, days: int = 7) -> list[Backup]:
    """A full and two increments of a customer with a bin, oldest first."""
    Tenant.objects.filter(pk=cast.acme.pk).update(bin_days=days)
    cast.acme.refresh_from_db()
    vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", url))
    repository = make_repository("Vault", hub=vm.hub)
    kinds = [BackupType.FULL, BackupType.INCREMENTAL, BackupType.INCREMENTAL]
    return [
        make_backup(vm, backup_type=kind, age=timedelta(days=9 - number), repository=repository)
        for number, kind in enumerate(kinds)
    ]


def confirm(client: Client, backup: Backup) -> HttpResponse:
    """Looks, and confirms what was seen."""
    address = f"/backups/{backup.pk}/delete/"
    token = client.get(address).context["radius"].token
    return client.post(address, {"token": token})  # type: ignore[return-value]  # the test client's answer is one


def untils(*backups: Backup) -> list[datetime | None]:
    found = dict(Backup.objects.values_list("pk", "bin_until"))
    return [found[backup.pk] for backup in backups]


def let_time_pass(*backups: Backup) -> None:
    keys = [backup.pk for backup in backups]
    Backup.objects.filter(pk__in=keys).update(bin_until=timezone.now() - timedelta(seconds=1))


def still_there(*backups: Backup) -> list[bool]:
    held = set(Backup.objects.filter(gone_at__isnull=True).values_list("pk", flat=True))
    return [backup.pk in held for backup in backups]


def deletions(server: Server) -> list[str]:
    return [request.path.rpartition("/")[2] for request in server.requests if request.method == "DELETE"]
