from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "sendense_portal.approvals"
