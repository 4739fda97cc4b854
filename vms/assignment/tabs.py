"""The two pages of assignment as tabs."""

from django.urls import reverse
from django.utils.translation import gettext as _

from vms.models import AssignmentRule, VirtualMachine

Tab = tuple[str, str, bool, int]


def tabs(here: str) -> list[Tab]:
    """Address, label, whether one is there, and how many."""
    unassigned = VirtualMachine.objects.filter(tenant__isnull=True, gone_at__isnull=True).count()
    rules = AssignmentRule.objects.count()
    return [
        (reverse("vms:unassigned_list"), _("Without customer"), here == "unassigned_list", unassigned),
        (reverse("vms:rule_list"), _("Rules"), here == "rule_list", rules),
    ]
