"""The credentials of hubs: seen by the provider's people, changed by its administrators."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.discovery import credentials
from vms.discovery.forms import CredentialForm
from vms.discovery.mirror import users_of
from vms.discovery.models import Credential
from vms.discovery.tables import CredentialTable, with_users
from vms.discovery.tabs import tabs
from vms.models import VirtualMachine

SHOWN = 50
"""Machines that the page of a credential names."""


@require(Action.CREDENTIAL_VIEW)
def credential_list(request: PortalRequest) -> HttpResponse:
    """All that the hubs list, and the machines that have none."""
    rows = Credential.objects.visible_to(request.access).filter(gone_at__isnull=True)
    table = CredentialTable(with_users(rows.select_related("hub")))
    RequestConfig(request).configure(table)
    without = VirtualMachine.objects.visible_to(request.access).filter(
        gone_at__isnull=True, has_credential=False
    )
    context = {
        "tabs": tabs("credential_list"),
        "table": table,
        "without": list(without.order_by("name")[: SHOWN + 1]),
        "has_hub": HubConnection.objects.visible_to(request.access).exists(),
    }
    return page(request, "vms/discovery/credential_list.html", context, part="table")


@require(Action.CREDENTIAL_VIEW, on=Credential)
def credential_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """One of them, and the machines that are backed up by it."""
    credential: Credential = request.target
    users = users_of(credential)
    count = users.count()
    context = {
        "credential": credential,
        "users": users.select_related("tenant").order_by("name")[:SHOWN],
        "count": count,
        "over": max(0, count - SHOWN),
    }
    return page(request, "vms/discovery/credential_detail.html", context)


@require(Action.CREDENTIAL_EDIT)
def credential_add(request: PortalRequest) -> HttpResponse:
    """The hub keeps it; nothing is asked of the vCenter yet."""
    form = CredentialForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = credentials.add(Actor.of(request), form.cleaned_data["hub"], form.told)
        except HubOutcomeUnknown as error:
            form.add_error(None, error.sentence)
            form.add_error(None, _("Look at the list before you add it again."))
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(
                request, _("%(name)s was added. Discover with it to see that it works.") % {"name": made}
            )
            return redirect("vms:credential_detail", made.pk)
    return page(request, "vms/discovery/credential_edit.html", {"form": form})


@require(Action.CREDENTIAL_EDIT, on=Credential)
def credential_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Everything of it but its hub."""
    credential: Credential = request.target
    form = CredentialForm(request.POST if request.method == "POST" else None, credential)
    if request.method == "POST" and form.is_valid():
        try:
            credentials.change(Actor.of(request), credential, form.told)
        except HubError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("%(name)s was changed.") % {"name": form.told.name})
            return redirect("vms:credential_detail", credential.pk)
    context = {"form": form, "credential": credential, "count": users_of(credential).count()}
    return page(request, "vms/discovery/credential_edit.html", context)


@require(Action.CREDENTIAL_DELETE, on=Credential)
def credential_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what hangs on it; POST deletes, or says why not."""
    credential: Credential = request.target
    problem = ""
    if request.method == "POST":
        try:
            credentials.delete(Actor.of(request), credential)
        except credentials.CredentialRefused:
            pass  # said by the objections below
        except HubError as error:
            problem = error.sentence
        else:
            messages.success(request, _("%(name)s was deleted.") % {"name": credential})
            return redirect("vms:credential_list")
    context = {"credential": credential, "objections": credentials.objections(credential), "problem": problem}
    return page(request, "vms/discovery/credential_delete.html", context)
