"""What the trail can be narrowed by; all of it stands in the URL."""

from datetime import date, datetime, time, timedelta

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.tenancy.roles import Action

BEYOND_ROLES = [
    ("person.sign_in", _("Sign in")),
    ("person.sign_out", _("Sign out")),
    ("person.first_run", _("Set up the first administrator")),
    ("person.password_change", _("Change one's password")),
    ("person.create", _("Add a person")),
    ("tenant.create", _("Add a customer")),
    ("tenant.rename", _("Rename a customer")),
    ("tenant.suspend", _("Suspend a customer")),
    ("tenant.resume", _("Let a customer in again")),
    ("tenant.close", _("Close a customer")),
    ("repository.share", _("Choose who may use a repository")),
    ("rule.create", _("Add an assignment rule")),
    ("rule.edit", _("Change an assignment rule")),
    ("rule.delete", _("Delete an assignment rule")),
    ("token.create", _("Make an API token")),
    ("token.revoke", _("Revoke an API token")),
    ("token.guess", _("Try API tokens that are not valid")),
    ("service_account.create", _("Make a service account")),
    ("service_account.disable", _("Switch a service account off")),
    ("service_account.enable", _("Switch a service account on")),
    ("quota.exceeded", _("Go beyond a quota that only warns")),
]
"""Recorded, but no right of any role: what people do before the door, and what an operator's command does."""

RECORDED = [(action.value, action.label) for action in Action if not action.value.endswith(".view")]


class EntryFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Search, person, action, outcome, and days in the person's zone.

    ``target_kind`` and ``target_id`` are set by links ("history of this backup").
    """

    search = django_filters.CharFilter(method="by_text", label=_("Search"))
    person = django_filters.CharFilter(field_name="actor_name", lookup_expr="icontains", label=_("Person"))
    action = django_filters.ChoiceFilter(
        choices=[*RECORDED, *BEYOND_ROLES], label=_("Action"), empty_label=_("Any action")
    )
    outcome = django_filters.ChoiceFilter(
        choices=Outcome.choices, label=_("Outcome"), empty_label=_("Any outcome")
    )
    since = django_filters.DateFilter(
        method="by_first_day", label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        method="by_last_day", label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )
    target_kind = django_filters.CharFilter(widget=forms.HiddenInput())
    target_id = django_filters.CharFilter(widget=forms.HiddenInput())

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    @property
    def is_used(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.form.data.get(name) for name in self.filters)

    def by_text(self, rows: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        """What was acted on, by whom, or from where."""
        return rows.filter(
            Q(target_name__icontains=text) | Q(actor_name__icontains=text) | Q(address__startswith=text)
        )

    def by_first_day(self, rows: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        """On this day or later."""
        return rows.filter(at__gte=midnight(day))

    def by_last_day(self, rows: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        """On this day or earlier."""
        return rows.filter(at__lt=midnight(day + timedelta(days=1)))


def midnight(day: date) -> datetime:
    """The beginning of a day in the person's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
