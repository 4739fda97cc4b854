"""As in production: one process serves pages, another one follows the hubs, and either may die."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import requests
from cryptography.fernet import Fernet

from sendense_portal.hub import Hub
from sendense_portal.sync.clock import LEASE_FOR
from tests.localhub_process import LocalHub
from tests.portal_process import ROOT, PortalProcess
from tests.restore.crowd import small_vm
from tests.visitor import PASSWORD, Visitor
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

EMAIL = "admin@provider.test"


class Production(PortalProcess):
    """``serve --no-sync`` and ``sync_hubs`` over one database."""

    def __init__(self, data: Path, hub: LocalHub) -> None:
        super().__init__(data)
        self.hub = hub
        self.syncer: subprocess.Popen[bytes] | None = None

    def start(self, within: float = 90) -> Self:
        self.data.mkdir()
        (self.data / "secret_key").write_text("x" * 50, encoding="ascii")
        (self.data / "field_key").write_bytes(Fernet.generate_key())
        (self.data / "hub_token").write_text(self.hub.token, encoding="ascii")
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--verbosity", "0", "--no-input")
        self.manage("connect_hub", "Hub", self.hub.url, "--token-file", str(self.data / "hub_token"))
        self.manage("create_person", EMAIL, "--provider-role", "provider_admin", text=PASSWORD + "\n")
        self.process = self.begin("serve", "--no-sync", "--port", str(self.port))  # type: ignore[assignment]
        wait_until(self.answers, within)
        return self

    def answers(self) -> bool:
        try:
            return requests.get(self.address + "/sign-in/", timeout=5).ok
        except requests.ConnectionError:
            return False

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """A process of ``manage.py`` that goes on."""
        return subprocess.Popen([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment)

    def follow(self) -> None:
        """Begins to follow the hub."""
        self.syncer = self.begin("sync_hubs")

    def kill_follower(self) -> None:
        """As when the machine's memory is short."""
        assert self.syncer is not None
        self.syncer.kill()
        self.syncer.wait()

    def __exit__(self, *error: Any) -> None:
        for process in (self.syncer, self.process):
            if process and process.poll() is None:
                process.terminate()
                process.wait(30)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Production]:
    small_vm(tmp_path / "vms" / "vm00", seed=1)
    with (
        LocalHub(tmp_path / "vms", tmp_path / "state", copy_rate=600_000) as hub,
        Production(tmp_path / "data", hub) as portal,
    ):
        yield portal


def test_a_backup_is_followed_by_its_process_and_by_the_next_when_that_dies(
    portal: Production,
) -> None:
    visitor = Visitor(portal)
    visitor.post("/sign-in/", {"login": EMAIL, "password": PASSWORD})
    assert visitor.rows("vms.VirtualMachine", "id") == [], "nobody follows the hub yet"
    portal.follow()
    vm = visitor.wait_for_vms(1)["vm00"]
    backup = visitor.back_up(vm)

    def row() -> dict[str, Any]:
        (found,) = visitor.rows("backups.Backup", "remote_id", "state", "transferred_bytes")
        return found

    wait_until(lambda: (row()["transferred_bytes"] or 0) > 0, 20)  # told by the other process
    assert row()["state"] == "running"
    portal.kill_follower()
    left = row()
    hub = Hub(portal.hub.url, portal.hub.token)
    hub.probe()
    wait_until(lambda: hub.backups.get(left["remote_id"]).status == "completed", 40)
    assert row() == left, "nobody else follows it"
    assert visitor.get(f"/backups/{backup}/").status_code == 200
    portal.follow()
    visitor.wait_for_backups(backup, within=LEASE_FOR.total_seconds() + 20)
    assert visitor.open_point(backup)
