"""A machine with a point in the catalogue, at a hub with room."""

import pytest

from backups.models import Backup
from restore.catalogue.walker import walk_all
from restore.models import MountSlots
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import Cast
from tests.restore.catalogue.conftest import machine, point_of


@pytest.fixture
def backup(cast: Cast, connection: HubConnection, room: MountSlots) -> Backup:
    """Walked; its customer has night all day."""
    cast.acme.night_begins = cast.acme.night_ends = 3
    cast.acme.save()
    made = point_of(machine(connection, cast.acme), 2)
    assert walk_all(connection) == 1
    return made
