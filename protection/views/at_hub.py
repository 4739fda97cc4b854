"""What hubs keep of policies, schedules and flows themselves, for the provider's staff."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from protection.hub_rules import delete_policy, groups_of
from protection.models import HubRule
from protection.tables import HubRuleTable
from protection.views.frames import tabs
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.HUB_VIEW)
def hub_rules(request: PortalRequest) -> HttpResponse:
    """Every rule of every hub, with what the hub does about it."""
    rows = HubRule.objects.visible_to(request.access).filter(gone_at__isnull=True).select_related("hub")
    may_delete = request.access.can(Action.HUB_EDIT)
    table = HubRuleTable(rows, exclude=() if may_delete else ("actions",))
    RequestConfig(request).configure(table)
    context = {"tabs": tabs("hub_rules", request), "table": table, "groups": groups_of(request.access)}
    return page(request, "protection/hub_rules.html", context)


@require(Action.HUB_EDIT, on=HubRule)
def hub_policy_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what it means; POST deletes at the hub, or says why not."""
    rule: HubRule = request.target
    if rule.kind != HubRule.Kind.POLICY or rule.gone_at:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            delete_policy(Actor.of(request), rule)
        except HubError as error:
            problem = error.sentence
        else:
            messages.success(request, _("%(policy)s was deleted at the hub.") % {"policy": rule.name})
            return redirect("protection:hub_rules")
    return page(request, "protection/hub_policy_delete.html", {"rule": rule, "problem": problem})
