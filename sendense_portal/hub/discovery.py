"""What a vCenter has, and making the hub know machines of it.

Only with a credential that the hub keeps: machines that are added in another way have none, and their
backups never end (contract, 6.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from . import wire
from .door import Door
from .errors import Code, HubOutcomeUnknown, HubRejected, HubUnavailable
from .records import AddedVM, DiscoveredVM

GIB = 2**30
T = TypeVar("T")


class Discovery:
    """`hub.discovery`"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def discover(self, credential_id: int, name_filter: str = "") -> list[DiscoveredVM]:
        """The machines of a credential's vCenter, by name. Takes as long as the vCenter; the hub hangs up
        after 15 s (`HubUnavailable`, timeout or no_answer). Nothing is changed, so it may be asked again.
        """
        answer = self._look(credential_id, name_filter, wire.FoundVMs)
        return sorted((_found(vm) for vm in answer.discovered_vms or ()), key=lambda vm: (vm.name, vm.path))

    def source(self, credential_id: int, context_id: str, name: str) -> wire.SourceVM:
        """One machine as its vCenter has it now, whole. `HubRejected` (vm_missing) unless there is just one
        of this name, and it is the one that the hub knows by this context.
        """
        answer = self._look(credential_id, name, wire.SourceVMs)
        found = [vm for vm in answer.discovered_vms or () if vm.name == name]
        if len(found) != 1 or found[0].context_id not in (None, "", context_id):
            sentence = "The vCenter has no machine, or several, of this name."
            raise HubRejected(Code.VM_MISSING, sentence)
        return found[0]

    def _look(self, credential_id: int, name_filter: str, shape: type[T]) -> T:
        body = {"credential_id": credential_id, "filter": name_filter, "create_context": False}
        try:
            return self._door.write("POST", "/api/v1/discovery/discover-vms", shape, body, guarded=True)
        except HubOutcomeUnknown as error:
            if error.code not in (Code.TIMEOUT, Code.NO_ANSWER, Code.GATEWAY):
                raise
            sentence = "The hub gave no answer: it waits 15 seconds for a vCenter, not longer."
            raise HubUnavailable(error.code, sentence, detail=error.detail) from error

    def add(self, credential_id: int, names: Sequence[str]) -> list[AddedVM]:
        """Makes the hub know machines by name, and says what it says of each.

        Names that it knows already, and those that the vCenter lacks, are missing from the answer.
        """
        body = {"credential_id": credential_id, "vm_names": [*names], "added_by": "portal"}
        answer = self._door.write("POST", "/api/v1/discovery/add-vms", wire.AddedVMs, body, guarded=True)
        return [
            AddedVM(
                name=vm.vm_name,
                context_id=vm.context_id or "",
                error="" if vm.success else vm.error or "The hub does not say why.",
            )
            for vm in answer.processed_vms or ()
        ]


def _found(vm: wire.FoundVM) -> DiscoveredVM:
    disks = vm.disks or []
    return DiscoveredVM(
        name=vm.name,
        path=vm.path,
        power_state=vm.power_state,
        guest_os=vm.guest_os,
        memory_mb=vm.memory_mb,
        cpu_count=vm.num_cpu,
        disk_count=len(disks),
        disk_bytes=sum(disk.capacity_bytes or disk.size_gb * GIB for disk in disks),
        is_known=vm.existing,
    )
