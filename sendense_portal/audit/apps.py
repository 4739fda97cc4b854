from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "sendense_portal.audit"
    label = "audit"
