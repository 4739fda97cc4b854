"""A person at the portal without a browser: forms and links over plain HTTP, as without JavaScript."""

import json
import re
import time
from typing import Any

import requests

from tests.portal_process import PortalProcess

PASSWORD = "correct horse battery staple"


class Visitor:
    """Signed in as the first administrator of a running portal."""

    def __init__(self, portal: PortalProcess) -> None:
        self.portal = portal
        self.session = requests.Session()
        self.session.trust_env = False

    def first_run(self, email: str = "admin@provider.test") -> None:
        """Becomes the first administrator."""
        form = {"name": "Admin", "email": email, "password1": PASSWORD, "password2": PASSWORD}
        self.post(self.portal.first_run_url.removeprefix(self.portal.address), form)

    def get(self, path: str, **options: Any) -> requests.Response:
        """A page; raises for 4xx and 5xx."""
        answer = self.session.get(self.portal.address + path, timeout=60, **options)
        answer.raise_for_status()
        return answer

    def post(self, path: str, form: dict[str, str]) -> requests.Response:
        """A form, with the token of a page of this site."""
        if "csrftoken" not in self.session.cookies:
            self.get(path)
        values = form | {"csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        answer = self.session.post(
            self.portal.address + path, data=values, timeout=60, headers={"Referer": self.portal.address}
        )
        answer.raise_for_status()
        return answer

    def rows(self, model: str, *fields: str) -> list[dict[str, Any]]:
        """What the portal's database holds, by ``manage.py shell``; newest first where there is a time."""
        code = (
            "import json; from django.apps import apps; "
            f"rows = apps.get_model('{model}').objects.all().values({', '.join(map(repr, fields))}); "
            "print('ROWS', json.dumps(list(rows), default=str))"
        )
        printed = self.portal.manage("shell", "--no-imports", "-c", code)
        found: list[dict[str, Any]] = json.loads(printed.split("ROWS", 1)[1])
        return found

    def wait_for_vms(self, count: int) -> dict[str, str]:
        """Ids of the VMs by name, once sync has found as many, with a repository."""
        for _ in range(60):
            vms = self.rows("vms.VirtualMachine", "id", "name", "disk_count")
            if sum(vm["disk_count"] > 0 for vm in vms) >= count and self.rows("backups.Repository", "id"):
                return {vm["name"]: vm["id"] for vm in vms}
            time.sleep(0.5)
        raise AssertionError("sync found no VMs")

    def back_up(self, vm_id: str, kind: str = "full") -> str:
        """Starts a backup; returns its id."""
        repository = self.rows("backups.Repository", "id")[0]["id"]
        answer = self.post("/backups/start/", {"vm": vm_id, "type": kind, "repository": repository})
        found = re.search(r"/backups/([0-9a-f-]{36})/", answer.url)
        assert found, f"not started: {answer.url}"
        return found[1]

    def wait_for_backups(self, *backup_ids: str, within: float = 300) -> None:
        """Until these backups have completed."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            states = {row["id"]: row["state"] for row in self.rows("backups.Backup", "id", "state")}
            if all(states[backup_id] == "completed" for backup_id in backup_ids):
                return
            assert not any(states[backup_id] == "failed" for backup_id in backup_ids), "a backup failed"
            time.sleep(0.5)
        raise AssertionError(f"not completed within {within} s")

    def open_point(self, backup_id: str, disk: int = 0) -> str:
        """Opens a disk of a backup; returns the mount's id."""
        for _ in range(20):
            answer = self.post("/restore/open/", {"backup": backup_id, "disk": str(disk)})
            if found := re.search(r"/restore/mounts/([0-9a-f-]{36})/", answer.url):
                return found[1]
            time.sleep(1)
        raise AssertionError("the restore point could not be opened")
