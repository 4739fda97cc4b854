"""Many people of two customers who want more restore points than the hub can open, while both are killed.

Everything is real: a hub process, the portal as ``script/server`` runs it, and people with browsers.
"""

import hashlib
import os
import random
import signal
import socket
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import requests

from tests.localhub_process import LocalHub
from tests.portal_process import PortalProcess
from tests.restore.people import CUSTOMERS, Person, Tally
from tests.visitor import PASSWORD, Visitor

PEOPLE = 20
VMS = 12
PEOPLE_CODE = """
from django.contrib.auth.hashers import make_password
from sendense_portal.tenancy.models import Membership, Tenant, User
password = make_password({password!r})
for name in {customers!r}:
    tenant = Tenant.objects.create(name=name)
    for number in range({each}):
        person = User.objects.create(email=f"person{{number}}@{{name.lower()}}.test", password=password)
        Membership.objects.create(user=person, tenant=tenant, role="operator")
"""
MOUNTS_CODE = (
    "from restore.models import Mount;"
    "print('OPEN', *Mount.objects.filter(state__in=['opening', 'open']).values_list('remote_id', flat=True))"
)


class Crowd:
    """Hub, portal, two customers with six machines each, and twenty people."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder, self.seed = folder, seed
        self.tally = Tally()
        self.points: dict[str, str] = {}
        self.sums: dict[str, dict[str, str]] = {}
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        for number in range(VMS):
            name = f"vm{number:02}"
            self.sums[name] = small_vm(self.folder / "vms" / name, seed=number)
        self.hub = self.stack.enter_context(LocalHub(self.folder / "vms", self.folder / "state"))
        (self.folder / "token").write_text(self.hub.token)
        options = ("--hub", self.hub_address(), "--token-file", str(self.folder / "token"))
        self.portal = self.stack.enter_context(PortalProcess(self.folder / "data", *options))
        self.admin = Visitor(self.portal)
        self.admin.first_run()
        code = PEOPLE_CODE.format(password=PASSWORD, customers=CUSTOMERS, each=PEOPLE // len(CUSTOMERS))
        self.portal.manage("shell", "--no-imports", "-c", code)
        vms = self.admin.wait_for_vms(VMS)
        for customer in CUSTOMERS:
            own = [vm for vm in vms if self.owner(vm) == customer]
            self.portal.manage("assign_vms", customer, *own)
        repository = self.admin.rows("backups.Repository", "id")[0]["id"]
        for name, pk in vms.items():
            answer = self.admin.post("/backups/start/", {"vm": pk, "type": "full", "repository": repository})
            self.points[name] = answer.url.rstrip("/").rpartition("/")[2]
        self.admin.wait_for_backups(*self.points.values())
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def hub_address(self) -> str:
        """Where the portal finds the hub."""
        return self.hub.url

    @staticmethod
    def owner(vm: str) -> str:
        """The customer of a machine: every other one is Acme's."""
        return CUSTOMERS[int(vm[-2:]) % 2]

    def run(self, requests_in_all: int, disturb: bool = True) -> Tally:
        """All at once; at a quarter the portal is killed, at half the hub, at three quarters both."""
        each = PEOPLE // len(CUSTOMERS)
        people = [Person(self, customer, number) for customer in CUSTOMERS for number in range(each)]
        threads = [
            threading.Thread(target=person.work, args=(requests_in_all // PEOPLE,)) for person in people
        ]
        for thread in threads:
            thread.start()
        disturbances = [self.kill_portal, self.kill_hub, self.kill_both]
        for quarter, disturbance in enumerate(disturbances if disturb else [], 1):
            while self.tally.total < requests_in_all * quarter / 4 and any(t.is_alive() for t in threads):
                time.sleep(0.1)
            disturbance()
        for thread in threads:
            thread.join()
        return self.tally

    def kill_portal(self) -> None:
        """As when the machine's memory is short: no chance to tidy up; started again at once."""
        process = self.portal.process
        assert process is not None
        children = (
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        )
        for pid in (process.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        while is_listening(self.portal.port):
            time.sleep(0.05)
        self.portal.start()

    def kill_hub(self) -> None:
        self.hub.kill()
        self.hub.start()

    def kill_both(self) -> None:
        self.kill_hub()
        self.kill_portal()

    def leaked(self, within: float = 120) -> set[str]:
        """Mounts at the hub that the portal does not know, once it had time to find out."""
        end = time.monotonic() + within
        while (unknown := self.at_hub() - self.in_portal()) and time.monotonic() < end:
            time.sleep(2)
        return unknown

    def at_hub(self) -> set[str]:
        listed = requests.get(f"{self.hub.url}/api/v1/restore/mounts", timeout=20).json()["mounts"] or []
        return {mount["mount_id"] for mount in listed}

    def in_portal(self) -> set[str]:
        printed = self.portal.manage("shell", "--no-imports", "-c", MOUNTS_CODE)
        return set(printed.split("OPEN", 1)[1].split())


def is_listening(port: int) -> bool:
    """Whether a process still holds the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def small_vm(folder: Path, seed: int) -> dict[str, str]:
    """A VM with one bare ext4 of files that no other has; sha256 by name."""
    source = random.Random(seed)
    content = folder.parent.parent / "content" / folder.name
    content.mkdir(parents=True)
    folder.mkdir(parents=True)
    sums = {}
    for number in range(6):
        body = source.randbytes(1000 * 8**number // 8)
        (content / f"data-{number}.bin").write_bytes(body)
        sums[f"data-{number}.bin"] = hashlib.sha256(body).hexdigest()
    command = ["mkfs.ext4", "-q", "-F", "-d", str(content), str(folder / "disk0.raw"), "24M"]
    subprocess.run(command, check=True, capture_output=True)
    return sums
