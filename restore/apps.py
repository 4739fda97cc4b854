from django.apps import AppConfig


class RestoreConfig(AppConfig):
    name = "restore"

    def ready(self) -> None:
        from restore import mirror
        from sendense_portal.sync.clock import MOUNTS_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from vms.mirror import assignment_followers

        register(
            Source("mounts", always(MOUNTS_EVERY), mirror.refresh_mounts, offline=mirror.settle_leftovers)
        )
        assignment_followers.append(mirror.follow_assignment)
