"""The hub's virtual machines as rows; new ones are given to customers by rules."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from sendense_portal.hub import Hub
from sendense_portal.hub.records import VMContext, VMDisk
from sendense_portal.live.events import Event
from sendense_portal.tenancy.models import HubConnection
from vms.assignment.rules import take_new
from vms.assignment.services import events_for
from vms.discovery.promises import not_promised
from vms.models import VirtualDisk, VirtualMachine

GIB = 2**30
DISK_LISTINGS_PER_REFRESH = 20
POWER = {
    "poweredon": VirtualMachine.Power.ON,
    "poweredoff": VirtualMachine.Power.OFF,
    "suspended": VirtualMachine.Power.SUSPENDED,
}
MIRRORED = (
    "name", "operating_system", "power", "cpu_count", "memory_mib", "vcenter", "datacenter", "groups",
    "has_credential", "credential_remote_id", "gone_at", "replication_status", "replication_job",
    "replication_runs", "replication_failures", "replicated_at", "replication_target",
    "replication_unread",
)  # fmt: skip
TELLING = {"replication_status", "replication_job", "replication_runs", "replicated_at"}
"""Where one of these has changed, so have the machine's replications."""


def refresh_vms(connection: HubConnection, hub: Hub) -> Iterable[Event]:
    """Mirrors the hub's inventory: new VMs, changed facts, those that are gone."""
    known = {vm.remote_id: vm for vm in VirtualMachine.objects.filter(hub=connection)}
    listed = hub.vms.list()
    new, changed = [], []
    for context in listed:
        vm = known.get(context.context_id)
        if vm is None:
            vm = VirtualMachine(hub=connection, remote_id=context.context_id, **facts(context))
            vm.replication_unread = context.replication_runs > 0
            new.append(vm)
        elif apply(vm, facts(context)):
            changed.append(vm)
    gone = [vm for remote_id, vm in known.items() if remote_id not in {c.context_id for c in listed}]
    newly_gone = [vm for vm in gone if apply(vm, {"gone_at": vm.gone_at or timezone.now()})]
    with transaction.atomic():
        # Whoever adds machines reads the list at once, maybe while sync does: one of them inserts.
        VirtualMachine.objects.bulk_create(new, ignore_conflicts=True)
        VirtualMachine.objects.bulk_update(changed + newly_gone, MIRRORED, batch_size=200)
        VirtualMachine.objects.filter(hub=connection, gone_at__isnull=True).update(observed_at=timezone.now())
    without_disks = VirtualMachine.objects.filter(hub=connection, disk_count=0, gone_at__isnull=True)
    for vm in without_disks.order_by("observed_at")[:DISK_LISTINGS_PER_REFRESH]:
        mirror_disks(vm, hub.vms.disks(vm.remote_id))
    if new or changed or newly_gone:
        return [
            Event("hub", str(connection.pk), None, signals=("vms",)),
            *events_for(take_new(not_promised(connection, inserted(new)))),
        ]
    return []


def inserted(new: list[VirtualMachine]) -> list[VirtualMachine]:
    """Those of new machines that nobody else has inserted meanwhile."""
    there = set(VirtualMachine.objects.filter(pk__in=[vm.pk for vm in new]).values_list("pk", flat=True))
    return [vm for vm in new if vm.pk in there]


def facts(context: VMContext) -> dict[str, object]:
    """A VM context in the columns of our row."""
    return {
        "name": context.vm_name,
        "operating_system": context.os_type,
        "power": POWER.get(context.power_state.lower(), VirtualMachine.Power.UNKNOWN),
        "cpu_count": context.cpu_count,
        "memory_mib": context.memory_mb,
        "vcenter": context.vcenter_host,
        "datacenter": context.datacenter,
        "groups": list(context.groups),
        "has_credential": context.credential_id is not None,
        "credential_remote_id": context.credential_id,
        "gone_at": None,
        "replication_status": context.replication_status[:32],
        "replication_job": context.replication_job[:128],
        "replication_runs": context.replication_runs,
        "replication_failures": context.replication_failures,
        "replicated_at": context.replicated_at,
        "replication_target": context.replication_target,
    }


def apply(vm: VirtualMachine, values: dict[str, object]) -> bool:
    """Sets the values; True when one of them is new."""
    changed = {name for name, value in values.items() if getattr(vm, name) != value}
    if changed & TELLING:
        vm.replication_unread = True
    for name, value in values.items():
        setattr(vm, name, value)
    return bool(changed)


def mirror_disks(vm: VirtualMachine, disks: list[VMDisk]) -> None:
    """The VM's disks in the hub's order, which is the order of ``disk_index`` in backups."""
    with transaction.atomic():
        vm.disks.exclude(index__lt=len(disks)).delete()
        for index, disk in enumerate(disks):
            values = {"remote_id": disk.disk_id, "size_bytes": disk.size_gb * GIB}
            VirtualDisk.objects.update_or_create(vm=vm, index=index, defaults=values)
        vm.disk_count = len(disks)
        vm.disk_bytes = sum(disk.size_gb for disk in disks) * GIB
        vm.save(update_fields=["disk_count", "disk_bytes"])
