"""The customer's page about the provider's looking into its files."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.visits import consents
from sendense_portal.visits.forms import ConsentForm
from sendense_portal.visits.models import Consent

SHOWN = 50
LOOKED = (Action.MOUNT_OPEN, Action.FOLDER_LIST, Action.FILE_DOWNLOAD)


@require(Action.CONSENT_EDIT)
def consent_list(request: PortalRequest) -> HttpResponse:
    """Who of the provider looked in, when and why; consent that was given; and giving it."""
    form = ConsentForm(request.POST if request.method == "POST" else None, access=request.access)
    if request.method == "POST" and form.is_valid():
        tenant, hours = form.cleaned_data["tenant"], form.cleaned_data["hours"]
        given = consents.give(Actor.of(request), tenant, hours)
        said = _("The provider’s people may look into files of %(customer)s until %(until)s UTC.")
        messages.success(request, said % {"customer": tenant, "until": given.until.strftime("%d %b %H:%M")})
        return redirect("visits:consent_list")
    mine = request.access.tenants_with(Action.CONSENT_EDIT) or []
    looked = AuditEntry.objects.visible_to(request.access).filter(
        tenant__in=mine, action__in=LOOKED, outcome=Outcome.OK, actor__provider_role__gt=""
    )
    context = {
        "form": form,
        "consents": Consent.objects.visible_to(request.access).select_related("tenant")[:SHOWN],
        "looked": looked.order_by("-at", "-id")[:SHOWN],
    }
    return page(request, "visits/consent_list.html", context)


@require(Action.CONSENT_EDIT, on=Consent)
@require_POST
def consent_withdraw(request: PortalRequest, pk: str) -> HttpResponse:
    """Takes consent back before its time."""
    consents.withdraw(Actor.of(request), request.target)
    messages.success(request, _("Consent was withdrawn; from now on the provider’s people are refused."))
    return redirect("visits:consent_list")
