from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "sendense_portal.visits"

    def ready(self) -> None:
        from sendense_portal.tenancy.access import add_condition
        from sendense_portal.visits.consents import ask_first

        add_condition(ask_first)
