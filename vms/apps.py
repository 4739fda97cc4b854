from datetime import timedelta

from django.apps import AppConfig


class VmsConfig(AppConfig):
    name = "vms"

    def ready(self) -> None:
        from sendense_portal.lists.registry import register as register_list
        from sendense_portal.quotas.models import QuotaKind
        from sendense_portal.quotas.registry import measure
        from sendense_portal.sync import chores
        from sendense_portal.sync.clock import INVENTORY_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from sendense_portal.tenancy.facts import add_section
        from sendense_portal.ui import banners
        from vms.assignment.facts import machines_of
        from vms.discovery.mirror import refresh_credentials
        from vms.discovery.runs import tend
        from vms.freshness import hubs_seen_by
        from vms.listing import LIST, REPLICATIONS, RUNS
        from vms.mirror import refresh_vms
        from vms.replication.mirror import refresh_replications, replications_every
        from vms.replication.starts import tend as start_replications
        from vms.usage import count_vms

        add_section(10, "vms/components/customer_section.html", machines_of)
        banners.hubs_seen_by.append(hubs_seen_by)
        measure(QuotaKind.VMS, count_vms)
        register_list(LIST)
        register_list(REPLICATIONS)
        register_list(RUNS)
        chores.register(chores.Chore("discovery", timedelta(seconds=1), tend))
        chores.register(chores.Chore("replication starts", timedelta(seconds=1), start_replications))
        register(Source("credentials", always(INVENTORY_EVERY), refresh_credentials))
        register(Source("vms", always(INVENTORY_EVERY), refresh_vms))
        register(Source("replications", replications_every, refresh_replications))
