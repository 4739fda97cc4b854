"""The form that searches the catalogue, and the one that asks why."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from restore.catalogue.search import Query, size_of
from restore.models import CatalogueDisk, CatalogueOwner
from restore.models.catalogue import Kind, microseconds
from sendense_portal.ui.days import DateInput
from sendense_portal.ui.selects import LongSelect
from vms.models import VirtualMachine

LONGEST = 200


class FileSearchForm(forms.Form):
    """What to look for, and where. Everything stands in the address."""

    search = forms.CharField(
        label=_("File name"),
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autofocus": True, "spellcheck": "false"}),
    )
    customer = forms.ModelChoiceField(
        CatalogueOwner.objects.none(),
        label=_("Customer"),
        required=False,
        empty_label=_("All customers"),
        widget=LongSelect(),
    )
    vm = forms.ModelChoiceField(
        VirtualMachine.objects.none(),
        label=_("Virtual machine"),
        required=False,
        empty_label=_("All virtual machines"),
        widget=LongSelect(),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Files and folders")), *Kind.choices]
    )
    ending = forms.CharField(
        label=_("Ending"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "xlsx", "size": 6}),
    )
    folder = forms.CharField(
        label=_("In folder"),
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "/home/"}),
    )
    larger = forms.CharField(
        label=_("Larger than"),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "10 MiB", "size": 8}),
    )
    since = forms.DateField(label=_("Changed since"), required=False, widget=DateInput())

    def __init__(self, data: Any, owners: QuerySet[CatalogueOwner], *, one_customer: bool) -> None:
        super().__init__(data)
        self.owners = list(owners.select_related("tenant").order_by("tenant__name"))
        customer, vm = self.fields["customer"], self.fields["vm"]
        assert isinstance(customer, forms.ModelChoiceField)
        assert isinstance(vm, forms.ModelChoiceField)
        customer.queryset = owners
        customer.choices = [(owner.pk, str(owner)) for owner in self.owners]
        if not one_customer:
            customer.choices = [("", customer.empty_label), *customer.choices]
        if len(self.owners) < 2:
            del self.fields["customer"]
        vm.queryset = VirtualMachine.objects.filter(catalogue__owner__in=owners).distinct().order_by("name")

    def clean_larger(self) -> int:
        """In bytes."""
        text: str = self.cleaned_data["larger"]
        size = size_of(text) if text else 0
        if size is None:
            raise forms.ValidationError(_("A size such as 500 KiB, 10 MiB or 2 GiB."))
        return size

    def query(self, owners: Sequence[CatalogueOwner]) -> Query:
        """Of a valid form."""
        cleaned = self.cleaned_data
        versions: dict[str, Any] = {"kind": cleaned["kind"]} if cleaned["kind"] else {}
        if cleaned["larger"]:
            versions["size__gt"] = cleaned["larger"]
        if cleaned["since"]:
            day = timezone.make_aware(datetime.combine(cleaned["since"], time.min))
            versions["modified__gte"] = microseconds(day)
        disks = CatalogueDisk.objects.filter(vm=cleaned["vm"]) if cleaned["vm"] else []
        return Query.of(
            cleaned["search"],
            [owner.pk for owner in owners],
            disks=[disk.pk for disk in disks],
            versions=versions,
            folder=cleaned["folder"],
            ending=cleaned["ending"],
        )


class LookForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The customer can read it in the activity trail."),
        error_messages={"required": _("Say why you look into this customer's files.")},
    )
