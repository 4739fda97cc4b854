"""Service accounts as a table."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.roles import ProviderRole, TenantRole
from sendense_portal.tokens.models import ServiceAccount
from sendense_portal.ui.cells import CellColumn, attrs_when
from sendense_portal.ui.tables import PortalTable

ROLES = dict([*TenantRole.choices, *ProviderRole.choices])


class AccountTable(PortalTable):
    """One row an account."""

    name = CellColumn("tokens/cells/account.html", verbose_name=_("Name"), order_by=("user__name",))
    tenant = tables.Column(
        accessor="tenant__name",
        verbose_name=_("Belongs to"),
        default=_("Provider"),
        order_by=("tenant__name",),
    )
    role = tables.Column(verbose_name=_("Role"))
    state = CellColumn("tokens/cells/state.html", verbose_name=_("State"), order_by=("user__is_active",))
    created_at = CellColumn(
        "tokens/cells/made.html", verbose_name=_("Made"), order_by=("created_at",), attrs=attrs_when("wide")
    )

    class Meta(PortalTable.Meta):
        order_by = "name"

    def render_role(self, record: ServiceAccount) -> str:
        """In words."""
        return str(ROLES.get(record.role, record.role))
