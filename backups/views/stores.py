"""Repositories: one of them, and for the provider's staff adding, testing, counting anew and deleting."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backups import stores
from backups.growth import curve_of, growths_of
from backups.models import HELD, Backup, Repository
from backups.repositories import known_to
from backups.store_forms import RepositoryForm
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.REPOSITORY_VIEW)
def repository_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """One repository. How it grows tells of all its customers' data, so only the provider's people see it."""
    repository = get_object_or_404(known_to(request.access).select_related("hub", "tenant"), pk=pk)
    sees_growth = request.access.is_provider
    context = {
        "repository": repository,
        "growth": growths_of([repository])[repository.pk] if sees_growth and repository.total_bytes else None,
        "curve": curve_of(repository) if sees_growth else None,
        "held": Backup.objects.visible_to(request.access).filter(HELD, repository=repository).count(),
        "customers": list(repository.customers.all()) if sees_growth else [],
    }
    return page(request, "backups/repository_detail.html", context, part="live")


@require(Action.REPOSITORY_ADD)
def repository_add(request: PortalRequest) -> HttpResponse:
    """POST tries the fields out, or adds; which of the two is the button's ``do``."""
    form = RepositoryForm(request.POST if request.method == "POST" else None)
    tried = None
    if request.method == "POST" and form.is_valid():
        actor, is_test = Actor.of(request), request.POST.get("do") == "test"
        try:
            if not is_test:
                return added(request, stores.add(actor, form.place, is_shared=form.cleaned_data["is_shared"]))
            tried = {"said": stores.try_out(actor, form.place), "kind": form.place.kind}
        except HubOutcomeUnknown as error:
            form.add_error(None, error.sentence)
            if not is_test:
                form.add_error(None, _("Look at the list before you add it again."))
        except HubError as error:
            form.add_error(None, error.sentence)
    return page(request, "backups/repository_add.html", {"form": form, "tried": tried})


def added(request: PortalRequest, made: stores.Added) -> HttpResponse:
    """To the new one's page; or to the list, with what may be wrong, where the hub does not show it."""
    name = {"repository": made.repository}
    if made.is_listed:
        messages.success(request, _("%(repository)s was added.") % name)
        return redirect("backups:repository_detail", made.repository.pk)
    unlisted = _(
        "%(repository)s was added, but the hub does not list it yet. A share that does not answer can keep a "
        "hub from listing any of its repositories: if it stays so, check the server, or delete it."
    )
    messages.warning(request, unlisted % name)
    return redirect("backups:repository_list")


@require(Action.REPOSITORY_REFRESH, on=Repository)
@require_POST
def repository_refresh(request: PortalRequest, pk: str) -> HttpResponse:
    """Has its hub count what is used."""
    repository: Repository = request.target
    try:
        stores.count_anew(Actor.of(request), repository)
    except HubError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _("The hub has counted its repositories anew."))
    return redirect("backups:repository_detail", repository.pk)


@require(Action.REPOSITORY_DELETE, on=Repository)
def repository_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what it means; POST deletes, or says why not."""
    repository: Repository = request.target
    problem = ""
    if request.method == "POST":
        try:
            stores.delete(Actor.of(request), repository)
        except stores.StoreRefused as refusal:
            problem = str(refusal)
        except HubError as error:
            problem = error.sentence
        else:
            messages.success(request, _("%(repository)s was deleted.") % {"repository": repository})
            return redirect("backups:repository_list")
    said = stores.objections(repository)
    context = {"repository": repository, "objections": said, "problem": "" if said else problem}
    return page(request, "backups/repository_delete.html", context)
