"""The trail as a table."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sendense_portal.audit.models import AuditEntry
from sendense_portal.audit.sentences import details_of, reason_of, sentence_of
from sendense_portal.ui.cells import CellColumn, attrs_when
from sendense_portal.ui.tables import PortalTable


def who(entry: AuditEntry) -> dict[str, object]:
    """The actor's name and, if the trail holds both, the address of their mail."""
    name, _sign, mail = entry.actor_name.partition(" <")
    return {"name": name, "mail": mail.removesuffix(">")}


def told(entry: AuditEntry) -> dict[str, object]:
    """An entry in words."""
    return {"sentence": sentence_of(entry), "details": details_of(entry), "reason": reason_of(entry)}


class EntryTable(PortalTable):
    """One row an entry; an attempt and its outcome are two."""

    at = CellColumn("audit/cells/at.html", verbose_name=_("When"), order_by=("at", "pk"))
    actor_name = CellColumn("audit/cells/person.html", facts=who, verbose_name=_("Who"), orderable=False)
    customer = tables.Column(
        accessor="tenant__name",
        verbose_name=_("Customer"),
        default=_("Provider"),
        orderable=False,
        attrs=attrs_when("wide"),
    )
    what = CellColumn(
        "audit/cells/what.html", facts=told, accessor="pk", verbose_name=_("What"), orderable=False
    )
    outcome = CellColumn("audit/cells/outcome.html", verbose_name=_("Outcome"), orderable=False)
    address = tables.Column(verbose_name=_("Address"), default="–", orderable=False, attrs=attrs_when("wide"))

    class Meta(PortalTable.Meta):
        order_by = "-at"
        row_attrs = {"id": lambda record: f"entry-{record.pk}"}
