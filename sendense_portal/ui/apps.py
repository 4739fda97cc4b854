from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "sendense_portal.ui"
    label = "ui"
