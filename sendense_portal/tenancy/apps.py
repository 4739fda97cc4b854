from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "sendense_portal.tenancy"
    label = "tenancy"
