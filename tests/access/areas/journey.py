"""Sign-in, hubs, virtual machines, backups and restore."""

from typing import Any

from restore.models import Download, Manifest, Mount
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
    ("GET", "search"): "ssf aaa aaa aaa",
    ("GET", "profile"): "ssf aaa aaa aaa",
    ("POST", "set_theme"): "ssf aaa aaa aaa",
    ("GET", "vms:vm_list"): "ssf aaa aaa aaa",
    ("GET", "vms:vm_detail"): "ssn naa aaa aaa",
    ("GET", "vms:vm_panel"): "ssn naa aaa aaa",
    ("GET", "backups:backup_list"): "ssf aaa aaa aaa",
    ("GET", "backups:backup_detail"): "ssn naa aaa aaa",
    ("GET", "backups:backup_progress"): "ssn naa aaa aaa",
    ("GET", "backups:backup_start"): "ssf aff faa faa",
    ("POST", "backups:backup_start"): "ssf aff faa faa",
    ("GET", "backups:backup_delete"): "ssn nff ffa ffa",
    ("POST", "backups:backup_delete"): "ssn nff ffa ffa",
    ("GET", "backups:repository_list"): "ssf afa faa aaa",
    ("GET", "restore:restore_home"): "ssf afa aaa aaa",
    ("GET", "restore:mount_open"): "ssf aff aaa faa",
    ("POST", "restore:mount_open"): "ssf aff aaa faa",
    ("GET", "restore:mount_list"): "ssf afa aaa aaa",
    ("GET", "restore:mount_close"): "ssn nnf aaa faa",
    ("POST", "restore:mount_close"): "ssn nnf aaa faa",
    ("GET", "restore:folder_list"): "ssn nnf aaa faa",
    ("GET", "restore:file_download"): "ssn nnf aaa faa",
    ("GET", "restore:folder_download"): "ssn nnf aaa faa",
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
    of_vm, of_backup, of_mount = {"pk": vm.pk}, {"pk": backup.pk}, {"pk": mount.pk}
    hub = {"pk": HubConnection.objects.get().pk}
    return {
        "vms:vm_detail": of_vm, "vms:vm_panel": of_vm,
        "backups:backup_detail": of_backup, "backups:backup_progress": of_backup,
        "backups:backup_delete": of_backup,
        "restore:mount_close": of_mount, "restore:folder_list": of_mount, "restore:file_download": of_mount,
        "restore:folder_download": of_mount, "restore:download_manifest": {"pk": download.pk},
        "tenancy:hub_test": hub, "tenancy:hub_edit": hub, "first_run": {"token": "nonsense"},
    }  # fmt: skip
