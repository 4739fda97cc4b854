from typing import Any

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sendense_portal.people"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(remember_session, dispatch_uid="people.remember_session")


def remember_session(request: Any, **about: Any) -> None:
    """Every way of signing in, for the list of sessions; allauth itself knows of its own forms only."""
    from allauth.usersessions.models import UserSession

    if request.META.get("REMOTE_ADDR"):
        UserSession.objects.create_from_request(request)
