"""Routes of signing in; those that strangers reach, and those that allauth asks for, have no namespace."""

from django.urls import include, path

from sendense_portal.sign_in.views import confirming, connections, entering, removals, rules, security, sso

sign_in_routes = [
    path("profile/security/", security.security, name="security"),
    path("profile/security/app/", security.app_add, name="app_add"),
    path("profile/security/key/", security.key_add, name="key_add"),
    path("profile/security/<int:pk>/rename/", security.key_rename, name="key_rename"),
    path("profile/security/<int:pk>/remove/", security.factor_remove, name="factor_remove"),
    path("profile/security/codes/", security.recovery_codes, name="recovery_codes"),
    path("confirm/", confirming.confirm, name="confirm"),
    path("administration/staff-rules/", rules.staff_rules, name="staff_rules"),
    path(
        "people/members/<int:pk>/second-factor/", removals.second_factor_remove, name="second_factor_remove"
    ),
    path(
        "people/accounts/<uuid:pk>/second-factor/",
        removals.account_second_factor_remove,
        name="account_second_factor_remove",
    ),
]

urlpatterns = [
    path("", include((sign_in_routes, "sign_in"))),
    path("customers/<uuid:pk>/single-sign-on/", connections.sso_edit, name="sso_edit"),
    path("sign-in/second-factor/", entering.second_factor, name="mfa_authenticate"),
    path("sign-in/passkey/", entering.passkey_sign_in, name="passkey_sign_in"),
    path("sign-in/passkey/options/", entering.passkey_options, name="passkey_options"),
    path("sign-in/organisation/", sso.sso_find, name="sso_find"),
    path("sso/<slug:slug>/", sso.sso_start, name="sso_start"),
    path("sso/<slug:slug>/callback/", sso.sso_callback, name="sso_callback"),
]
