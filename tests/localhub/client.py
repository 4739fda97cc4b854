"""A bare client for these tests: what goes over the wire and nothing more."""

import time
from typing import Any

import requests

from tests.localhub_process import LocalHub


class Client:
    """Speaks to one localhub. ``older`` uses the paths of the older dialect."""

    def __init__(self, hub: LocalHub) -> None:
        self.hub = hub
        self.older = hub.dialect == "older"
        self.session = requests.Session()

    def close(self) -> None:
        self.session.close()

    def call(self, method: str, path: str, /, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.hub.url}{path}", timeout=60, **more)

    def get(self, path: str, /, **query: str) -> Any:
        """JSON of a read that must succeed."""
        answer = self.call("GET", f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def login(self) -> None:
        answer = self.call("POST", "/api/v1/auth/login", json={"token": self.hub.token})
        self.session.headers["Authorization"] = f"Bearer {answer.json()['session_token']}"

    def repository(self) -> str:
        self.login()
        found = self.get("/repositories")
        return str((found if self.older else found["repositories"])[0]["id"])

    def start(self, vm: str, kind: str = "full", **more: object) -> str:
        """Starts a backup and gives its id."""
        self.next_second(vm, more.get("disk_id"))
        path = "/api/v1/backup/start" if self.older else "/api/v1/backups"
        body = {"vm_name": vm, "backup_type": kind, "repository_id": self.repository(), **more}
        answer = self.call("POST", path, json=body)
        self.hub.last_starts[vm, more.get("disk_id")] = time.time()
        assert answer.status_code == (202 if self.older else 200), answer.text
        return str(answer.json()["backup_id"])

    def next_second(self, vm: str, disk: object = None) -> None:
        """Ids carry the second in which the hub took a start, and no two of one VM may be alike."""
        while int(time.time()) <= int(self.hub.last_starts.get((vm, disk), 0)):
            time.sleep(1.02 - time.time() % 1)

    def job(self, backup_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/{'backup' if self.older else 'backups'}/{backup_id}")
        return found

    def wait(self, backup_id: str, *statuses: str, within: float = 60) -> dict[str, Any]:
        until = time.monotonic() + within
        while time.monotonic() < until:
            job = self.job(backup_id)
            if job["status"] in (statuses or ("completed", "failed")):
                return job
            time.sleep(0.03)
        raise AssertionError(f"{backup_id} is still {job}")

    def backup(self, vm: str, kind: str = "full", disks: int = 1, **more: object) -> str:
        """A backup from its start until each of its disks can be mounted."""
        backup_id = self.start(vm, kind, **more)
        assert self.wait(backup_id)["status"] == "completed"
        if not self.older:
            self.unmount(self.mount(backup_id, disks - 1))
        return backup_id

    def mount(self, backup_id: str, disk: int = 0, within: float = 20) -> str:
        """Mounts as soon as the hub has finished the disk."""
        until = time.monotonic() + within
        while True:
            answer = self.try_mount(backup_id, disk)
            if answer.status_code == 200:
                return str(answer.json()["mount_id"])
            if "disk not found" not in answer.text or time.monotonic() > until:
                raise AssertionError(answer.text)
            time.sleep(0.05)

    def try_mount(self, backup_id: str, disk: int = 0) -> requests.Response:
        return self.call("POST", "/api/v1/restore/mount", json={"backup_id": backup_id, "disk_index": disk})

    def unmount(self, mount_id: str) -> None:
        assert self.call("DELETE", f"/api/v1/restore/{mount_id}").status_code == 200

    def files(self, mount_id: str, path: str = "/", **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/restore/{mount_id}/files", path=path, **query)["files"]
        return found

    def names(self, mount_id: str, path: str = "/") -> list[str]:
        return [entry["name"] for entry in self.files(mount_id, path)]

    def download(self, mount_id: str, path: str, route: str = "download", **query: str) -> requests.Response:
        return self.call("GET", f"/api/v1/restore/{mount_id}/{route}", params={"path": path, **query})

    def content(self, mount_id: str, path: str) -> bytes:
        answer = self.download(mount_id, path)
        assert answer.status_code == 200, answer.text
        return answer.content
