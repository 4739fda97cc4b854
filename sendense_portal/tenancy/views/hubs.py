"""Hub connections: how each hub is, a test, and where it is."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sendense_portal.audit import log
from sendense_portal.hub import HubError, HubLoginFailed
from sendense_portal.sync.follower import probe
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.forms import HubForm
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.HUB_VIEW)
def hub_list(request: PortalRequest) -> HttpResponse:
    """Every hub with its state as sync last saw it."""
    hubs = HubConnection.objects.visible_to(request.access)
    return page(request, "tenancy/hub_list.html", {"hubs": hubs, "now": timezone.now()}, part="hubs")


@require(Action.HUB_TEST, on=HubConnection)
@require_POST
def hub_test(request: PortalRequest, pk: str) -> HttpResponse:
    """Asks the hub who it is, now."""
    connection: HubConnection = request.target
    with log.attempt(log.Actor.of(request), Action.HUB_TEST, connection) as attempt:
        try:
            probe(connection, client_for(connection))
        except HubError as error:
            refused = isinstance(error, HubLoginFailed)
            connection.state = HubConnection.State.REFUSED if refused else HubConnection.State.DOWN
            connection.last_error = error.sentence
            connection.save(update_fields=["state", "last_error"])
            attempt.note(answer=error.sentence)
            messages.error(request, _("%(hub)s: %(why)s") % {"hub": connection, "why": error.sentence})
        else:
            messages.success(
                request,
                _("%(hub)s answers in %(ms).0f ms.") % {"hub": connection, "ms": connection.latency_ms or 0},
            )
    return redirect("tenancy:hub_list")


@require(Action.HUB_EDIT, on=HubConnection)
def hub_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Changes where a hub is; asked again at once, because the dialect may be another."""
    connection: HubConnection = request.target
    form = HubForm(request.POST or None, instance=connection)
    if request.method == "POST" and form.is_valid():
        with log.attempt(
            log.Actor.of(request), Action.HUB_EDIT, connection, changed=sorted(form.changed_data)
        ):
            connection.dialect, connection.utc_offset_seconds = "", None
            form.save()
        messages.success(request, _("%(hub)s was saved.") % {"hub": connection})
        return redirect("tenancy:hub_list")
    return page(request, "tenancy/hub_edit.html", {"form": form, "hub": connection})
