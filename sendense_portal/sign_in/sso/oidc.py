"""OpenID Connect by allauth: state, PKCE and the exchange are the library's; here are the connections of
customers in place of its own, a nonce, and a signature that is always checked."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.sign_in.sso import tokens
from sendense_portal.sign_in.sso.outgoing import Session, refuse_scheme
from sendense_portal.tenancy.models import Tenant

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
BROKEN = (
    OAuth2Error, jwt.PyJWTError, requests.RequestException, KeyError, TypeError, ValueError, AttributeError,
)  # fmt: skip
"""What a provider that is down, misconfigured or hostile makes the library raise."""


def usable(slug: str) -> SsoConnection | None:
    """The connection of an address, if people can sign in with it now."""
    rows = SsoConnection.objects.filter(slug=slug, enabled=True, tenant__state=Tenant.State.ACTIVE)
    return rows.select_related("tenant").first()


def discovered(issuer: str) -> dict[str, Any]:
    """A provider's own description (OpenID Connect Discovery 1.0, 4). Raises any of BROKEN."""
    with Session() as session:
        answer = session.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        answer.raise_for_status()
        description = answer.json()
    if not isinstance(description, dict):
        raise OAuth2Error("not a description")
    if str(description["issuer"]).rstrip("/") != issuer.rstrip("/"):
        raise OAuth2Error("the provider calls itself otherwise")
    for name in ENDPOINTS:
        refuse_scheme(str(description[name]))
    return description


class OidcAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """One exchange with a customer's provider."""

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "description"):
            self.description = discovered(self.get_provider().app.settings["server_url"])
        return self.description

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Never from what a request calls the portal: it is registered with the provider."""
        return callback_url(self.provider_id)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Claims of the ID token; of the user information only what that lacks, about the same subject."""
        try:
            claims = self.claims_of(app, kwargs["response"]["id_token"])
            if "email" not in claims:
                more = self._fetch_user_info(token.token)
                if more["sub"] != claims["sub"]:
                    raise OAuth2Error("the user information is about somebody else")
                claims = more | claims
        except BROKEN as error:
            raise OAuth2Error(f"{type(error).__name__}: {error}") from error
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def claims_of(self, app: Any, id_token: str) -> dict[str, Any]:
        """What the provider says, its signature checked whichever way it came."""
        description = self.openid_config
        with Session() as session:
            answer = session.get(description["jwks_uri"])
            answer.raise_for_status()
            keys = answer.json()
        return tokens.verified(id_token, keys, issuer=description["issuer"], client_id=app.client_id)


class OidcProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    oauth2_adapter_class = OidcAdapter


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Connections of customers are all the providers there are, and none of allauth's own sign-up."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """By slug. Raises SocialApp.DoesNotExist."""
        connection = usable(provider)
        if connection is None:
            raise SocialApp.DoesNotExist
        app = SocialApp(
            provider=OidcProvider.id,
            provider_id=connection.slug,
            name=str(connection.tenant),
            client_id=connection.client_id,
            secret=connection.client_secret,
            settings={"server_url": connection.issuer, "oauth_pkce_enabled": True},
        )
        return OidcProvider(request, app=app)

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        return []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_requests_session(self) -> Session:
        return Session()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Takes over from the library once the provider has answered: who that is, is decided here."""
        from sendense_portal.sign_in.views.sso import admitted

        raise ImmediateHttpResponse(admitted(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **about: Any) -> None:
        """One page for whatever went wrong; the trail has more."""
        from sendense_portal.sign_in.views.sso import failed

        raise ImmediateHttpResponse(failed(request, provider.app.provider_id, about.get("exception")))


def callback_url(slug: str) -> str:
    """Where a provider sends people back to."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('sso_callback', args=[slug])}"


def host_of(url: str) -> str:
    """For pages that say where one is going."""
    return urlsplit(url).hostname or ""
