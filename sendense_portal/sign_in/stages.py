"""Between the password and being signed in."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.sign_in.sessions import PENDING


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # allauth has no types
    """For those who have a second factor, unless a passkey opened the door, or an identity provider did
    whose own asking the customer takes for one."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if not super()._should_handle(request):
            return False
        connection = request.session.get(PENDING)
        if not connection:
            return True
        trusted = SsoConnection.objects.filter(pk=connection, enabled=True, counts_as_second_factor=True)
        return not trusted.exists()
