from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "sendense_portal.visits"
