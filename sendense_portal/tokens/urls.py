"""Routes of tokens and service accounts, and of the API."""

from django.urls import include, path

from sendense_portal.tokens.views import accounts, api, own

token_routes = [
    path("profile/tokens/", own.token_list, name="token_list"),
    path("profile/tokens/new/", own.token_create, name="token_create"),
    path("profile/tokens/<uuid:pk>/revoke/", own.token_revoke, name="token_revoke"),
    path("service-accounts/", accounts.account_list, name="account_list"),
    path("service-accounts/new/", accounts.account_create, name="account_create"),
    path("service-accounts/<uuid:pk>/", accounts.account_detail, name="account_detail"),
    path("service-accounts/<uuid:pk>/tokens/new/", accounts.account_token, name="account_token"),
    path("service-accounts/<uuid:pk>/switch/", accounts.account_switch, name="account_switch"),
]

urlpatterns = [
    path("", include((token_routes, "tokens"))),
    path("api/v1/me/", api.me, name="api_me"),
]
