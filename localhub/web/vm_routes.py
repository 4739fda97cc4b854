"""VM contexts, their disks, and those in no group (contract, 5.1)."""

import hashlib
import sqlite3
from typing import Any

from localhub.clocks import now
from localhub.credentials import DATACENTER, VCENTER
from localhub.hub import Hub
from localhub.options import Dialect
from localhub.vms import Vm, size_gb
from localhub.web.answers import Answer, ok
from localhub.web.requests import Request
from localhub.web.routes import Routes
from localhub.web.sessions import Sessions

GROUPED = ("context_id", "vm_name", "vm_path", "vcenter_host", "datacenter", "current_status", "auto_added",
           "scheduler_enabled", "cpu_count", "memory_mb", "os_type", "power_state", "created_at",
           "last_job_at")  # fmt: skip


class VmRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def rows(self) -> list[tuple[sqlite3.Row, Vm | None]]:
        there = self.hub.vms.scan()
        rows = self.hub.database.rows("SELECT * FROM vm_contexts ORDER BY vm_name")
        return [(row, there.get(row["vm_name"])) for row in rows]

    def context(self, row: sqlite3.Row, vm: Vm | None) -> dict[str, Any]:
        made = self.hub.clock.offset(row["created_at"])
        name = row["vm_name"]
        vm = vm or Vm(name, self.hub.options.vms / name, power="poweredOff")
        return {
            "context_id": row["context_id"],
            "vm_name": name,
            "vmware_vm_id": vmware_id(name),
            "vm_path": f"/{DATACENTER}/vm/{name}",
            "vcenter_host": VCENTER,
            "datacenter": DATACENTER,
            "current_status": "discovered",
            "current_job_id": None,
            "total_jobs_run": 0,
            "successful_jobs": 0,
            "failed_jobs": 0,
            "last_successful_job_id": None,
            "cpu_count": vm.cpu,
            "memory_mb": vm.memory_mb,
            "os_type": vm.os,
            "power_state": vm.power,
            "vm_tools_version": "",
            "created_at": made,
            "updated_at": made,
            "first_job_at": None,
            "last_job_at": None,
            "last_status_change": made,
            "auto_added": True,
            "last_scheduled_job_id": None,
            "next_scheduled_at": None,
            "scheduler_enabled": True,
            "ossea_config_id": 0,
            "credential_id": self.hub.credentials.of(row["context_id"]),
            "last_operation_summary": None,
        }

    def all(self, request: Request) -> Answer:
        contexts = [{**self.context(*pair), "groups": [], "group_count": 0} for pair in self.rows()]
        return ok({"count": len(contexts), "vm_contexts": contexts})

    def by_name(self, request: Request) -> Answer:
        name = request.values["vm_name"]
        return self.one("vm_name", name, f"VM context not found for: {name}")

    def by_id(self, request: Request) -> Answer:
        context_id = request.values["context_id"]
        return self.one("context_id", context_id, f"VM context not found for context_id: {context_id}")

    def one(self, column: str, value: str, missing: str) -> Answer:
        for row, vm in self.rows():
            if row[column] == value:
                disks = self.disk_rows(row, vm) if self.hub.options.dialect is Dialect.OLDER else None
                context = self.context(row, vm)
                return ok({"context": context, "job_history": [], "disks": disks, "cbt_history": []})
        return ok({"error": missing, "timestamp": self.hub.clock.utc()}, 404)

    def disk_rows(self, row: sqlite3.Row, vm: Vm | None) -> list[dict[str, Any]] | None:
        """The older dialect has no other place for disks; null for none, as Go writes an empty slice."""
        rows = [
            {
                "id": number + 1,
                "job_id": None,
                "vm_context_id": row["context_id"],
                "disk_id": f"disk-{2000 + number}",
                "size_gb": size_gb(path),
                "unit_number": number,
                "label": f"Hard disk {number + 1}",
            }
            for number, path in enumerate(vm.disks() if vm else [])
        ]
        return rows or None

    def disks(self, request: Request) -> Answer:
        found: list[dict[str, Any]] = []
        for row, vm in self.rows():
            if row["context_id"] == request.values["context_id"] and vm:
                found = [
                    {"disk_id": f"disk-{2000 + n}", "size_gb": size_gb(p)} for n, p in enumerate(vm.disks())
                ]
        return ok({"count": len(found), "disks": found})

    def recent_jobs(self, request: Request) -> Answer:
        """Replications and failovers only, so none."""
        return ok({"context_id": request.values["context_id"], "count": 0, "jobs": None})

    def ungrouped(self, request: Request) -> Answer:
        contexts = [self.context(*pair) for pair in self.rows()]
        vms = [{name: context[name] for name in GROUPED} for context in contexts]
        moment = self.hub.clock.precise(now())
        return ok({"vms": vms, "count": len(vms), "retrieved_at": moment})


def vmware_id(name: str) -> str:
    """Looks like VMware's, and is the same for the same name."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def add_vms(routes: Routes, hub: Hub, sessions: Sessions) -> None:
    vms = VmRoutes(hub)
    table = [
        ("/api/v1/vm-contexts", vms.all),
        ("/api/v1/vm-contexts/{vm_name}", vms.by_name),
        ("/api/v1/vm-contexts/{context_id}/recent-jobs", vms.recent_jobs),
        ("/api/v1/discovery/ungrouped-vms", vms.ungrouped),
    ]
    if hub.options.dialect is Dialect.TODAY:
        table += [
            ("/api/v1/vm-contexts/by-id/{context_id}", vms.by_id),
            ("/api/v1/vm-contexts/{context_id}/disks", vms.disks),
        ]
    for pattern, handle in table:
        routes.add("GET", pattern, sessions.guarded(handle))
