"""A real small hub and a follower of it, for tests that step the sync by hand."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sendense_portal.audit.log import Actor
from sendense_portal.live.events import Event
from sendense_portal.sync.follower import HubFollower
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import clients
from sendense_portal.tenancy.models import HubConnection, User
from tests.conftest import Cast
from tests.localhub_process import LocalHub, sample_vms


@dataclass
class Followed:
    """A hub process, its connection, and the follower that mirrors it."""

    process: LocalHub
    connection: HubConnection
    follower: HubFollower
    events: list[Event] = field(default_factory=list)

    def round(self) -> list[Event]:
        """One round of sync with every source due."""
        self.follower.asked_at.clear()
        self.follower.retry_at = 0.0
        heard = self.follower.round()
        self.events += heard
        return heard

    def until(self, done: Callable[[], bool], within: float = 30) -> None:
        """Rounds until something holds; fails with what was heard when it never does."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            self.round()
            if done():
                return
            time.sleep(0.1)
        raise AssertionError(f"did not come true within {within} s; heard {self.events[-3:]}")


Follow = Callable[..., Followed]


@pytest.fixture
def follow(tmp_path: Path, cast: Cast) -> Iterator[Follow]:
    """``follow("web01", copy_rate=…)`` starts a localhub with those sample VMs and mirrors it once."""
    started: list[LocalHub] = []

    def start(*vms: str, dialect: str = "today", quirks: tuple[str, ...] = (), **flags: Any) -> Followed:
        folder = sample_vms(tmp_path / "vms", *vms)
        process = LocalHub(folder, tmp_path / "state", dialect=dialect, quirks=quirks, **flags).start()
        started.append(process)
        connection = HubConnection(name="Hub", url=process.url)
        connection.token = process.token
        connection.save()
        followed = Followed(process, connection, HubFollower(connection.pk, "test"))
        followed.round()
        return followed

    yield start
    for process in started:
        process.stop()
    clients.clear()
    shutil.rmtree(tmp_path, ignore_errors=True)


def acting(person: User) -> tuple[Actor, Access]:
    """What a service needs of a person."""
    return Actor(person, person.email), Access.of(person)
