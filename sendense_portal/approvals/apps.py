from datetime import timedelta

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "sendense_portal.approvals"

    def ready(self) -> None:
        from sendense_portal.approvals.policies import POLICY_CHANGE
        from sendense_portal.approvals.registry import register
        from sendense_portal.approvals.services import expire_due
        from sendense_portal.approvals.tables import count_for
        from sendense_portal.sync import chores
        from sendense_portal.ui.navigation import count_with

        register(POLICY_CHANGE)
        chores.register(chores.Chore("approvals", timedelta(minutes=5), expire_due))
        count_with("approvals:approval_list", count_for)
