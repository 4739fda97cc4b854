from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "sendense_portal.live"
    label = "live"
