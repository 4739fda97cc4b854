"""The portal's routes, and beside them Django's admin for the comparison."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path

from backups.models import Backup
from sendense_portal.tenancy.access import public
from sendense_portal.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class OpenSite(admin.AdminSite):
    """Asks for no permissions: the comparison is of lists, not of rights."""

    def has_permission(self, request: HttpRequest) -> bool:
        return True

    def get_urls(self) -> list[Any]:
        urls: list[Any] = super().get_urls()
        for pattern in walk(urls):
            # Bound methods take no mark; none of them is asked for here.
            with suppress(AttributeError):
                public(pattern.callback)
        return urls


def walk(patterns: list[Any]) -> Iterator[Any]:
    """Every route below."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns)
        else:
            yield pattern


class BackupAdmin(admin.ModelAdmin[Backup]):
    list_display = ["vm", "type", "repository", "state", "percent", "created_at", "transferred_bytes"]
    list_filter = ["state", "type", "repository"]
    list_select_related = ["vm", "repository"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Backup]:
        """The same rows as the portal's page, so that both have the same indexes to use."""
        return super().get_queryset(request).filter(gone_at__isnull=True)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Backup | None = None) -> bool:
        return True

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


site = OpenSite(name="bench_admin")
site.register(Backup, BackupAdmin)
urlpatterns = [*urlpatterns, path("bench-admin/", site.urls)]
