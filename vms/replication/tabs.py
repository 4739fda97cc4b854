"""The two pages of replication as tabs."""

from django.urls import reverse
from django.utils.translation import gettext as _

Tab = tuple[str, str, bool, int]


def tabs(here: str) -> list[Tab]:
    """Address, label, whether one is there, and a count, which these have none."""
    return [
        (reverse("vms:replication_list"), _("Machines"), here == "replication_list", 0),
        (reverse("vms:replication_run_list"), _("Runs"), here == "replication_run_list", 0),
    ]
