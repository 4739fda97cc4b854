"""Service accounts: the list, a new one, one with its tokens, on and off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.tokens.forms import AccountForm
from sendense_portal.tokens.models import ApiToken, ServiceAccount
from sendense_portal.tokens.services import TokenRefused, make_account, switch_account
from sendense_portal.tokens.tables import ROLES, AccountTable
from sendense_portal.tokens.views.own import creation
from sendense_portal.ui.pages import page


@require(Action.SERVICE_ACCOUNT_EDIT)
def account_list(request: PortalRequest) -> HttpResponse:
    """Those that this person may manage."""
    table = AccountTable(ServiceAccount.objects.visible_to(request.access).select_related("user", "tenant"))
    RequestConfig(request, paginate={"per_page": AccountTable.per_page}).configure(table)
    return page(request, "tokens/account_list.html", {"table": table}, part="table")


@require(Action.SERVICE_ACCOUNT_EDIT)
def account_create(request: PortalRequest) -> HttpResponse:
    """A new account; its tokens are made on its page."""
    form = AccountForm(request.POST if request.method == "POST" else None, access=request.access)
    if request.method == "POST" and form.is_valid():
        try:
            account = make_account(Actor.of(request), request.access, **form.cleaned_data)
        except TokenRefused as refusal:
            form.add_error("role", str(refusal))
        else:
            messages.success(request, _("%(name)s was made. It needs a token.") % {"name": account})
            return redirect("tokens:account_detail", account.pk)
    return page(request, "tokens/account_create.html", {"form": form})


@require(Action.SERVICE_ACCOUNT_EDIT, on=ServiceAccount)
def account_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """What it may do, and its tokens."""
    account: ServiceAccount = request.target
    tokens = ApiToken.objects.filter(owner=account.user_id).select_related("tenant")
    context = {"account": account, "tokens": tokens, "role": ROLES.get(account.role, account.role)}
    return page(request, "tokens/account_detail.html", context)


@require(Action.SERVICE_ACCOUNT_EDIT, on=ServiceAccount)
def account_token(request: PortalRequest, pk: str) -> HttpResponse:
    """A new token of the account."""
    return creation(request, request.target)


@require(Action.SERVICE_ACCOUNT_EDIT, on=ServiceAccount)
def account_switch(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what will happen; POST switches it off, or on again."""
    account: ServiceAccount = request.target
    live = ApiToken.objects.filter(
        owner=account.user_id, revoked_at__isnull=True, expires_at__gt=timezone.now()
    )
    context = {"account": account, "live_count": live.count(), "problem": ""}
    if request.method == "POST":
        try:
            switch_account(Actor.of(request), request.access, account, on=request.POST.get("state") == "on")
        except TokenRefused as refusal:
            context["problem"] = str(refusal)
        else:
            return redirect("tokens:account_detail", account.pk)
    return page(request, "tokens/account_switch.html", context)
