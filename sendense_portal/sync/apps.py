from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sendense_portal.sync"
    label = "sync"
