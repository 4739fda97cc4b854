"""Assignment rules: list, preview before saving, letting one take what waits, deleting."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.assignment.forms import RuleForm
from vms.assignment.rules import MOST_AT_ONCE, apply_rule, preview
from vms.assignment.services import tell
from vms.assignment.tables import RuleTable
from vms.assignment.tabs import tabs
from vms.models import AssignmentRule


@require(Action.VM_ASSIGN)
def rule_list(request: PortalRequest) -> HttpResponse:
    """All rules in the order in which they are asked."""
    table = RuleTable(AssignmentRule.objects.visible_to(request.access).select_related("tenant", "hub"))
    RequestConfig(request, paginate={"per_page": RuleTable.per_page}).configure(table)
    return page(request, "vms/rule_list.html", {"tabs": tabs("rule_list"), "table": table}, part="table")


@require(Action.VM_ASSIGN)
def rule_create(request: PortalRequest) -> HttpResponse:
    """A new rule."""
    return edited(request, AssignmentRule(created_by=request.user), {"tenant": request.GET.get("customer")})


@require(Action.VM_ASSIGN, on=AssignmentRule)
def rule_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Another pattern, place or priority."""
    return edited(request, request.target, {})


def edited(request: PortalRequest, rule: AssignmentRule, initial: dict[str, str | None]) -> HttpResponse:
    """The form; the first POST shows what the rule would take, a second one of the same saves it."""
    is_new = rule._state.adding
    form = RuleForm(request.POST or None, instance=rule, initial=initial)
    context = {"form": form, "rule": rule, "is_new": is_new}
    if request.method == "POST" and form.is_valid():
        if form.is_previewed:
            verb = "rule.create" if is_new else "rule.edit"
            changed = sorted({*form.changed_data} - {"previewed"})
            with transaction.atomic():
                form.save()
                log.record(Actor.of(request), verb, Outcome.OK, rule, changed=changed)
            messages.success(request, _("The rule was saved. New machines that fit go to its customer."))
            return redirect("vms:rule_apply", rule.pk)
        context |= {"preview": preview(rule), "digest": form.digest}
    return page(request, "vms/rule_edit.html", context)


@require(Action.VM_ASSIGN, on=AssignmentRule)
def rule_apply(request: PortalRequest, pk: str) -> HttpResponse:
    """GET shows what the rule takes of the machines that are there; POST lets it."""
    rule: AssignmentRule = request.target
    problem = why_not(rule)
    if request.method == "POST" and not problem:
        results = apply_rule(Actor.of(request), rule)
        tell(rule.tenant_id)
        done = [result for result in results if result.done]
        context = {
            "results": results,
            "done": done,
            "tenant": rule.tenant,
            "left": len(results) - len(done),
            "rule": rule,
            "cut_at": MOST_AT_ONCE if len(results) == MOST_AT_ONCE else None,
        }
        return page(request, "vms/assign_results.html", context)
    context = {"rule": rule, "preview": preview(rule), "problem": problem, "most": MOST_AT_ONCE}
    return page(request, "vms/rule_apply.html", context)


@require(Action.VM_ASSIGN, on=AssignmentRule)
def rule_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """What the rule has given stays given."""
    rule: AssignmentRule = request.target
    if request.method == "POST":
        with transaction.atomic():
            log.record(Actor.of(request), "rule.delete", Outcome.OK, rule)
            rule.delete()
        messages.success(request, _("The rule was deleted. What it gave stays with its customer."))
        return redirect("vms:rule_list")
    return page(request, "vms/rule_delete.html", {"rule": rule})


def why_not(rule: AssignmentRule) -> str:
    """Why a rule takes nothing now, whatever fits."""
    if rule.tenant.state != Tenant.State.ACTIVE:
        return _("%(customer)s is not active.") % {"customer": rule.tenant}
    if not rule.enabled:
        return _("This rule rests. Let it take machines first.")
    return ""
