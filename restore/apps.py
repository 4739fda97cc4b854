from datetime import timedelta

from django.apps import AppConfig


class RestoreConfig(AppConfig):
    name = "restore"

    def ready(self) -> None:
        from backups.conflicts import before_delete, delete_checks
        from backups.heat import narrowings
        from restore import mirror, notices, parcels
        from restore.approvals import TAKING_OUT
        from restore.catalogue import sightings, walker
        from restore.facts import proofs_of
        from restore.proofs import runner
        from restore.readability import with_readable_disks
        from restore.slots import count_open_mounts, delete_conflict
        from restore.spare import close_spares_of
        from restore.usage import count_mounts
        from sendense_portal.approvals import registry as approvals
        from sendense_portal.quotas.models import QuotaKind
        from sendense_portal.quotas.registry import measure
        from sendense_portal.sync import chores
        from sendense_portal.sync.clock import MOUNTS_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from sendense_portal.tenancy.facts import add_section
        from sendense_portal.ui.navigation import count_with
        from vms.assignment.services import followers

        register(
            Source("mounts", always(MOUNTS_EVERY), mirror.refresh_mounts, offline=mirror.settle_leftovers)
        )
        followers.append(mirror.follow_assignment)
        followers.append(sightings.follow_assignment)
        followers.append(runner.follow_assignment)
        delete_checks.append(delete_conflict)
        before_delete.append(close_spares_of)
        approvals.register(TAKING_OUT)
        add_section(25, "restore/components/customer_section.html", proofs_of)
        narrowings.append(with_readable_disks)
        measure(QuotaKind.OPEN_MOUNTS, count_mounts)
        count_with("restore:restore_home", count_open_mounts)
        chores.register(chores.Chore("catalogue", timedelta(seconds=20), walker.tend))
        chores.register(chores.Chore("proofs", timedelta(seconds=20), runner.tend))
        chores.register(chores.Chore("parcels", timedelta(seconds=3), parcels.tend))
        chores.register(chores.Chore("mount notices", timedelta(seconds=5), notices.tend))
