"""The two pages of discovery as tabs."""

from django.urls import reverse
from django.utils.translation import gettext as _

Tab = tuple[str, str, bool, int]


def tabs(here: str) -> list[Tab]:
    """Address, label, whether one is there, and a count, which these have none."""
    return [
        (reverse("vms:discovery_list"), _("Discover"), here == "discovery_list", 0),
        (reverse("vms:credential_list"), _("Credentials"), here == "credential_list", 0),
    ]
