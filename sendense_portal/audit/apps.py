from datetime import timedelta

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "sendense_portal.audit"
    label = "audit"

    def ready(self) -> None:
        from sendense_portal.audit.heads import mail_heads
        from sendense_portal.sync.chores import Chore, register

        register(Chore("mail the heads of the trail", timedelta(minutes=10), mail_heads))
