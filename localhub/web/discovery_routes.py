"""Credentials, what the vCenter has, and adding of it (contract, 5.2 and 5.3)."""

import sqlite3
from typing import Any

from localhub.clocks import now
from localhub.credentials import DATACENTER, CredentialRefused, Login, LoginRefused
from localhub.hub import Hub
from localhub.vms import Vm, size_gb
from localhub.web.answers import Answer, ok, text
from localhub.web.requests import BadBody, Request
from localhub.web.routes import Routes
from localhub.web.sessions import Sessions
from localhub.web.vm_routes import vmware_id

GIB = 1 << 30
FIELDS = {"credential_name": str, "vcenter_host": str, "username": str, "password": str, "datacenter": str,
          "is_active": bool, "is_default": bool}  # fmt: skip


class CredentialRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub, self.credentials = hub, hub.credentials

    def shown(self, row: sqlite3.Row) -> dict[str, Any]:
        """Never the password."""
        clock, used = self.hub.clock, row["last_used"]
        return {
            "id": row["id"], "credential_name": row["credential_name"], "vcenter_host": row["vcenter_host"],
            "username": row["username"], "datacenter": row["datacenter"],
            "is_active": bool(row["is_active"]), "is_default": bool(row["is_default"]),
            "created_at": clock.offset(row["created_at"]), "updated_at": clock.offset(row["updated_at"]),
            "created_by": "gui_user", "last_used": clock.offset(used) if used else None,
            "usage_count": row["usage_count"],
        }  # fmt: skip

    def all(self, request: Request) -> Answer:
        shown = [self.shown(row) for row in self.credentials.rows()]
        return ok({"count": len(shown), "credentials": shown, "status": "success"})

    def add(self, request: Request) -> Answer:
        try:
            body = request.json("CredentialRequest", **FIELDS)
        except BadBody:
            return text(400, "Invalid request body")
        row = self.credentials.add({name: value for name, value in body.items() if name != "is_active"})
        message = "Credential created successfully"
        return ok({"credential": self.shown(row), "message": message, "status": "success"})

    def one(self, request: Request) -> Answer:
        """Writes: the use is counted."""
        number = numbered(request)
        if number is None:
            return text(400, "Invalid credential ID")
        if self.credentials.login(number) is None:
            return text(500, "Failed to get credential")
        row = self.credentials.get(number)
        assert row is not None
        shown = self.shown(row)
        kept = ("id", "vcenter_host", "username", "datacenter", "is_active", "is_default")
        return ok({"name": shown["credential_name"], **{name: shown[name] for name in kept}})

    def change(self, request: Request) -> Answer:
        number = numbered(request)
        if number is None:
            return text(400, "Invalid credential ID")
        try:
            self.credentials.change(number, request.json("CredentialRequest", **FIELDS))
        except BadBody:
            return text(400, "Invalid request body")
        except CredentialRefused:
            return text(500, "Failed to update credential")
        return ok({"message": "Credential updated successfully", "status": "success"})

    def delete(self, request: Request) -> Answer:
        number = numbered(request)
        if number is None:
            return text(400, "Invalid credential ID")
        try:
            self.credentials.delete(number)
        except CredentialRefused:
            return text(500, "Failed to delete credential")
        return ok({"message": "Credential deleted successfully", "status": "success"})

    def test(self, request: Request) -> Answer:
        """Never asks the vCenter."""
        number = numbered(request)
        if number is None:
            return text(400, "Invalid credential ID")
        if self.credentials.get(number) is None:
            return text(500, "Failed to get credential")
        return ok({"message": "Credential test successful", "status": "success"})


class DiscoveryRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def discover(self, request: Request) -> Answer:
        try:
            body = request.json("DiscoverVMsRequest", credential_id=int, filter=str, **LOGIN)
            found = self.vcenter(body)
        except BadBody as error:
            return self.error(400, f"Invalid request body: {error}")
        except LoginRefused as error:
            return self.error(500, str(error))
        known = self.hub.vms.known()
        shown = [
            discovered(vm, known.get(name))
            for name, vm in found.items()
            if body["filter"].lower() in name.lower()
        ]
        return ok({
            "discovered_vms": shown, "discovery_count": len(shown), "processing_time": 1_000_000,
            "status": "success", "message": "VM discovery completed successfully",
        })  # fmt: skip

    def add(self, request: Request) -> Answer:
        """Names that are not there, or known already, are left out without a word."""
        try:
            body = request.json("AddVMsRequest", credential_id=int, vm_names=list, **LOGIN)
            if not body["vm_names"]:
                return self.error(400, "vm_names is required")
            found = self.vcenter(body)
        except BadBody as error:
            return self.error(400, f"Invalid request body: {error}")
        except LoginRefused as error:
            return self.error(500, str(error))
        done = []
        known = self.hub.vms.known()
        for name in dict.fromkeys(str(name) for name in body["vm_names"]):
            if name in found and name not in known:
                context_id = self.hub.vms.add(name)
                self.hub.database.insert(
                    "vm_credentials", context_id=context_id, credential_id=body["credential_id"] or None
                )
                done.append({"vm_name": name, "success": True, "context_id": context_id})
        answer = {
            "success": True, "message": "VMs successfully processed", "vms_added": len(done), "vms_failed": 0,
            "total_vms": len(body["vm_names"]), "added_at": self.hub.clock.precise(now()),
        }  # fmt: skip
        return ok({**answer, "processed_vms": done} if done else answer)

    def vcenter(self, body: dict[str, Any]) -> dict[str, Vm]:
        """What the vCenter has, for who may come in. Raises LoginRefused, or BadBody without a login."""
        login: Login | None
        if body["credential_id"] > 0:
            login = self.hub.credentials.login(body["credential_id"])
            if login is None:
                said = "Failed to load credentials: failed to get VMware credentials: record not found"
                raise LoginRefused(said)
        elif all(body[name] for name in LOGIN):
            login = Login(body["vcenter"], body["username"], body["password"])
        else:
            raise BadBody("credential_id or vcenter, username, password and datacenter are required")
        try:
            login.check()
        except LoginRefused as error:
            raise LoginRefused(f"VM discovery failed: SNA API returned status 500: {error}") from None
        return self.hub.vms.listed()

    def error(self, status: int, message: str) -> Answer:
        return ok({"error": message, "timestamp": self.hub.clock.utc()}, status)


LOGIN = {"vcenter": str, "username": str, "password": str, "datacenter": str}


def discovered(vm: Vm, context_id: str | None) -> dict[str, Any]:
    """A VM as the appliance tells it."""
    disks = [
        {"id": f"disk-{2000 + n}", "label": f"Hard disk {n + 1}", "path": f"[folder] {vm.name}/{path.name}",
         "size_gb": size_gb(path), "capacity_bytes": size_gb(path) * GIB, "datastore": "folder"}
        for n, path in enumerate(vm.disks())
    ]  # fmt: skip
    shown = {
        "id": vmware_id(vm.name), "name": vm.name, "path": f"/{DATACENTER}/vm/{vm.name}",
        "power_state": vm.power, "guest_os": vm.os, "memory_mb": vm.memory_mb, "num_cpu": vm.cpu,
        "vmx_version": "", "disks": disks or None, "networks": None, "existing": context_id is not None,
    }  # fmt: skip
    return {**shown, "context_id": context_id} if context_id else shown


def numbered(request: Request) -> int | None:
    """The id in the path; as the hub reads it, "12x" is 12."""
    digits = request.values["number"]
    head = digits[: len(digits) - len(digits.lstrip("0123456789"))]
    return int(head) if head else None


def add_discovery(routes: Routes, hub: Hub, sessions: Sessions) -> None:
    kept, found = CredentialRoutes(hub), DiscoveryRoutes(hub)
    for method, pattern, handle in (
        ("GET", "vmware-credentials", kept.all),
        ("POST", "vmware-credentials", kept.add),
        ("GET", "vmware-credentials/{number}", kept.one),
        ("PUT", "vmware-credentials/{number}", kept.change),
        ("DELETE", "vmware-credentials/{number}", kept.delete),
        ("POST", "vmware-credentials/{number}/test", kept.test),
        ("POST", "discovery/discover-vms", found.discover),
        ("POST", "discovery/add-vms", found.add),
    ):
        routes.add(method, f"/api/v1/{pattern}", sessions.guarded(handle))
