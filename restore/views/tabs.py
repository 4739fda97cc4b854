"""The tabs over the pages of restore."""

from django.urls import reverse
from django.utils.translation import gettext as _

from restore.basket import basket_of
from restore.slots import count_open_mounts
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action


def tabs(request: PortalRequest, here: str) -> list[tuple[str, str, bool, int]]:
    """Address, label, whether one is there, and a number; only what this person may open."""
    is_open = count_open_mounts(request.access)
    request.known_counts = {"restore:restore_home": is_open}
    rows: list[tuple[str, str, int]] = []
    if request.access.can_somewhere(Action.MOUNT_VIEW):
        rows.append(("restore:restore_home", _("Restore points"), 0))
        rows.append(("restore:mount_list", _("Open now"), is_open))
    if request.access.can_somewhere(Action.FOLDER_LIST):
        rows.append(("restore:file_search", _("Search files"), 0))
    rows.append(("restore:proof_list", _("Proofs"), 0))
    if request.access.can_somewhere(Action.FILE_DOWNLOAD):
        rows.append(("restore:basket", _("Basket"), basket_of(request.access).count()))
        rows.append(("restore:download_list", _("Downloads"), 0))
    return [(reverse(name), label, name == f"restore:{here}", count) for name, label, count in rows]
