"""Signing in, one's own second factors, other people's, single sign-on."""

import uuid
from typing import Any

from sendense_portal.tenancy.models import Membership
from tests.conftest import Cast

MATRIX = {
    ("GET", "sign_in:security"): "ssf aaa aaa aaa",
    ("GET", "sign_in:app_add"): "ssf aaa aaa aaa",
    ("POST", "sign_in:app_add"): "ssf aaa aaa aaa",
    ("GET", "sign_in:key_add"): "ssf aaa aaa aaa",
    ("POST", "sign_in:key_add"): "ssf aaa aaa aaa",
    # Asked to confirm first, whichever number one tries; what is not one's own is then not found.
    ("GET", "sign_in:key_rename"): "ssf aaa aaa aaa",
    ("POST", "sign_in:factor_remove"): "ssf aaa aaa aaa",
    ("GET", "sign_in:recovery_codes"): "ssf aaa aaa aaa",
    ("POST", "sign_in:recovery_codes"): "ssf aaa aaa aaa",
    ("GET", "sign_in:confirm"): "ssf aaa aaa aaa",
    ("POST", "sign_in:confirm"): "ssf aaa aaa aaa",
    ("GET", "sign_in:staff_rules"): "ssf fff fff ffa",
    ("POST", "sign_in:staff_rules"): "ssf fff fff ffa",
    ("GET", "sign_in:second_factor_remove"): "ssn nnf nna ffa",
    ("POST", "sign_in:second_factor_remove"): "ssn nnf nna ffa",
    ("GET", "sign_in:account_second_factor_remove"): "ssn nnn nnn ffa",
    ("POST", "sign_in:account_second_factor_remove"): "ssn nnn nnn ffa",
    ("GET", "sso_edit"): "ssn nnf nna ffa",
    ("POST", "sso_edit"): "ssn nnf nna ffa",
    # Without a password given just before there is nothing to ask a second factor for.
    ("GET", "mfa_authenticate"): "sss sss sss sss",
    ("GET", "passkey_sign_in"): "aaa aaa aaa aaa",
    ("POST", "passkey_options"): "aaa aaa aaa aaa",
    ("GET", "sso_find"): "aaa aaa aaa aaa",
    ("GET", "sso_start"): "nnn nnn nnn nnn",
    ("GET", "sso_callback"): "nnn nnn nnn nnn",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """Acme's viewer; factors and connections that nobody has."""
    member = {"pk": Membership.objects.get(user=cast.acme_viewer).pk}
    no_factor, no_connection = {"pk": 2**40}, {"slug": uuid.uuid4().hex}
    return {
        "sign_in:key_rename": no_factor, "sign_in:factor_remove": no_factor,
        "sign_in:second_factor_remove": member,
        "sign_in:account_second_factor_remove": {"pk": cast.acme_viewer.pk},
        "sso_edit": {"pk": cast.acme.pk}, "sso_start": no_connection, "sso_callback": no_connection,
    }  # fmt: skip
