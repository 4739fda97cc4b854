from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "backups"

    def ready(self) -> None:
        from datetime import timedelta

        from backups.approvals import DELETION
        from backups.bins import empty_due
        from backups.bulk import runs
        from backups.counts import tally
        from backups.facts import repositories_of
        from backups.listing import LIST
        from backups.mirror import repositories, rows, tracking
        from backups.models import Backup
        from backups.notes import HOLD_LIFT
        from backups.usage import count_points, sum_bytes
        from sendense_portal.approvals import registry as approvals
        from sendense_portal.lists.registry import register as register_list
        from sendense_portal.live import components
        from sendense_portal.quotas.models import QuotaKind
        from sendense_portal.quotas.registry import measure
        from sendense_portal.sync import chores
        from sendense_portal.sync.clock import IDLE_EVERY, INVENTORY_EVERY, RUNNING_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from sendense_portal.tenancy.facts import add_section
        from sendense_portal.ui.navigation import count_with
        from vms.assignment.services import followers

        register(Source("repositories", always(INVENTORY_EVERY), repositories.refresh_repositories))
        register(
            Source("running", tracking.running_every, tracking.refresh_running, offline=tracking.mark_stalled)
        )
        register(Source("requests", always(RUNNING_EVERY * 3), tracking.settle_requests))
        register(Source("listings", always(IDLE_EVERY / 5), tracking.refresh_listings))
        approvals.register(DELETION)
        approvals.register(HOLD_LIFT)
        register_list(LIST)
        chores.register(chores.Chore("bin", timedelta(minutes=1), empty_due))
        chores.register(chores.Chore("bulk", timedelta(seconds=2), runs.work))
        followers.append(rows.follow_assignment)
        measure(QuotaKind.RESTORE_POINTS, count_points)
        measure(QuotaKind.STORED_BYTES, sum_bytes)
        add_section(20, "backups/components/customer_section.html", repositories_of)
        count_with("backups:backup_list", tally)
        components.register(
            "backup",
            components.Topic(Backup, "backup", {"progress": "backups/components/progress.html"}),
        )
