"""Columns, saved views and the file of any registered list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sendense_portal.audit.log import Actor
from sendense_portal.lists.choices import (
    NotKept,
    choose_columns,
    hidden_columns,
    kept_of,
    may_change,
    places,
    rename_view,
    save_view,
)
from sendense_portal.lists.exports import ListExport
from sendense_portal.lists.models import SavedView
from sendense_portal.lists.registry import ShownList, shown_lists
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.PROFILE_EDIT)
@require_safe
def list_options(request: PortalRequest, name: str) -> HttpResponse:
    """Columns and views of one list; the query string is the list's own, to be saved."""
    return options(request, list_named(request, name), kept_of(request.GET.urlencode()))


def options(request: PortalRequest, shown: ShownList, query: str, problem: str = "") -> HttpResponse:
    """The page, with what could not be kept (409) and why."""
    hidden = hidden_columns(request.access.user, shown.name)
    views = SavedView.objects.visible_to(request.access).filter(list_name=shown.name)
    context = {
        "list": shown,
        "list_url": reverse(shown.url_name),
        "query": query,
        "columns": [(key, label, key not in hidden) for key, label in shown.choosable.items()],
        "views": [(view, may_change(request.access, view)) for view in views.select_related("tenant")],
        "places": places(request.access),
        "problem": problem,
        "typed": request.POST.get("name", ""),
    }
    status = 409 if problem else 200
    return page(request, "lists/list_options.html", context, part="dialog", status=status)


@require(Action.PROFILE_EDIT)
@require_POST
def list_columns(request: PortalRequest, name: str) -> HttpResponse:
    """Remembers which columns this person wants."""
    shown = list_named(request, name)
    choose_columns(request.access.user, shown, request.POST.getlist("column"))
    return back_to(request, shown)


@require(Action.PROFILE_EDIT)
@require_POST
def view_create(request: PortalRequest, name: str) -> HttpResponse:
    """Saves a view under a name."""
    shown, asked = list_named(request, name), request.POST
    try:
        view = save_view(
            request.access, Actor.of(request), shown, asked.get("name", ""), asked.get("query", ""),
            asked.get("place", ""),
        )  # fmt: skip
    except NotKept as refusal:
        return options(request, shown, kept_of(asked.get("query", "")), str(refusal))
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return back_to(request, shown)


@require(Action.PROFILE_EDIT)
@require_POST
def view_rename(request: PortalRequest, pk: str) -> HttpResponse:
    """Another name for it."""
    view, shown = changeable(request, pk)
    try:
        rename_view(view, request.POST.get("name", ""))
    except NotKept as refusal:
        return options(request, shown, kept_of(request.POST.get("query", "")), str(refusal))
    return back_to(request, shown)


@require(Action.PROFILE_EDIT)
@require_POST
def view_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """Forgets it; the list itself stays as it is."""
    view, shown = changeable(request, pk)
    view.delete()
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return back_to(request, shown)


@require(Action.LIST_EXPORT)
@require_safe
def list_export(request: PortalRequest, name: str) -> HttpResponseBase:
    """What the list shows with these filters, all pages of it, as a file."""
    shown = list_named(request, name)
    query = kept_of(request.GET.urlencode())
    facts = {"filters": query} if query else {}
    return ListExport(shown, shown.rows(request), facts, Actor.of(request), request.access)


def list_named(request: PortalRequest, name: str) -> ShownList:
    """Raises 404 for a list that there is not, and 403 for one that this person has no rows of."""
    if name not in shown_lists:
        raise Http404("not found")
    shown = shown_lists[name]
    if not request.access.can_somewhere(shown.action):
        raise PermissionDenied(shown.action.label)
    return shown


def changeable(request: PortalRequest, pk: str) -> tuple[SavedView, ShownList]:
    """A view that this person sees (else 404) and may change (else 403)."""
    view = get_object_or_404(SavedView.objects.visible_to(request.access), pk=pk)
    if not may_change(request.access, view):
        raise PermissionDenied(_("Shared views are changed by who manages people or safety rules."))
    return view, list_named(request, view.list_name)


def back_to(request: PortalRequest, shown: ShownList) -> HttpResponse:
    """The list as it was."""
    query = kept_of(request.POST.get("query", ""))
    return redirect(f"{reverse(shown.url_name)}{'?' if query else ''}{query}")
