"""What open pages hear of mounts."""

from django.utils import timezone

from restore.models import Mount
from sendense_portal.live.events import Event, Toast, publish_now
from sendense_portal.tenancy.models import HubConnection


def tell(mount: Mount) -> None:
    """Open pages hear of a change."""
    publish_now(Event("mount", str(mount.pk), mount.tenant_id, signals=("mounts",)))


def tell_poisoned(hub: HubConnection) -> None:
    """One failed mount blocks all others at the hub (hub/README.md 21): only its administrator can help."""
    HubConnection.objects.filter(pk=hub.pk).update(mounts_poisoned_at=timezone.now())
    toast = Toast("error", f"{hub.name}: no restore point can be opened", "A failed mount blocks the others.")
    publish_now(Event("hub", str(hub.pk), None, signals=("hubs",), toast=toast))
