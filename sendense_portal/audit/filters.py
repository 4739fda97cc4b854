"""What the trail can be narrowed by; all of it stands in the URL."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.audit import subjects
from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, Outcome, Subject
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.filters import ListFilter
from sendense_portal.ui.selects import LongSelect

BEYOND_ROLES = [
    ("person.sign_in", _("Sign in")),
    ("person.sign_out", _("Sign out")),
    ("person.first_run", _("Set up the first administrator")),
    ("person.password_change", _("Change one's password")),
    ("person.create", _("Add a person")),
    ("person.invite", _("Invite somebody")),
    ("person.uninvite", _("Withdraw an invitation")),
    ("person.join", _("Accept an invitation")),
    ("person.role", _("Change a person's role")),
    ("person.remove", _("Remove a person")),
    ("person.switch_on", _("Switch an account on")),
    ("person.switch_off", _("Switch an account off")),
    ("person.end_sessions", _("End sessions")),
    ("person.password_link", _("Ask for a new password")),
    ("person.factor_add", _("Add a second factor")),
    ("person.factor_rename", _("Rename a second factor")),
    ("person.factor_remove", _("Remove a second factor of one's own")),
    ("person.recovery_codes", _("Make recovery codes")),
    ("person.second_factor_try", _("Try a second factor that is wrong")),
    ("person.lock_out", _("Be locked out after wrong tries")),
    ("person.unlock", _("Let somebody try codes again")),
    ("person.step_up", _("Confirm who one is")),
    ("person.sso", _("Sign in by single sign-on")),
    ("tenant.look_in", _("Look at a customer as its people see it")),
    ("tenant.look_out", _("Stop looking at a customer")),
    ("consent.give", _("Let the provider look into files")),
    ("consent.withdraw", _("Withdraw consent")),
    ("tenant.create", _("Add a customer")),
    ("tenant.rename", _("Rename a customer")),
    ("tenant.suspend", _("Suspend a customer")),
    ("tenant.resume", _("Let a customer in again")),
    ("tenant.close", _("Close a customer")),
    ("backup.bin", _("Put a backup into the bin")),
    ("backup.bring_back", _("Bring a backup back from the bin")),
    ("restore.prove", _("Prove that files of a machine come back")),
    ("restore.prove_ask", _("Ask for a proof of restore")),
    ("catalogue.open", _("Look through the names of a customer’s files")),
    ("backup.purge", _("Delete a backup from the bin")),
    ("backup.hold_lift", _("Lift a legal hold")),
    ("view.share", _("Share a saved view of a list")),
    ("credential.add", _("Add a vCenter credential")),
    ("repository.test", _("Have a hub check a repository’s fields")),
    ("repository.share", _("Choose who may use a repository")),
    ("vm.release", _("Take a virtual machine away from a customer")),
    ("rule.create", _("Add an assignment rule")),
    ("rule.edit", _("Change an assignment rule")),
    ("rule.delete", _("Delete an assignment rule")),
    ("token.create", _("Make an API token")),
    ("token.revoke", _("Revoke an API token")),
    ("token.guess", _("Try API tokens that are not valid")),
    ("service_account.create", _("Make a service account")),
    ("service_account.disable", _("Switch a service account off")),
    ("service_account.enable", _("Switch a service account on")),
    ("approval.ask", _("Ask a second person")),
    ("approval.approve", _("Approve what another person asked for")),
    ("approval.execute", _("Do what was approved")),
    ("approval.decline", _("Decline what another person asked for")),
    ("approval.void", _("End a request that is void")),
    ("approval.expire", _("End a request that is out of time")),
    ("approval.withdraw", _("Withdraw a request")),
    ("audit.trim", _("Let old entries of the trail go")),
    ("catalogue.retry", _("Have restore points read again")),
    ("mount.notice", _("Announce that a restore point is closed")),
    ("parcel.ask", _("Have files packed in the background")),
    ("parcel.pack", _("Pack files in the background")),
    ("parcel.cancel", _("Cancel what is packed")),
    ("parcel.expire", _("Remove what was packed and is out of time")),
    ("handover.make", _("Make a link for somebody outside")),
    ("handover.revoke", _("Revoke a link for somebody outside")),
    ("handover.guess", _("Type a wrong pass-phrase")),
    ("handover.lock", _("Lock a link after wrong pass-phrases")),
    ("handover.fetch", _("Fetch files by a link")),
    ("flow.create", _("Add a protection flow")),
    ("flow.edit", _("Change a protection flow")),
    ("flow.delete", _("Delete a protection flow")),
    ("flow.enable", _("Let a protection flow run by its schedule")),
    ("flow.disable", _("Let a protection flow rest")),
    ("flow.run", _("Run a protection flow")),
    ("flow.stop", _("Stop a protection flow")),
    ("schedule.create", _("Add a schedule")),
    ("schedule.edit", _("Change a schedule")),
    ("schedule.delete", _("Delete a schedule")),
    ("schedule.enable", _("Let a schedule run")),
    ("schedule.disable", _("Let a schedule rest")),
    ("hub_policy.delete", _("Delete a policy at a hub")),
    ("vm_group.create", _("Add a group of machines")),
    ("vm_group.edit", _("Change a group of machines")),
    ("vm_group.delete", _("Delete a group of machines")),
    ("quota.exceeded", _("Go beyond a quota that only warns")),
]
"""Recorded, but no right of any role: what people do before the door, and what an operator's command does."""

