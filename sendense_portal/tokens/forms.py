"""The forms that make tokens and service accounts."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole
from sendense_portal.tokens.models import ServiceAccount
from sendense_portal.tokens.scopes import grantable, roles_within

LIVES = [(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("1 year"))]


class TokenForm(forms.Form):
    """A name, an end, and rights out of those that the maker (and the account) has."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What will use it: “nightly report”, “CI”.")
    )
    days = forms.TypedChoiceField(label=_("Ends after"), choices=LIVES, coerce=int, initial=90)
    tenant = forms.ModelChoiceField(
        Tenant.objects.none(),
        label=_("Customer"),
        required=False,
        empty_label=_("All that you may see"),
        help_text=_("Narrows it to one customer."),
    )
    actions = forms.MultipleChoiceField(
        label=_("May"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one right.")},
    )

    def __init__(self, data: Any, *, access: Access, account: ServiceAccount | None = None) -> None:
        super().__init__(data)
        tenants = access.tenants_with(Action.TOKEN_EDIT)
        choices = Tenant.objects.filter(state=Tenant.State.ACTIVE)
        if tenants is not None:
            choices = choices.filter(pk__in=tenants)
        if account or (tenants is not None and len(tenants) < 2):
            del self.fields["tenant"]
        else:
            self.fields["tenant"].queryset = choices  # type: ignore[attr-defined]  # it is a ModelChoiceField
        offered = grantable(access, account.tenant_id if account else None)
        if account:
            offered = [action for action in offered if action in account_actions(account)]
        field = self.fields["actions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(action.value, action.label) for action in offered]

    @property
    def wanted(self) -> dict[str, Any]:
        """As ``services.make_token`` takes it."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "actions": [Action(word) for word in cleaned["actions"]],
            "lifetime": timedelta(days=cleaned["days"]),
            "tenant": cleaned.get("tenant"),
        }


def account_actions(account: ServiceAccount) -> set[Action]:
    """What the account's own user may do where it belongs."""
    access = Access.of(account.user)
    return {action for action in Action if access.can(action, account.tenant_id)}


class AccountForm(forms.Form):
    """A name, whose it is, and a role that holds no more than its maker's."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("The program that will use it."))
    tenant = forms.ModelChoiceField(
        Tenant.objects.none(), label=_("Belongs to"), required=False, empty_label=_("The provider")
    )
    role = forms.ChoiceField(label=_("Role"), choices=[])

    def __init__(self, data: Any, *, access: Access) -> None:
        super().__init__(data)
        self.access = access
        tenants = access.tenants_with(Action.SERVICE_ACCOUNT_EDIT)
        field = self.fields["tenant"]
        assert isinstance(field, forms.ModelChoiceField)
        choices = Tenant.objects.exclude(state=Tenant.State.CLOSED)
        field.queryset = choices if tenants is None else choices.filter(pk__in=tenants)
        if tenants is not None:
            field.required, field.empty_label = True, None
        roles = self.fields["role"]
        assert isinstance(roles, forms.ChoiceField)
        own = [(role.value, role.label) for role in ProviderRole]
        of_customers = [(role.value, role.label) for role in TenantRole]
        roles.choices = (
            [(_("Of a customer"), of_customers), (_("Of the provider"), own)]
            if tenants is None
            else [
                (role.value, role.label)
                for role in TenantRole
                if any(role in roles_within(access, tenant) for tenant in tenants)
            ]
        )

    def clean(self) -> dict[str, Any]:
        """The role must fit whose account it is, and the maker's own rights."""
        role, tenant = self.cleaned_data.get("role"), self.cleaned_data.get("tenant")
        if not role or "tenant" in self.errors:
            return self.cleaned_data
        if (tenant is None) != (role in ProviderRole.values):
            self.add_error(
                "role", _("Choose a role of a customer for a customer’s account, else the provider’s.")
            )
        elif role not in roles_within(self.access, tenant.pk if tenant else None):
            self.add_error("role", _("You can’t give a role that may do more than you."))
        return self.cleaned_data
