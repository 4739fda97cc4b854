"""The provider's safety rules for its own staff."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.sign_in.second_factors import has_one
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import ProviderPolicy
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


class StaffRulesForm(forms.ModelForm[ProviderPolicy]):
    """All of them."""

    class Meta:
        model = ProviderPolicy
        fields = ["require_second_factor", "step_up", "trail_mail"]


@require(Action.STAFF_POLICY)
def staff_rules(request: PortalRequest) -> HttpResponse:
    """One page, one form."""
    form = StaffRulesForm(request.POST or None, instance=ProviderPolicy.current())
    if request.method == "POST" and form.is_valid():
        change(Actor.of(request), form)
        messages.success(request, _("The rules for the staff were saved."))
        return redirect("sign_in:staff_rules")
    context = {"form": form, "has_factor": has_one(request.user)}
    return page(request, "sign_in/staff_rules.html", context)


def change(actor: Actor, form: StaffRulesForm) -> None:
    """Saves what is new, and tells the trail what it was before."""
    with transaction.atomic():
        before = ProviderPolicy.current()
        changes = {
            name: f"{getattr(before, name) or '–'} → {value or '–'}"
            for name, value in form.cleaned_data.items()
            if getattr(before, name) != value
        }
        if changes:
            policy = form.save()
            log.record(actor, Action.STAFF_POLICY, Outcome.OK, policy, **changes)
