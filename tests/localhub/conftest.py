"""Hubs for tests, as real processes with folders of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.localhub.client import Client
from tests.localhub_process import LocalHub, sample_vms

Serve = Callable[..., Client]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """``serve(vms, quirks=["escape"], copy_rate=1e6)``: a running hub and its client; ended with the test.

    The state folder is the test's, so a second call goes on where the first hub was.
    """
    clients: list[Client] = []

    def start(vms: Path, **options: object) -> Client:
        flags: dict[str, object] = {"finish_delay": 0.1, **options}
        hub = LocalHub(vms, tmp_path / "state", **flags)  # type: ignore[arg-type]  # flags of any kind
        client = Client(hub.start())
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()
        client.hub.stop()


@pytest.fixture
def web_vm(tmp_path: Path) -> Path:
    return sample_vms(tmp_path / "vms", "web01")


@pytest.fixture
def small_vm(tmp_path: Path) -> Path:
    """files01: the smallest of the samples."""
    return sample_vms(tmp_path / "vms", "files01")


@pytest.fixture(scope="session")
def web_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One hub with web01 and one full backup of it, for tests that only read."""
    folder = tmp_path_factory.mktemp("web")
    with LocalHub(sample_vms(folder / "vms", "web01"), folder / "state", finish_delay=0.1) as hub:
        client = Client(hub)
        client.backup("web01")
        yield client
        client.close()


@pytest.fixture(scope="session")
def web_mount(web_hub: Client) -> str:
    """That full, mounted."""
    (backup,) = web_hub.get("/backups", vm_name="web01")["backups"]
    return web_hub.mount(backup["backup_id"])
