"""What the list of people can be narrowed by; all of it stands in the URL."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import Membership, Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import TenantRole
from sendense_portal.ui.filters import ListFilter
from sendense_portal.ui.selects import LongSelect


class MemberFilter(ListFilter):
    """Search, role, and (where there are several) customer."""

    search = django_filters.CharFilter(label=_("Search"), method="by_text")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=TenantRole.choices, empty_label=_("Any role"))
    customer = django_filters.ModelChoiceFilter(
        field_name="tenant", queryset=Tenant.objects.all(), label=_("Customer"),
        empty_label=_("All customers"), widget=LongSelect(),
    )  # fmt: skip

    class Meta:
        model = Membership
        fields: list[str] = []

    def __init__(self, *args: Any, request: PortalRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        access = request.access
        if not access.is_provider:
            mine = Tenant.objects.visible_to(access)
            self.filters["customer"].queryset = mine
            if len(access.tenant_roles) < 2:
                del self.filters["customer"]

    def by_text(self, rows: QuerySet[Membership], name: str, text: str) -> QuerySet[Membership]:
        """Name or address contains the text."""
        return rows.filter(Q(user__name__icontains=text) | Q(user__email__icontains=text))
