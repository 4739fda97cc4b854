"""Virtual machines that the hub knows."""

from __future__ import annotations

from typing import Any

from . import wire
from .door import Door, segment
from .errors import Code, HubNotFound
from .records import VMContext, VMDisk
from .times import true_time


class VMs:
    """`hub.vms`"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def disks(self, context_id: str) -> list[VMDisk]:
        """The VM's disks in the order of `disk_index`; empty for an unknown VM too."""
        try:
            answer = self._door.read(
                f"/api/v1/vm-contexts/{segment(context_id)}/disks", wire.Disks, guarded=True
            )
        except HubNotFound as error:
            if error.code is not Code.ROUTE_MISSING:
                raise
            answer = self._disks_in_details(context_id)
        return [VMDisk(disk_id=disk.disk_id, size_gb=disk.size_gb) for disk in answer.disks or ()]

    def _disks_in_details(self, context_id: str) -> wire.Disks:
        """The older hub has no route for disks, only the VM's details, and those by name."""
        for vm in self.list():
            if vm.context_id == context_id:
                return self._door.read(f"/api/v1/vm-contexts/{segment(vm.vm_name)}", wire.Disks, guarded=True)
        return wire.Disks(disks=[])

    def list(self) -> list[VMContext]:
        """All VMs, in the hub's order (by name)."""
        answer = self._door.read("/api/v1/vm-contexts", wire.VMs, guarded=True)
        for vm in answer.vm_contexts or ():
            self._door.learn_offset(vm.updated_at, only_if_unknown=True)
        return [_record(vm) for vm in answer.vm_contexts or ()]


def _record(vm: wire.VM) -> VMContext:
    return VMContext(
        context_id=vm.context_id,
        vm_name=vm.vm_name,
        vm_path=vm.vm_path or "",
        vcenter_host=vm.vcenter_host or "",
        datacenter=vm.datacenter or "",
        cpu_count=vm.cpu_count or 0,
        memory_mb=vm.memory_mb or 0,
        os_type=vm.os_type or "",
        power_state=vm.power_state or "",
        vm_tools_version=vm.vm_tools_version or "",
        # Go's zero stands for "none": the hub numbers its credentials from 1.
        credential_id=vm.credential_id or None,
        groups=tuple(name for group in vm.groups or () if (name := _group_name(group))),
        created_at=true_time(vm.created_at, "created_at"),
        updated_at=true_time(vm.updated_at, "updated_at"),
        replication_status=vm.current_status or "",
        replication_job=vm.current_job_id or "",
        replication_runs=vm.total_jobs_run or 0,
        replication_failures=vm.failed_jobs or 0,
        replicated_at=true_time(vm.last_job_at, "last_job_at"),
        # As for the credential, zero is "none".
        replication_target=vm.ossea_config_id or None,
    )


def _group_name(group: Any) -> str:
    """A group's name; the hub sends objects, whose key for the name differs by version."""
    if isinstance(group, dict):
        group = group.get("group_name") or group.get("name")
    return group if isinstance(group, str) else ""
