"""Columns, saved views and files of lists."""

from typing import Any

from sendense_portal.lists.models import SavedView
from tests.conftest import Cast

MATRIX = {
    ("GET", "lists:list_options"): "ssf aaa aaa aaa",
    ("POST", "lists:list_columns"): "ssf aaa aaa aaa",
    ("POST", "lists:view_create"): "ssf aaa aaa aaa",
    ("GET", "lists:list_export"): "ssf aaa aaa aaa",
    ("POST", "lists:view_rename"): "ssf nff ffa nnn",
    ("POST", "lists:view_delete"): "ssf nff ffa nnn",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """A view that Acme shares."""
    view = SavedView.objects.create(
        list_name="backups", name="Failed", query="state=failed", tenant=cast.acme, made_by_name="admin"
    )
    by_name = ("list_options", "list_columns", "view_create", "list_export")
    return {f"lists:{route}": {"name": "backups"} for route in by_name} | {
        f"lists:{route}": {"pk": view.pk} for route in ("view_rename", "view_delete")
    }
