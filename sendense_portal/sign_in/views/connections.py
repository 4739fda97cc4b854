"""A customer's single sign-on, set up."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.audit.log import Actor
from sendense_portal.people.granting import roles_to_give
from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.sign_in.sso import connections
from sendense_portal.sign_in.sso.oidc import BROKEN, callback_url, discovered
from sendense_portal.sign_in.sso.outgoing import AddressRefused, refuse_scheme
from sendense_portal.tenancy.access import Access, require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


class ConnectionForm(forms.ModelForm[SsoConnection]):
    """The provider's staff enter the domains: nobody vouches for addresses that are not theirs."""

    issuer = forms.URLField(
        label=_lazy("Issuer"),
        max_length=500,
        assume_scheme="https",
        help_text=_lazy(
            "The address that your identity provider calls itself, for example https://id.example."
        ),
    )
    client_secret = forms.CharField(
        label=_lazy("Client secret"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_lazy("Never shown again. Empty keeps the one that is stored."),
    )
    domains = forms.CharField(
        label=_lazy("E-mail domains"),
        required=False,
        max_length=2000,
        help_text=_lazy("Separated by spaces or commas. Only your provider enters them."),
    )

    class Meta:
        model = SsoConnection
        fields = [
            "issuer", "client_id", "client_secret", "domains", "role", "vouches_for_addresses",
            "counts_as_second_factor", "enabled",
        ]  # fmt: skip

    def __init__(self, *args: Any, access: Access, **options: Any) -> None:
        super().__init__(*args, **options)
        tenant_id = self.instance.tenant_id
        self.initial["domains"] = ", ".join(self.instance.domains)
        self.fields["domains"].disabled = not access.is_staff
        given = [(self.instance.role, self.instance.get_role_display())] if self.instance.role else []
        choices = dict([("", _("only invited people")), *roles_to_give(access, tenant_id), *given])
        self.fields["role"] = forms.ChoiceField(
            label=self.fields["role"].label,
            help_text=self.fields["role"].help_text,
            choices=list(choices.items()),
            required=False,
        )

    def clean_domains(self) -> list[str]:
        domains = sorted(
            {word.lower().lstrip("@") for word in self.cleaned_data["domains"].replace(",", " ").split()}
        )
        for domain in domains:
            if "." not in domain or not domain.replace("-", "").replace(".", "").isalnum():
                raise ValidationError(_("“%(domain)s” is not a domain."), params={"domain": domain})
        if taken := connections.taken_domains(domains, self.instance):
            raise ValidationError(_("%(domain)s is in use already."), params={"domain": taken[0]})
        return domains

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"]
        try:
            refuse_scheme(issuer)
        except AddressRefused:
            raise ValidationError(_("Use an address that begins with https://.")) from None
        return issuer

    def clean(self) -> dict[str, Any]:
        """Before people are sent there, it is asked whether it is there."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("enabled") and not self.errors:
            if not data["domains"]:
                self.add_error("enabled", _("Your provider has to enter your e-mail domains first."))
            else:
                try:
                    discovered(data["issuer"])
                except BROKEN:
                    self.add_error("issuer", _("No OpenID provider that the portal can use answers there."))
        return data


@require(Action.SSO_EDIT, on=Tenant)
def sso_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """One form; and what the identity provider has to be told."""
    tenant: Tenant = request.target
    connection = SsoConnection.objects.filter(tenant=tenant).first() or SsoConnection(tenant=tenant)
    form = ConnectionForm(request.POST or None, instance=connection, access=request.access)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in connections.FIELDS}
        connections.save(Actor.of(request), connection, values, form.cleaned_data["client_secret"])
        messages.success(request, _("Single sign-on was saved."))
        return redirect("sso_edit", tenant.pk)
    context: dict[str, Any] = {"tenant": tenant, "form": form, "connection": connection}
    if not connection._state.adding:
        start = settings.PUBLIC_URL.rstrip("/") + reverse("sso_start", args=[connection.slug])
        context |= {"callback": callback_url(connection.slug), "start": start}
    return page(request, "sign_in/sso_edit.html", context)
