from django.apps import AppConfig


class VmsConfig(AppConfig):
    name = "vms"

    def ready(self) -> None:
        from sendense_portal.quotas.models import QuotaKind
        from sendense_portal.quotas.registry import measure
        from sendense_portal.sync.clock import INVENTORY_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from sendense_portal.tenancy.facts import add_section
        from sendense_portal.ui import banners
        from vms.assignment.facts import machines_of
        from vms.freshness import hubs_seen_by
        from vms.mirror import refresh_vms
        from vms.usage import count_vms

        add_section(10, "vms/components/customer_section.html", machines_of)
        banners.hubs_seen_by.append(hubs_seen_by)
        measure(QuotaKind.VMS, count_vms)
        register(Source("vms", always(INVENTORY_EVERY), refresh_vms))
