"""The form with all quotas of one customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sendense_portal.quotas.amounts import parsed, typed
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.quotas.usage import amount_text
from sendense_portal.tenancy.models import Tenant

HARD, SOFT = "hard", "soft"
RULES = [(HARD, _("Refuse what goes beyond")), (SOFT, _("Only warn"))]


@dataclass(frozen=True)
class QuotaRow:
    """The two fields of one kind, with what is used now."""

    kind: QuotaKind
    used_text: str
    limit: forms.BoundField
    rule: forms.BoundField


class QuotaForm(forms.Form):
    """A limit for each kind, in people's units, and whether it refuses or warns; empty: no limit."""

    def __init__(self, data: Any, *, tenant: Tenant, used: dict[QuotaKind, int]) -> None:
        self.tenant = tenant
        self.used = used
        self.before = {QuotaKind(quota.kind): quota for quota in Quota.objects.filter(tenant=tenant)}
        super().__init__(data)
        for kind in QuotaKind:
            quota = self.before.get(kind)
            self.fields[f"{kind}_limit"] = forms.CharField(
                label=_("Limit"),
                required=False,
                max_length=40,
                initial=typed(kind, quota.limit) if quota else "",
                widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("No limit")}),
            )
            self.fields[f"{kind}_rule"] = forms.ChoiceField(
                label=_("When it is reached"),
                choices=RULES,
                initial=HARD if quota is None or quota.is_hard else SOFT,
            )

    def rows(self) -> Iterator[QuotaRow]:
        """One kind after the other, for the template."""
        for kind in QuotaKind:
            used = amount_text(kind, self.used.get(kind, 0))
            yield QuotaRow(kind, used, self[f"{kind}_limit"], self[f"{kind}_rule"])

    def clean(self) -> dict[str, Any]:
        """Reads the amounts; what was typed stays in the field."""
        self.limits: dict[QuotaKind, int] = {}
        for kind in QuotaKind:
            text = self.cleaned_data.get(f"{kind}_limit", "")
            try:
                if text:
                    self.limits[kind] = parsed(kind, text)
            except ValidationError as error:
                self.add_error(f"{kind}_limit", error)
        return self.cleaned_data

    def changes(self) -> dict[str, str]:
        """What saving will change, for the trail: by kind the limit before and after."""
        changes = {}
        for kind in QuotaKind:
            before, after = self.said(self.before.get(kind)), self.said(self.wanted(kind))
            if before != after:
                changes[kind.value] = f"{before} → {after}"
        return changes

    def wanted(self, kind: QuotaKind) -> Quota | None:
        """The quota as the form has it."""
        if kind not in self.limits:
            return None
        is_hard = self.cleaned_data[f"{kind}_rule"] == HARD
        return Quota(tenant=self.tenant, kind=kind, limit=self.limits[kind], is_hard=is_hard)

    @staticmethod
    def said(quota: Quota | None) -> str:
        """A quota in a few words."""
        if quota is None:
            return "no limit"
        return f"{typed(QuotaKind(quota.kind), quota.limit)} ({HARD if quota.is_hard else SOFT})"

    def save(self) -> None:
        """Writes all of them or none."""
        with transaction.atomic():
            for kind in QuotaKind:
                if quota := self.wanted(kind):
                    values = {"limit": quota.limit, "is_hard": quota.is_hard}
                    Quota.objects.update_or_create(tenant=self.tenant, kind=kind, defaults=values)
                else:
                    Quota.objects.filter(tenant=self.tenant, kind=kind).delete()
