"""The frame around every page: navigation, banners, theme. Computed only when a template uses it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.ui.banners import banners_for
from sendense_portal.ui.navigation import links_for


def frame(request: HttpRequest) -> dict[str, Any]:
    """``nav``, ``banners`` and ``tenant_label`` cost queries, so parts, which show none of them, pay none.

    ``nav`` and ``panel`` are cookies that portal.js writes: how this browser likes its side panels.
    """
    access: Access | None = getattr(request, "access", None)
    person = getattr(request, "user", None)
    return {
        "nav": lazily(lambda: links_for(request, access) if access else []),
        "banners": lazily(lambda: banners_for(access) if access else []),
        "tenant_label": lazily(lambda: tenant_label(access) if access else ""),
        "may_switch": bool(access and not access.is_staff and (access.only or len(access.tenant_roles) > 1)),
        "theme": getattr(person, "theme", "") or "system",
        "nav_closed": request.COOKIES.get("nav") == "closed",
        "panel_closed": request.COOKIES.get("panel") == "closed",
    }


def lazily(compute: Callable[[], Any]) -> Any:
    """Computed once, at first use."""
    return SimpleLazyObject(compute)


def tenant_label(access: Access) -> str:
    """On whose behalf one is here, for the line under the product's name."""
    if access.is_provider:
        return _("Provider")
    tenant_ids = list(access.tenant_roles)
    if len(tenant_ids) > 1:
        return _("%(count)s customers") % {"count": len(tenant_ids)}
    return str(Tenant.objects.filter(pk__in=tenant_ids).first() or _("No customer yet"))
