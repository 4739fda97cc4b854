"""Forms about people."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sendense_portal.people.granting import may_grant, roles_to_give
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole

STAFF = "provider"
NOT_YOURS_TO_GIVE = _("You can’t give this role: it may do more than you may, or belongs elsewhere.")


class InviteForm(forms.Form):
    """Whom, where, as what. ``tenant_id`` and ``role`` of the cleaned data are checked together."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    place = forms.ChoiceField(label=_("Belongs to"))
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, data: Any, *, access: Access, place: str = "") -> None:
        super().__init__(data, initial={"place": place})
        self.access = access
        tenants = Tenant.objects.filter(state=Tenant.State.ACTIVE)
        mine = access.tenants_with(Action.PERSON_EDIT)
        if mine is not None:
            tenants = tenants.filter(pk__in=mine)
        self.tenants = {str(tenant.pk): tenant for tenant in tenants}
        staff = [(STAFF, _("The provider’s staff"))] if roles_to_give(access, None) else []
        places, roles = self.fields["place"], self.fields["role"]
        assert isinstance(places, forms.ChoiceField)
        assert isinstance(roles, forms.ChoiceField)
        places.choices = [*staff, *((key, tenant.name) for key, tenant in self.tenants.items())]
        roles.choices = role_choices(access)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        place, role = cleaned.get("place"), cleaned.get("role")
        if place and role and not may_grant(self.access, role, tenant_id_of(place)):
            self.add_error("role", NOT_YOURS_TO_GIVE)
        return cleaned

    @property
    def tenant(self) -> Tenant | None:
        """The customer that was chosen; None for the provider's staff."""
        return self.tenants.get(self.cleaned_data["place"])


class RoleForm(forms.Form):
    """Another role, out of those that one may give."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, data: Any, *, access: Access, tenant_id: UUID | None, role: str) -> None:
        super().__init__(data, initial={"role": role})
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        none = [] if tenant_id else [("", _("No part of the staff any more"))]
        field.choices = [*roles_to_give(access, tenant_id), *none]
        field.required = bool(tenant_id)


class PasswordForm(forms.Form):
    """A new password, twice; ``person`` is whom it must not resemble."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters."),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any, *, person: User) -> None:
        super().__init__(data)
        self.person = person

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password1")
        if not password:
            return cleaned
        if cleaned.get("password2") not in (None, password):
            self.add_error("password2", _("The two passwords are not the same."))
        try:
            password_validation.validate_password(password, self.person)
        except ValidationError as error:
            self.add_error("password1", error)
        return cleaned


class JoinForm(PasswordForm):
    """What a new person says of themselves when they accept an invitation."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    field_order = ("name", "password1", "password2")


class ForgottenForm(forms.Form):
    """Where to send the link."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)


def tenant_id_of(place: str) -> UUID | None:
    """The customer of a choice of ``place``; None stands for the provider."""
    return None if place == STAFF else UUID(place)


def role_choices(access: Access) -> list[tuple[Any, Any]]:
    """Roles by family, as far as this person gives any of it."""
    within = [(role.value, role.label) for role in TenantRole]
    if not roles_to_give(access, None):
        return within
    staff = [(role.value, role.label) for role in ProviderRole]
    return [(_("Of a customer"), within), (_("Of the provider’s staff"), staff)]
