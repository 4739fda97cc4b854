from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "sendense_portal.tokens"
