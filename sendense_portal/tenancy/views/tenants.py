"""One customer: its page, its name, its state, its safety rules."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sendense_portal.approvals.services import DecisionRefused, ask
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.customers import (
    STEPS,
    CustomerRefused,
    change_state,
    create_customer,
    rename_customer,
)
from sendense_portal.tenancy.facts import sections_for
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import PolicyRefused, SecondPersonNeeded, change_policy
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.tenant_forms import CloseForm, CustomerForm, RulesForm
from sendense_portal.ui.pages import page


@require(Action.TENANT_VIEW)
def customer_own(request: PortalRequest) -> HttpResponse:
    """One's own customer; of several, the choice."""
    if request.access.is_provider:
        return redirect("dashboard")
    tenants = list(Tenant.objects.visible_to(request.access))
    if len(tenants) == 1:
        return redirect("customers:customer_detail", tenants[0].pk)
    return page(request, "tenancy/customer_own.html", {"tenants": tenants})


@require(Action.TENANT_EDIT)
def customer_create(request: PortalRequest) -> HttpResponse:
    """A new customer; what it needs next stands on its page."""
    form = CustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tenant = create_customer(Actor.of(request), form.cleaned_data["name"])
        except CustomerRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("%(customer)s was added.") % {"customer": tenant})
            return redirect("customers:customer_detail", tenant.pk)
    return page(request, "tenancy/customer_create.html", {"form": form})


@require(Action.TENANT_VIEW, on=Tenant)
def customer_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """Facts, and a section of each domain (``tenancy.facts``)."""
    tenant: Tenant = request.target
    context = {
        "tenant": tenant,
        "sections": sections_for(request.access, tenant),
        "people_count": tenant.memberships.filter(user__is_service=False).count(),
    }
    return page(request, "tenancy/customer_detail.html", context)


@require(Action.TENANT_EDIT, on=Tenant)
def customer_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Another name."""
    tenant: Tenant = request.target
    form = CustomerForm(request.POST or None, tenant=tenant, initial={"name": tenant.name})
    called = tenant.name
    if request.method == "POST" and form.is_valid():
        try:
            rename_customer(Actor.of(request), tenant, form.cleaned_data["name"])
        except CustomerRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The customer is called %(customer)s now.") % {"customer": tenant})
            return redirect("customers:customer_detail", tenant.pk)
    return page(
        request, "tenancy/customer_edit.html", {"form": form, "tenant": request.target, "called": called}
    )


@require(Action.TENANT_EDIT, on=Tenant)
def customer_state(request: PortalRequest, pk: str) -> HttpResponse:
    """``?step=suspend`` (resume, close) says what will happen; POST does it."""
    tenant: Tenant = request.target
    step = request.POST.get("step") or request.GET.get("step") or ""
    if step not in STEPS:
        return redirect("customers:customer_detail", tenant.pk)
    form = CloseForm(request.POST or None, tenant=tenant) if step == "close" else None
    problem = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            change_state(Actor.of(request), tenant, step)
        except CustomerRefused as refusal:
            problem = str(refusal)
        else:
            state = tenant.get_state_display().lower()
            messages.success(
                request, _("%(customer)s is %(state)s now.") % {"customer": tenant, "state": state}
            )
            return redirect("customers:customer_detail", tenant.pk)
    context = {
        "tenant": tenant,
        "step": step,
        "form": form,
        "problem": problem,
        "people_count": tenant.memberships.filter(user__is_service=False).count(),
    }
    return page(request, "tenancy/customer_state.html", context)


@require(Action.TENANT_POLICY, on=Tenant)
def customer_rules(request: PortalRequest, pk: str) -> HttpResponse:
    """The safety rules; what one may not take back stands there and can't be changed."""
    tenant: Tenant = request.target
    before = Tenant.objects.get(pk=tenant.pk)
    form = RulesForm(request.POST or None, instance=tenant, is_staff=request.access.is_staff)
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_policy(Actor.of(request), before, form.cleaned_data)
        except PolicyRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        except SecondPersonNeeded as needed:
            try:
                asked = ask(
                    Actor.of(request), Action.TENANT_POLICY, before, before, parameters=needed.changes
                )
            except DecisionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Nothing is changed yet: a second person has to approve it."))
                return redirect("approvals:approval_detail", asked.pk)
        else:
            said = _("The safety rules were saved.") if changed else _("Nothing was changed.")
            messages.success(request, said)
            return redirect("customers:customer_detail", tenant.pk)
    return page(request, "tenancy/customer_rules.html", {"form": form, "tenant": before})
