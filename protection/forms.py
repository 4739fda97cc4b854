"""Forms of flows and groups; a schedule's is in ``protection.schedule_forms``."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from backups.models import Repository
from backups.repositories import usable_by
from protection.members import machines_of
from protection.models import Flow, Schedule, VmGroup
from sendense_portal.tenancy.objectives import HOURS
from sendense_portal.ui.selects import LongChoices


class OwnedForm(forms.ModelForm[Any]):
    """A row of one customer, whose name is free among the customer's others."""

    def name_taken(self, others: QuerySet[Any]) -> bool:
        """Whether another row of the customer has the name."""
        same = others.filter(tenant=self.instance.tenant_id, name=self.cleaned_data.get("name"))
        return bool(same.exclude(pk=self.instance.pk).exists())


class GroupForm(OwnedForm):
    """A group by hand, by name, or both."""

    class Meta:
        model = VmGroup
        fields = ["name", "name_pattern", "vms"]
        widgets = {"vms": LongChoices}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["vms"].queryset = machines_of(self.instance.tenant_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A group of nothing protects nothing."""
        cleaned = super().clean() or {}
        if self.name_taken(VmGroup.objects.all()):
            self.add_error("name", _("Another group has this name."))
        if not cleaned.get("name_pattern") and not cleaned.get("vms"):
            self.add_error("name_pattern", _("Give a name to fit, or choose machines."))
        return cleaned


class FlowForm(OwnedForm):
    """What, where, how and when; only of the customer's own."""

    class Meta:
        model = Flow
        fields = [
            "name", "all_vms", "groups", "vms", "repository", "full_every", "full_weekday", "most_at_once",
            "schedule", "rpo_hours", "enabled",
        ]  # fmt: skip
        widgets = {"vms": LongChoices, "groups": LongChoices}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        tenant_id = self.instance.tenant_id
        machines = machines_of(tenant_id)
        fields: dict[str, Any] = self.fields
        fields["vms"].queryset = machines
        fields["groups"].queryset = VmGroup.objects.filter(tenant=tenant_id)
        if not fields["groups"].queryset.exists():
            del fields["groups"]
        fields["full_weekday"].choices = [("", _("No fixed day")), *WEEKDAYS.items()]
        customers = _("As the customer’s rules say: %(age)s") % {
            "age": self.instance.tenant.get_rpo_hours_display()
        }
        fields["rpo_hours"].choices = [("", customers), *HOURS]
        fields["schedule"].queryset = Schedule.objects.filter(tenant=tenant_id)
        fields["schedule"].empty_label = _("No schedule")
        fields["repository"].empty_label = _("Choose a repository")
        fields["repository"].queryset = Repository.objects.filter(
            usable_by(tenant_id), hub__in=machines.order_by().values("hub"), gone_at__isnull=True
        ).distinct()

    def clean(self) -> dict[str, Any]:
        """A flow of nothing protects nothing."""
        cleaned = super().clean() or {}
        if self.name_taken(Flow.objects.filter(deleted_at__isnull=True)):
            self.add_error("name", _("Another flow has this name."))
        if not any(cleaned.get(name) for name in ("all_vms", "groups", "vms")):
            self.add_error("all_vms", _("Choose machines, groups or all of them."))
        return cleaned
