"""One's own tokens, and ending any token that one may end."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.tokens.forms import TokenForm
from sendense_portal.tokens.models import ApiToken, ServiceAccount
from sendense_portal.tokens.services import TokenRefused, make_token, revoke
from sendense_portal.ui.pages import page


@require(Action.TOKEN_EDIT)
def token_list(request: PortalRequest) -> HttpResponse:
    """Every token that acts in one's name."""
    tokens = ApiToken.objects.filter(owner=request.access.user).select_related("tenant")
    return page(request, "tokens/token_list.html", {"tokens": tokens})


@require(Action.TOKEN_EDIT)
def token_create(request: PortalRequest) -> HttpResponse:
    """A new one of one's own."""
    return creation(request)


@sensitive_variables("text", "made")
def creation(request: PortalRequest, account: ServiceAccount | None = None) -> HttpResponse:
    """The form; after it the token's text, on this one answer and nowhere else."""
    data = request.POST if request.method == "POST" else None
    form = TokenForm(data, access=request.access, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_token(Actor.of(request), request.access, account=account, **form.wanted)
        except TokenRefused as refusal:
            form.add_error("actions", str(refusal))
        else:
            token, text = made
            return page(request, "tokens/token_made.html", {"token": token, "text": text, "account": account})
    return page(request, "tokens/token_create.html", {"form": form, "account": account})


@require(Action.TOKEN_EDIT)
def token_revoke(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what will happen, POST ends the token."""
    rows = ApiToken.objects.visible_to(request.access).select_related("owner", "tenant")
    token = rows.filter(pk=pk).first()
    if token is None:
        raise Http404("not found")
    account = ServiceAccount.objects.filter(user=token.owner_id).first()
    if request.method == "POST":
        revoke(Actor.of(request), token)
        messages.success(request, _("“%(name)s” was revoked.") % {"name": token.name})
        if account:
            return redirect("tokens:account_detail", account.pk)
        return redirect("tokens:token_list")
    return page(request, "tokens/token_revoke.html", {"token": token, "account": account})
