"""Replications of machines. The hub's list of them is always empty and its progress route leads nowhere, so
they are read with their machine (hub/reference.md 12). Deleting one deletes volumes: it is not here."""

from __future__ import annotations

from . import wire
from .discovery import Discovery
from .door import Door, segment
from .errors import Code, HubNotFound
from .jobs import blanked, percent, wrong_answer
from .records import Replication, ReplicationRun
from .records import Replications as Known
from .times import true_time


class Replications:
    """`hub.replications`"""

    def __init__(self, door: Door, discovery: Discovery) -> None:
        self._door, self._discovery = door, discovery

    def of(self, context_id: str, vm_name: str) -> Known:
        """What is known of one machine's; `HubNotFound` for one that the hub has not."""
        details = self._details(context_id, vm_name)
        if details.context.context_id != context_id:
            # By name the hub gives the first of several that are called alike, maybe another customer's.
            raise wrong_answer("virtual machine")
        job = details.current_job
        return Known(
            current=_current(job) if job and job.id else None,
            runs=tuple(_run(run) for run in details.job_history or () if run.id),
        )

    def start(
        self,
        context_id: str,
        vm_name: str,
        *,
        vcenter: str,
        datacenter: str,
        credential_id: int,
        target: int,
        kind: str,
    ) -> str:
        """Has the hub copy a machine to its target, and returns the job's id. The hub wants to be told what
        its vCenter has, so that is asked first. It makes volumes before it answers: `HubOutcomeUnknown` is
        to be expected. `kind` is initial or incremental.
        """
        vm = self._discovery.source(credential_id, context_id, vm_name)
        source = {
            "id": vm.id, "name": vm.name, "path": vm.path, "datacenter": datacenter,
            "cpus": vm.num_cpu, "memory_mb": vm.memory_mb, "power_state": vm.power_state,
            "os_type": vm.guest_os, "disks": vm.disks or [], "networks": vm.networks or [],
        }  # fmt: skip
        body = {
            "source_vm": source,
            "ossea_config_id": target,
            "replication_type": kind,
            "vcenter_host": vcenter,
            "datacenter": datacenter,
            "start_replication": True,
        }
        path = "/api/v1/replications"
        return self._door.write("POST", path, wire.StartedReplication, body, guarded=True).job_id

    def _details(self, context_id: str, vm_name: str) -> wire.VMDetails:
        """By id; the older hub knows them by name alone."""
        try:
            path = f"/api/v1/vm-contexts/by-id/{segment(context_id)}"
            return self._door.read(path, wire.VMDetails, guarded=True)
        except HubNotFound as error:
            if error.code is not Code.ROUTE_MISSING:
                raise
        path = f"/api/v1/vm-contexts/{segment(vm_name)}"
        return self._door.read(path, wire.VMDetails, guarded=True)


def _current(job: wire.Replication) -> Replication:
    return Replication(
        job_id=job.id,
        operation=blanked(job.current_operation or job.status or ""),
        percent=percent(job.progress_percent or 0),
        transferred_bytes=job.bytes_transferred or 0,
        total_bytes=job.total_bytes or 0,
        bytes_per_second=job.transfer_speed_bps or 0,
    )


def _run(job: wire.Replication) -> ReplicationRun:
    return ReplicationRun(
        job_id=job.id,
        kind=job.replication_type or "",
        status=job.status or "",
        transferred_bytes=job.bytes_transferred or 0,
        error=blanked(job.error_message or ""),
        began_at=true_time(job.started_at or job.created_at, "started_at"),
        ended_at=true_time(job.completed_at, "completed_at"),
    )
