from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "sendense_portal.lists"
