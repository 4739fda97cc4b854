"""Sign-in, hubs, virtual machines, backups and restore."""

from typing import Any

from backups.models import BulkRun
from restore.models import Download, Handover, Manifest, Mount, Parcel
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import Cast
from tests.factories import make_backup, make_repository, make_vm

MATRIX = {
    ("GET", "sign_in"): "aaa aaa aaa aaa",
    ("GET", "sign_out"): "ssa aaa aaa aaa",
    ("GET", "account_login"): "aaa aaa aaa aaa",
    ("GET", "account_logout"): "ssa aaa aaa aaa",
    ("GET", "first_run"): "nnn nnn nnn nnn",
    ("GET", "dashboard"): "ssf aaa aaa aaa",
    ("GET", "navigation_counts"): "ssf aaa aaa aaa",
    ("GET", "search"): "ssf aaa aaa aaa",
    ("GET", "profile"): "ssf aaa aaa aaa",
    ("POST", "set_theme"): "ssf aaa aaa aaa",
    ("GET", "vms:vm_list"): "ssf aaa aaa aaa",
    ("GET", "vms:replication_list"): "ssf aaa aaa aaa",
    ("GET", "vms:replication_run_list"): "ssf aaa aaa aaa",
    ("GET", "vms:replication_start"): "ssn nff fff faa",
    ("POST", "vms:replication_start"): "ssn nff fff faa",
    ("GET", "vms:vm_detail"): "ssn naa aaa aaa",
    ("GET", "vms:vm_panel"): "ssn naa aaa aaa",
    ("GET", "backups:backup_list"): "ssf aaa aaa aaa",
    ("GET", "backups:backup_detail"): "ssn naa aaa aaa",
    ("GET", "backups:backup_progress"): "ssn naa aaa aaa",
    ("GET", "backups:backup_start"): "ssf aff faa faa",
    ("POST", "backups:backup_start"): "ssf aff faa faa",
    ("GET", "backups:backup_delete"): "ssn nff ffa ffa",
    ("POST", "backups:backup_delete"): "ssn nff ffa ffa",
    ("GET", "backups:machine_list"): "ssf aaa aaa aaa",
    ("GET", "backups:bin_list"): "ssf aaa aaa aaa",
    ("POST", "backups:bin_undo"): "ssn nff ffa ffa",
    ("GET", "backups:bulk_start"): "ssf aff faa faa",
    ("POST", "backups:bulk_start"): "ssf aff faa faa",
    ("GET", "backups:bulk_retry"): "ssf aff faa faa",
    ("POST", "backups:bulk_retry"): "ssf aff faa faa",
    ("GET", "backups:bulk_delete"): "ssf aff ffa ffa",
    ("POST", "backups:bulk_delete"): "ssf aff ffa ffa",
    ("GET", "backups:bulk_run"): "ssf nnn nna nnn",
    ("GET", "backups:failure_list"): "ssf fff fff aaa",
    ("GET", "backups:backup_note"): "ssn nff aaa faa",
    ("POST", "backups:backup_note"): "ssn nff aaa faa",
    ("GET", "backups:backup_hold"): "ssn nff ffa fff",
    ("POST", "backups:backup_hold"): "ssn nff ffa fff",
    ("GET", "backups:repository_list"): "ssf afa faa aaa",
    ("GET", "restore:restore_home"): "ssf afa aaa aaa",
    ("GET", "restore:mount_open"): "ssf aff aaa faa",
    ("POST", "restore:mount_open"): "ssf aff aaa faa",
    ("GET", "restore:mount_list"): "ssf afa aaa aaa",
    ("GET", "restore:mount_close"): "ssn nnf aaa faa",
    ("POST", "restore:mount_close"): "ssn nnf aaa faa",
    ("POST", "restore:mount_extend"): "ssn nnf aaa faa",
    ("GET", "restore:mount_notice"): "ssn nnf aaa faa",
    ("GET", "restore:folder_list"): "ssn nnf aaa faa",
    ("POST", "restore:prove"): "ssn nff aaa faa",
    ("GET", "restore:mount_history"): "ssn nnf aaa faa",
    ("GET", "restore:file_download"): "ssn nnf aaa faa",
    ("GET", "restore:folder_download"): "ssn nnf aaa faa",
    ("GET", "restore:folder_pack"): "ssn nnf aaa faa",
    ("POST", "restore:folder_pack"): "ssn nnf aaa faa",
    ("POST", "restore:basket_add"): "ssn nnf aaa faa",
    ("GET", "restore:basket"): "ssf aff aaa faa",
    ("POST", "restore:basket_remove"): "ssf aff aaa faa",
    ("POST", "restore:basket_refill"): "ssn nnn aaa naa",
    ("POST", "restore:basket_take"): "ssf aff aaa faa",
    ("GET", "restore:parcel_detail"): "ssn nnn nan nnn",
    ("POST", "restore:parcel_cancel"): "ssn nnn nan nnn",
    ("GET", "restore:parcel_file"): "ssn nnn nnn nnn",
    ("GET", "restore:handover_make"): "ssn nnn nan nnn",
    ("POST", "restore:handover_make"): "ssn nnn nan nnn",
    ("POST", "restore:handover_revoke"): "ssn nnn nan nnn",
    ("GET", "handover"): "aaa aaa aaa aaa",
    ("GET", "restore:download_list"): "ssf aff aaa faa",
    ("GET", "restore:download_manifest"): "ssn nnn aaa naa",
    ("GET", "restore:manifest_verifier"): "ssf aff aaa faa",
    ("GET", "tenancy:hub_list"): "ssf fff fff aaa",
    ("POST", "tenancy:hub_test"): "ssn nnn nnn faa",
    ("GET", "tenancy:hub_edit"): "ssn nnn nnn ffa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """One VM with a backup that is mounted."""
    vm = make_vm("web01", cast.acme)
    make_repository()
    backup = make_backup(vm)
    mount = Mount.objects.create(
        tenant=cast.acme, hub=vm.hub, backup=backup, remote_id="m-1", state=Mount.State.OPEN
    )
    download = Download.objects.create(
        tenant=cast.acme, backup=backup, disk_index=0, path="/partition-1/a", kind=Download.Kind.FILE
    )
    Manifest.objects.create(download=download, text="{}", sha256="0" * 64)
    parcel = Parcel.objects.create(
        tenant=cast.acme, person=cast.acme_operator, backup=backup, name="files of web01", items=[]
    )
    run = BulkRun.objects.create(kind=BulkRun.Kind.START, user=cast.acme_admin, actor_name="admin")
    handover = Handover.objects.create(
        tenant=cast.acme, person=cast.acme_operator, parcel=parcel, recipient="R", token_sum="0" * 64,
        expires_at=parcel.expires_at,
    )  # fmt: skip
    of_vm, of_backup, of_mount = {"pk": vm.pk}, {"pk": backup.pk}, {"pk": mount.pk}
    hub = {"pk": HubConnection.objects.get().pk}
    return {
        "vms:vm_detail": of_vm, "vms:vm_panel": of_vm, "vms:replication_start": of_vm,
        "backups:backup_detail": of_backup, "backups:backup_progress": of_backup,
        "backups:backup_delete": of_backup, "backups:bin_undo": of_backup,
        "backups:backup_note": of_backup, "backups:backup_hold": of_backup,
        "backups:bulk_run": {"pk": run.pk},
        "restore:mount_history": of_mount, "restore:prove": of_vm,
        "restore:mount_extend": of_mount, "restore:mount_notice": of_mount,
        "restore:mount_close": of_mount, "restore:folder_list": of_mount, "restore:file_download": of_mount,
        "restore:folder_download": of_mount, "restore:folder_pack": of_mount, "restore:basket_add": of_mount,
        "restore:parcel_detail": {"pk": parcel.pk}, "restore:parcel_cancel": {"pk": parcel.pk},
        "restore:handover_make": {"pk": parcel.pk}, "restore:handover_revoke": {"pk": handover.pk},
        "handover": {"token": "nonsense"}, "restore:parcel_file": {"pk": parcel.pk},
        "restore:download_manifest": {"pk": download.pk}, "restore:basket_refill": {"pk": download.pk},
        "tenancy:hub_test": hub, "tenancy:hub_edit": hub, "first_run": {"token": "nonsense"},
    }  # fmt: skip
