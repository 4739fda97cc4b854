"""The two pages of assignment as tabs."""

from django.urls import reverse
from django.utils.translation import gettext as _

Tab = tuple[str, str, bool, int]


def tabs(here: str) -> list[Tab]:
    """Address, label, whether one is there, and a count, which these have none."""
    return [
        (reverse("vms:unassigned_list"), _("Without customer"), here == "unassigned_list", 0),
        (reverse("vms:rule_list"), _("Rules"), here == "rule_list", 0),
    ]
