from django.apps import AppConfig


class QuotasConfig(AppConfig):
    name = "sendense_portal.quotas"

    def ready(self) -> None:
        from sendense_portal.quotas.usage import section_of
        from sendense_portal.tenancy.facts import add_section

        add_section(30, "quotas/components/section.html", section_of)
