"""Routes about people and hubs; sign-in, first run and profile have no namespace, hubs have."""

from django.urls import include, path

from sendense_portal.tenancy.views import account, hubs

hub_routes = [
    path("", hubs.hub_list, name="hub_list"),
    path("<uuid:pk>/test/", hubs.hub_test, name="hub_test"),
    path("<uuid:pk>/edit/", hubs.hub_edit, name="hub_edit"),
]

urlpatterns = [
    path("sign-in/", account.sign_in, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    # allauth asks for its own names.
    path("sign-in/", account.sign_in, name="account_login"),
    path("sign-out/", account.sign_out, name="account_logout"),
    path("first-run/<str:token>/", account.first_run, name="first_run"),
    path("profile/", account.profile, name="profile"),
    path("theme/", account.set_theme, name="set_theme"),
    path("hubs/", include((hub_routes, "tenancy"))),
]
