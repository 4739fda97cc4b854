"""Credentials, discoveries and found machines as tables."""

from typing import Any

import django_tables2 as tables
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sendense_portal.ui.cells import CellColumn, DrawnColumn, actions_column, attrs_when, url_to
from sendense_portal.ui.tables import PortalTable
from vms.discovery.models import Credential, FoundMachine
from vms.models import VirtualMachine

CAN_BE_ADDED = (FoundMachine.State.NEW, FoundMachine.State.REFUSED)


def with_users(credentials: QuerySet[Credential]) -> QuerySet[Credential]:
    """Each with ``users``: how many machines are backed up by it."""
    backed_up = VirtualMachine.objects.filter(
        hub=OuterRef("hub"), credential_remote_id=OuterRef("remote_id"), gone_at__isnull=True
    )
    counted = backed_up.order_by().values("hub").annotate(count=Count("pk")).values("count")
    return credentials.annotate(users=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def tick(machine: FoundMachine, table: Any) -> SafeString | str:
    """The box that chooses a machine that can be added."""
    if machine.state not in CAN_BE_ADDED:
        return ""
    return format_html(
        '<label class="tick"><input type="checkbox" name="row" form="bulk" value="{}">'
        '<span class="visually-hidden">{}</span></label>',
        machine.pk,
        _("Choose %(name)s") % {"name": machine.name},
    )


def machine_name(machine: FoundMachine, table: Any) -> SafeString:
    """Its name, a link once the hub knows it; where it lies at the vCenter."""
    name: SafeString | str = machine.name
    if machine.vm_id:
        name = format_html(
            '<a class="row-link" href="{}">{}</a>', url_to("vms:vm_detail", machine.vm_id), name
        )
    return format_html('{}<span class="cell-note">{}</span>', name, machine.path)


def credential_name(credential: Credential, table: Any) -> SafeString:
    """Its name, and its hub."""
    link = url_to("vms:credential_detail", credential.pk)
    return format_html(
        '<a class="row-link" href="{}">{}</a><span class="cell-note">{}</span>',
        link, credential.name, credential.hub.name,
    )  # fmt: skip


class CredentialTable(PortalTable):
    """One row a credential that a hub lists."""

    name = DrawnColumn(credential_name, verbose_name=gettext_lazy("Name"), order_by=("name", "pk"))
    vcenter = tables.Column(verbose_name=gettext_lazy("vCenter"))
    username = tables.Column(verbose_name=gettext_lazy("User name"), attrs=attrs_when("roomy"))
    users = tables.Column(verbose_name=gettext_lazy("Machines"), attrs={"td": {"class": "num"}})
    age = CellColumn("vms/cells/credential_age.html", accessor="added_at", verbose_name=gettext_lazy("Added"))
    actions = actions_column("vms/cells/credential_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "name"


class DiscoveryTable(PortalTable):
    """One row a discovery of late."""

    where = CellColumn(
        "vms/cells/discovery_where.html", accessor="credential__name", verbose_name=gettext_lazy("Where")
    )
    state = CellColumn("vms/cells/discovery_state.html", verbose_name=gettext_lazy("State"))
    found = tables.Column(verbose_name=gettext_lazy("Found"), attrs={"td": {"class": "num"}})
    free = tables.Column(verbose_name=gettext_lazy("Not at the hub"), attrs={"td": {"class": "num"}})
    created_at = CellColumn("vms/cells/discovery_asked.html", verbose_name=gettext_lazy("Asked for"))

    class Meta(PortalTable.Meta):
        order_by = "-created_at"


class FoundTable(PortalTable):
    """One row a machine of the vCenter."""

    chosen = DrawnColumn(tick, verbose_name=gettext_lazy("Chosen"), orderable=False)
    name = DrawnColumn(machine_name, verbose_name=gettext_lazy("Name"), order_by=("name", "pk"))
    guest_os = tables.Column(verbose_name=gettext_lazy("System"), attrs=attrs_when("roomy"), default="–")
    size = CellColumn("vms/cells/found_size.html", accessor="disk_bytes", verbose_name=gettext_lazy("Disks"))
    state = CellColumn("vms/cells/found_state.html", verbose_name=gettext_lazy("State"))

    class Meta(PortalTable.Meta):
        order_by = "name"
