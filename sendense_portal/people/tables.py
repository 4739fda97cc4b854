"""Lists of people."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sendense_portal.ui.cells import CellColumn, attrs_when
from sendense_portal.ui.tables import PortalTable


class MemberTable(PortalTable):
    """One row a person and customer."""

    person = CellColumn(
        "people/cells/member.html",
        accessor="user__email",
        verbose_name=_("Person"),
        order_by=("user__email",),
    )
    customer = tables.Column(accessor="tenant__name", verbose_name=_("Customer"), order_by=("tenant__name",))
    role = CellColumn("people/cells/role.html", verbose_name=_("Role"))
    state = CellColumn(
        "people/cells/state.html",
        accessor="user__is_active",
        verbose_name=_("Status"),
        order_by=("user__is_active",),
    )
    last_sign_in = CellColumn(
        "people/cells/last_sign_in.html", accessor="user__last_login", verbose_name=_("Last sign-in"),
        order_by=("user__last_login",), attrs=attrs_when("wide"),
    )  # fmt: skip

    class Meta(PortalTable.Meta):
        order_by = "person"


class StaffTable(PortalTable):
    """One row a person of the provider's."""

    person = CellColumn(
        "people/cells/staff.html", accessor="email", verbose_name=_("Person"), order_by=("email",)
    )
    role = tables.Column(
        accessor="get_provider_role_display", verbose_name=_("Role"), order_by=("provider_role",)
    )
    state = CellColumn("people/cells/staff_state.html", accessor="is_active", verbose_name=_("Status"))
    last_sign_in = CellColumn(
        "people/cells/staff_last_sign_in.html", accessor="last_login", verbose_name=_("Last sign-in")
    )
    prefix = "staff-"

    class Meta(PortalTable.Meta):
        order_by = "person"
