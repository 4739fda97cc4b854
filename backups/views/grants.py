"""Which repositories a customer may use, and which customers a repository."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from backups.grant_forms import GrantForm, SharingForm
from backups.grants import grant, share
from backups.models import Repository
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.REPOSITORY_GRANT, on=Tenant)
def repository_grant(request: PortalRequest, pk: str) -> HttpResponse:
    """One customer: the repositories of its hubs, ticked where it may use them."""
    tenant: Tenant = request.target
    form = GrantForm(request.POST if request.method == "POST" else None, tenant=tenant)
    if request.method == "POST" and form.is_valid():
        changed = grant(Actor.of(request), tenant, form.cleaned_data["repositories"])
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
        return redirect("customers:customer_detail", tenant.pk)
    return page(request, "backups/repository_grant.html", {"form": form, "tenant": tenant})


@require(Action.REPOSITORY_GRANT, on=Repository)
def repository_share(request: PortalRequest, pk: str) -> HttpResponse:
    """One repository: for every customer of its hub, or for chosen ones."""
    repository: Repository = request.target
    form = SharingForm(request.POST if request.method == "POST" else None, repository=repository)
    if request.method == "POST" and form.is_valid():
        share(
            Actor.of(request),
            repository,
            is_shared=form.cleaned_data["is_shared"] == "shared",
            customers=form.cleaned_data["customers"],
        )
        messages.success(request, _("%(repository)s was saved.") % {"repository": repository})
        return redirect("backups:repository_detail", repository.pk)
    return page(request, "backups/repository_share.html", {"form": form, "repository": repository})
