from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sendense_portal.people"
