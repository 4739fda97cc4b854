"""Forms of credentials, of a discovery and of what becomes of the machines that it found."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sendense_portal.hub.credentials import CredentialFields
from sendense_portal.tenancy.models import HubConnection, Tenant
from sendense_portal.ui.selects import LongSelect
from vms.assignment.forms import active_customers
from vms.discovery.models import Credential

PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def line(label: Any, help_text: Any = "") -> forms.CharField:
    """A line that the hub needs and does not check."""
    widget = forms.TextInput(attrs=PLAIN)
    return forms.CharField(label=label, help_text=help_text, max_length=255, widget=widget)


class CredentialForm(forms.Form):
    """One credential; the password is never shown again, and has to be typed anew for another vCenter."""

    hub = forms.ModelChoiceField(HubConnection.objects.none(), label=_("Hub"), empty_label=None)
    name = line(_("Name"), _("What your people call it."))
    vcenter_host = line(_("vCenter"), _("Its name or address, as the hub reaches it."))
    datacenter = line(_("Datacenter"))
    username = line(_("User name"))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=255,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, credential: Credential | None = None) -> None:
        self.credential = credential
        initial = {}
        if credential:
            initial = {
                "name": credential.name, "vcenter_host": credential.vcenter, "username": credential.username,
                "datacenter": credential.datacenter,
            }  # fmt: skip
        super().__init__(data, initial=initial)
        if credential:
            del self.fields["hub"]
            self.fields["password"].required = False
            kept = _("Left empty, the hub keeps the one it has. For another vCenter or user, type it.")
            self.fields["password"].help_text = kept
            return
        self.fields["password"].help_text = _("Goes to the hub, and is kept nowhere else.")
        hub = self.fields["hub"]
        assert isinstance(hub, forms.ModelChoiceField)
        hub.queryset = HubConnection.objects.filter(enabled=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        known = self.credential
        if known and not cleaned.get("password"):
            # Or whoever may edit could have the hub send the old password to a host of their own.
            told = (cleaned.get("vcenter_host"), cleaned.get("username"))
            if told != (known.vcenter, known.username) and not self.errors:
                self.add_error("password", _("Type the password: the hub would send the old one there."))
        hub = known.hub if known else cleaned.get("hub")
        others = Credential.objects.filter(hub=hub, name=cleaned.get("name", ""), gone_at__isnull=True)
        if known:
            others = others.exclude(pk=known.pk)
        if hub and others.exists():
            self.add_error("name", _("This hub has one of this name already."))
        return cleaned

    @property
    def told(self) -> CredentialFields:
        """What the hub is to keep; what the form does not ask for stays as it is."""
        names = ("name", "vcenter_host", "username", "datacenter", "password")
        known = self.credential
        return CredentialFields(
            **{name: self.cleaned_data[name] for name in names},
            is_active=known.is_active if known else True,
            is_default=known.is_default if known else False,
        )


class CredentialChoice(forms.ModelChoiceField[Credential]):
    """A credential, with the hub and vCenter it is for."""

    def label_from_instance(self, credential: Credential) -> str:
        return f"{credential.hub} · {credential.name} · {credential.vcenter}"


class DiscoverForm(forms.Form):
    """Where to look, and for what."""

    credential = CredentialChoice(
        Credential.objects.none(), label=_("Hub and credential"), empty_label=None, widget=LongSelect()
    )
    name_filter = forms.CharField(
        label=_("Part of the name"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=_("Left empty, all of them. A hub waits 15 seconds for its vCenter: narrow a large one."),
    )

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["credential"]
        assert isinstance(field, forms.ModelChoiceField)
        usable = Credential.objects.filter(gone_at__isnull=True, is_active=True, hub__enabled=True)
        field.queryset = usable.select_related("hub").order_by("hub__name", "name", "pk")


class AddForm(forms.Form):
    """Whose the machines will be."""

    customer = forms.ModelChoiceField(
        Tenant.objects.none(),
        label=_("Give them to"),
        required=False,
        widget=LongSelect(),
        empty_label=_("Nobody by hand: the assignment rules decide"),
        error_messages={"invalid_choice": _("Choose an active customer of the list.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["customer"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = active_customers()
