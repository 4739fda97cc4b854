from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "protection"

    def ready(self) -> None:
        from datetime import timedelta

        from backups.stores import add_need
        from protection.hub_rules import EVERY, refresh_rules
        from protection.needs import flows_to
        from protection.objectives import follow_assignment, keep_all
        from protection.runner import work
        from sendense_portal.sync import chores
        from sendense_portal.sync.registry import Source, always, register
        from vms.assignment.services import followers

        followers.append(follow_assignment)
        register(Source("rules", always(EVERY), refresh_rules))
        add_need(flows_to)
        chores.register(chores.Chore("protection", timedelta(seconds=1), work, thread="flows"))
        chores.register(chores.Chore("objectives", timedelta(minutes=1), keep_all))
