from django.apps import AppConfig


class VmsConfig(AppConfig):
    name = "vms"

    def ready(self) -> None:
        from sendense_portal.sync.clock import INVENTORY_EVERY
        from sendense_portal.sync.registry import Source, always, register
        from vms.mirror import refresh_vms

        register(Source("vms", always(INVENTORY_EVERY), refresh_vms))
