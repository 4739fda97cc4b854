"""Forms about who may use a repository."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backups.grants import repositories_for
from backups.models import Backup, Repository
from sendense_portal.tenancy.models import Tenant

SHARED, CHOSEN = "shared", "chosen"


class GrantForm(forms.Form):
    """The repositories that are not shared, as boxes; the shared ones stand beside them."""

    repositories = forms.ModelMultipleChoiceField(
        Repository.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        label=_("May use"),
        error_messages={"invalid_choice": _("One of them is not on offer any more. Look again.")},
    )

    def __init__(self, data: Any, *, tenant: Tenant) -> None:
        offered = repositories_for(tenant).distinct()
        own = offered.filter(is_shared=False)
        super().__init__(data, initial={"repositories": own.filter(customers=tenant)})
        field = self.fields["repositories"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = own
        self.own, self.shared = own, offered.filter(is_shared=True)
        self.ticked = data.getlist("repositories") if data is not None else None
        self.granted = {repository.pk for repository in self.initial["repositories"]}

    @property
    def rows(self) -> list[tuple[Repository, bool]]:
        """Each that can be granted, and whether its box is ticked: as typed, else as it is."""
        return [
            (place, place.pk in self.granted if self.ticked is None else str(place.pk) in self.ticked)
            for place in self.own
        ]


class SharingForm(forms.Form):
    """For everybody, or for whom."""

    is_shared = forms.ChoiceField(
        label=_("Who may use it"),
        choices=[(SHARED, _("Every customer of its hub")), (CHOSEN, _("Only chosen customers"))],
        widget=forms.RadioSelect(),
    )
    customers = forms.ModelMultipleChoiceField(
        Tenant.objects.exclude(state=Tenant.State.CLOSED),
        required=False,
        label=_("Chosen customers"),
        widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("Counts only for “Only chosen customers”. Without one, only the provider uses it."),
    )

    def __init__(self, data: Any, *, repository: Repository) -> None:
        shared = repository.is_shared
        # Who has backups in it is offered as chosen, so that closing it shuts out nobody by oversight.
        users = Tenant.objects.filter(
            pk__in=Backup.objects.filter(repository=repository, gone_at__isnull=True)
            .order_by()
            .values("tenant")
            .distinct()
        )
        initial = {
            "is_shared": SHARED if shared else CHOSEN,
            "customers": users if shared else repository.customers.all(),
        }
        super().__init__(data, initial=initial)
