"""The hub client of a connection: one per hub and process, so that its breaker and its login are shared."""

from datetime import timedelta
from threading import Lock

from sendense_portal.hub import Dialect, Hub
from sendense_portal.tenancy.models import HubConnection

Key = tuple[str, str]
clients: dict[object, tuple[Key, Hub]] = {}
lock = Lock()


def client_for(connection: HubConnection) -> Hub:
    """The client of a hub; a new one when its address or token was changed since."""
    key = (connection.url, connection.sealed_token)
    with lock:
        known = clients.get(connection.pk)
        if known and known[0] == key:
            return known[1]
        hub = Hub(
            connection.url,
            connection.token,
            dialect=Dialect(connection.dialect) if connection.dialect else None,
            utc_offset=(
                None
                if connection.utc_offset_seconds is None
                else timedelta(seconds=connection.utc_offset_seconds)
            ),
        )
        clients[connection.pk] = (key, hub)
        return hub
