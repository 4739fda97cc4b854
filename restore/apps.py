from django.apps import AppConfig


class RestoreConfig(AppConfig):
    name = "restore"

    def ready(self) -> None:
        from backups.conflicts import delete_checks
        from restore import mirror
        from restore.slots import count_open_mounts, delete_conflict
        from restore.usage import count_mounts
        from sendense_portal.quotas.models import QuotaKind
        from sendense_portal.quotas.registry import measure
        from sendense_portal.sync.clock import MOUNTS_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from sendense_portal.ui.navigation import count_with
        from vms.assignment.services import followers

        register(
            Source("mounts", always(MOUNTS_EVERY), mirror.refresh_mounts, offline=mirror.settle_leftovers)
        )
        followers.append(mirror.follow_assignment)
        delete_checks.append(delete_conflict)
        measure(QuotaKind.OPEN_MOUNTS, count_mounts)
        count_with("restore:restore_home", count_open_mounts)
