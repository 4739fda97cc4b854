"""The hub's credentials as rows."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from sendense_portal.hub import Hub, records
from sendense_portal.live.events import Event
from sendense_portal.tenancy.models import HubConnection
from vms.discovery.models import Credential
from vms.models import VirtualMachine


def refresh_credentials(connection: HubConnection, hub: Hub) -> Iterable[Event]:
    """Mirrors what the hub lists; raises HubError."""
    known = {one.remote_id: one for one in Credential.objects.filter(hub=connection)}
    listed = {one.id: one for one in hub.credentials.list()}
    now = timezone.now()
    is_changed = False
    for remote_id, told in listed.items():
        row, values = known.get(remote_id), facts(told)
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            is_changed = True
            # Whoever adds one reads the list at once, maybe while sync does.
            Credential.objects.update_or_create(
                {**values, "observed_at": now}, hub=connection, remote_id=remote_id
            )
    gone = Credential.objects.filter(hub=connection, gone_at__isnull=True).exclude(remote_id__in=listed)
    is_changed |= bool(gone.update(gone_at=now))
    return [Event("hub", str(connection.pk), None, signals=("credentials",))] if is_changed else []


def facts(told: records.Credential) -> dict[str, object]:
    """A credential in the columns of our row."""
    return {
        "name": told.name[:255],
        "vcenter": told.vcenter_host[:255],
        "username": told.username[:255],
        "datacenter": told.datacenter[:255],
        "is_active": told.is_active,
        "is_default": told.is_default,
        "added_at": told.created_at,
        "last_used_at": told.last_used_at,
        "gone_at": None,
    }


def users_of(credential: Credential) -> QuerySet[VirtualMachine]:
    """Machines that the hub backs up by it, as far as the portal knows."""
    return VirtualMachine.objects.filter(
        hub=credential.hub_id, credential_remote_id=credential.remote_id, gone_at__isnull=True
    )
