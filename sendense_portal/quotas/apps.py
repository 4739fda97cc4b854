from django.apps import AppConfig


class QuotasConfig(AppConfig):
    name = "sendense_portal.quotas"