RECORDED = [(action.value, action.label) for action in Action if not action.value.endswith(".view")]


def tenants_of(request: HttpRequest | None) -> list[tuple[str, str]]:
    """The customers to choose from: those whose trail one may read."""
    if not isinstance(request, HttpRequest) or not hasattr(request, "access"):
        return []
    asking: PortalRequest = request  # type: ignore[assignment]  # the middleware made it one
    ids = asking.access.tenants_with(Action.AUDIT_VIEW)
    rows = Tenant.objects.all() if ids is None else Tenant.objects.filter(pk__in=ids)
    choices = [(str(pk), name) for pk, name in rows.order_by("name").values_list("pk", "name")]
    if ids is None:
        choices.insert(0, (PROVIDER_CHAIN, str(_("Provider"))))
    return choices


class EntryFilter(ListFilter):
    """Text, person, VM, action, outcome, days in the person's zone, customer; ``about`` is set by links.

    Texts are looked for in what entries are about (``Subject``), which is small, never in the trail itself.
    """

    search = django_filters.CharFilter(method="by_text", label=_("Search"))
    person = django_filters.CharFilter(method="by_person", label=_("Person"))
    vm = django_filters.CharFilter(method="by_vm", label=_("Virtual machine"))
    action = django_filters.ChoiceFilter(
        choices=[*RECORDED, *BEYOND_ROLES], label=_("Action"), empty_label=_("Any action")
    )
    outcome = django_filters.ChoiceFilter(
        choices=Outcome.choices, label=_("Outcome"), empty_label=_("Any outcome")
    )
    customer = django_filters.ChoiceFilter(
        method="by_customer", label=_("Customer"), empty_label=_("All customers"), widget=LongSelect
    )
    since = django_filters.DateFilter(
        method="by_first_day", label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        method="by_last_day", label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )
    about = django_filters.CharFilter(method="by_subject", widget=forms.HiddenInput())
    target_kind = django_filters.CharFilter(widget=forms.HiddenInput())
    target_id = django_filters.CharFilter(widget=forms.HiddenInput())

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, request=request, **options)
        customers = tenants_of(request)
        if len(customers) > 1:
            self.filters["customer"].extra["choices"] = customers
        else:
            del self.filters["customer"]

    @property
    def used(self) -> dict[str, str]:
        """What narrows the list, by name."""
        return {name: self.form.data[name] for name in self.filters if self.form.data.get(name)}

    def name_of_subject(self) -> str:
        """What the page is the history of, as an entry that one may see calls it."""
        if "about" not in self.used and "target_id" not in self.used:
            return ""
        newest: AuditEntry | None = self.qs.first()
        if newest is None:
            return ""
        wanted = subjects.asked_for(self.used.get("about", "")).values("pk")
        told = newest.about.filter(subject__in=wanted).select_related("subject").first()
        if told:
            return told.subject.name
        return newest.target_name if "target_id" in self.used else str(newest.tenant or "")

    def by_text(self, rows: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        """What was acted on, by whom, or from where."""
        if ADDRESS.fullmatch(text):
            return rows.filter(address__startswith=text)
        return about(rows, Subject.objects.filter(name__icontains=text))

    def by_person(self, rows: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        """Who did it."""
        return about(rows, Subject.objects.filter(kind=subjects.ACTOR, name__icontains=text))

    def by_vm(self, rows: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        """A machine, its backups, and what was done with these."""
        return about(rows, Subject.objects.filter(kind="virtualmachine", name__icontains=text))

    def by_customer(self, rows: QuerySet[AuditEntry], name: str, key: str) -> QuerySet[AuditEntry]:
        """One customer's chain, or the provider's."""
        return rows.filter(tenant__isnull=True) if key == PROVIDER_CHAIN else rows.filter(tenant=UUID(key))

    def by_subject(self, rows: QuerySet[AuditEntry], name: str, what: str) -> QuerySet[AuditEntry]:
        """The history of what a link names (``vm:<id>``); of a customer all of its chain."""
        kind, _sign, key = what.partition(":")
        if kind == "customer" and is_id(key):
            return rows.filter(tenant=UUID(key))
        return about(rows, subjects.asked_for(what))

    def by_first_day(self, rows: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        """On this day or later."""
        return rows.filter(at__gte=midnight(day))

    def by_last_day(self, rows: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        """On this day or earlier."""
        return rows.filter(at__lt=midnight(day + timedelta(days=1)))


def about(rows: QuerySet[AuditEntry], what: QuerySet[Subject]) -> QuerySet[AuditEntry]:
    """The entries about any of these."""
    return rows.filter(pk__in=subjects.entries_about(what))


def is_id(text: str) -> bool:
    """Whether a text is a UUID."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


ADDRESS = re.compile(r"[0-9]{1,3}\.[0-9.]*|[0-9a-fA-F]*:[0-9a-fA-F:.]*")
"""What looks like an IP address or its beginning."""


def midnight(day: date) -> datetime:
    """The beginning of a day in the person's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
