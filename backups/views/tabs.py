"""The pages about backups beside their list."""

from django.urls import reverse
from django.utils.translation import gettext as _

from backups.filters import HELD, ORPHANED
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action


def tabs(access: Access, here: str) -> list[tuple[str, str, bool, int]]:
    """Address, label, whether one is there, and no number; only what this person may open."""
    every = reverse("backups:backup_list")
    rows = [
        ("all", every, _("Backups")),
        ("machines", reverse("backups:machine_list"), _("By machine")),
        (ORPHANED, f"{every}?state={ORPHANED}", _("Orphaned")),
        (HELD, f"{every}?state={HELD}", _("Legal hold")),
        ("bin", reverse("backups:bin_list"), _("Bin")),
    ]
    if access.can_somewhere(Action.HUB_VIEW):
        rows.append(("failures", reverse("backups:failure_list"), _("Why backups failed")))
    return [(address, label, name == here, 0) for name, address, label in rows]
