"""What the list of backups can be narrowed by; all of it stands in the URL."""

from contextlib import suppress
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.choices import CallableChoiceIterator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backups.days import start_of
from backups.models import OPEN_STATES, Backup, BackupState, BackupType, Repository
from backups.repositories import known_to
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.ui.days import DateInput
from sendense_portal.ui.filters import ListFilter
from sendense_portal.ui.selects import LongSelect
from vms.customers import customer_filter, fit_customer_filter
from vms.models import VirtualMachine

OPEN, GONE, BINNED, HELD, ORPHANED = "open", "gone", "bin", "held", "orphaned"
LONGEST_SELECT = 100
"""VMs offered by name; beyond that the search finds them."""


def vm_choices(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """Every VM that this person may see, gone ones too: their history is here."""
    return VirtualMachine.objects.visible_to(request.access).only("name")


def repository_choices(request: PortalRequest) -> QuerySet[Repository]:
    """Repositories that this person may know of."""
    return known_to(request.access).only("name")


class BackupFilter(ListFilter):
    """VM, type, state, repository, days in the person's zone, search, customer where there are several."""

    search = django_filters.CharFilter(method="by_text", label=_("Search"))
    vm = django_filters.ModelChoiceFilter(
        queryset=vm_choices,
        label=_("Virtual machine"),
        empty_label=_("All virtual machines"),
        widget=LongSelect(),
    )
    type = django_filters.ChoiceFilter(
        choices=BackupType.choices, label=_("Type"), empty_label=_("Any type"), widget=LongSelect()
    )
    state = django_filters.ChoiceFilter(
        choices=[
            (OPEN, _("In progress")),
            *BackupState.choices,
            (BINNED, _("In the bin")),
            (HELD, _("Under legal hold")),
            (ORPHANED, _("Orphaned: the machine is gone")),
            (GONE, _("Deleted")),
        ],
        method="by_state",
        label=_("Status"),
        empty_label=_("Any status"),
        widget=LongSelect(),
    )
    repository = django_filters.ModelChoiceFilter(
        queryset=repository_choices,
        label=_("Repository"),
        empty_label=_("All repositories"),
        widget=LongSelect(),
    )
    customer = customer_filter()
    since = django_filters.DateFilter(method="by_first_day", label=_("From"), widget=DateInput())
    until = django_filters.DateFilter(method="by_last_day", label=_("To"), widget=DateInput())

    class Meta:
        model = Backup
        fields: list[str] = []

    def __init__(self, *args: Any, request: PortalRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        fit_customer_filter(self.filters, request.access)
        # Asked for when the form is drawn, which a part of the page is without.
        self.form.fields["vm"].widget.choices = CallableChoiceIterator(self.vms_offered)

    def vms_offered(self) -> list[tuple[str, str | Promise]]:
        """The first VMs and the chosen one; any visible VM is still accepted."""
        field = self.form.fields["vm"]
        names = field.queryset.order_by("name").values_list("pk", "name")
        offered = [(str(key), name) for key, name in names[:LONGEST_SELECT]]
        chosen = self.form.data.get("vm", "")
        if chosen and chosen not in dict(offered):
            with suppress(ValidationError):
                vm = field.clean(chosen)
                offered.append((str(vm.pk), vm.name))
        return [("", field.empty_label), *offered]

    def filter_queryset(self, queryset: QuerySet[Backup]) -> QuerySet[Backup]:
        """Deleted backups are shown only where they are asked for."""
        rows: QuerySet[Backup] = super().filter_queryset(queryset)
        return rows.filter(gone_at__isnull=self.form.cleaned_data.get("state") != GONE)

    def by_text(self, rows: QuerySet[Backup], name: str, text: str) -> QuerySet[Backup]:
        """Name of the VM or of who started it, a label or the note contains the text."""
        places = ("vm__name", "started_by_name", "labels", "note")
        return rows.filter(reduce(or_, (Q(**{f"{place}__icontains": text}) for place in places)))

    def by_state(self, rows: QuerySet[Backup], name: str, word: str) -> QuerySet[Backup]:
        """One state, or all that may still change."""
        if word == GONE:
            return rows
        if word == BINNED:
            return rows.filter(bin_until__isnull=False)
        if word == HELD:
            return rows.filter(held_at__isnull=False)
        if word == ORPHANED:
            return rows.filter(state=BackupState.COMPLETED, vm__gone_at__isnull=False)
        return rows.filter(state__in=OPEN_STATES if word == OPEN else [word])

    def by_first_day(self, rows: QuerySet[Backup], name: str, day: date) -> QuerySet[Backup]:
        """Started on this day or later."""
        return rows.filter(created_at__gte=start_of(day))

    def by_last_day(self, rows: QuerySet[Backup], name: str, day: date) -> QuerySet[Backup]:
        """Started on this day or earlier."""
        return rows.filter(created_at__lt=start_of(day + timedelta(days=1)))
