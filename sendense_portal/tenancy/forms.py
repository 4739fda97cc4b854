"""Forms about people and hubs."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import HubConnection, User
from sendense_portal.tenancy.time_zones import LongSelect, time_zone_choices


class FirstRunForm(forms.Form):
    """The first administrator."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"))
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A few unrelated words are easy to keep in mind."),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password1")
        if password and cleaned.get("password2") not in (None, password):
            self.add_error("password2", _("The two passwords are not the same."))
        if password:
            person = User(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            try:
                password_validation.validate_password(password, person)
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned


class ProfileForm(forms.ModelForm[User]):
    """What a person may change of themselves."""

    time_zone = forms.TypedChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        widget=LongSelect,
    )

    class Meta:
        model = User
        fields = ["name", "time_zone", "theme"]


class HubForm(forms.ModelForm[HubConnection]):
    """Where a hub is. The token is written, never shown."""

    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    token = forms.CharField(
        label=_("Token"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep the one that is stored."),
    )

    class Meta:
        model = HubConnection
        fields = ["name", "url", "enabled"]

    def clean_url(self) -> str:
        """Only http and https, without a name and password in the address (those would be shown)."""
        url: str = self.cleaned_data["url"]
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValidationError(_("The address must start with http:// or https://."))
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValidationError(_("The address must not contain a name, a password, “?” or “#”."))
        return url.rstrip("/")

    def save(self, commit: bool = True) -> HubConnection:
        connection = super().save(commit=False)
        if self.cleaned_data["token"]:
            connection.token = self.cleaned_data["token"]
        if commit:
            connection.save()
        return connection
