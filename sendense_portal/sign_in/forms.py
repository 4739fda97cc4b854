"""Forms of signing in."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_CREDENTIAL = 20_000


class CodeForm(forms.Form):
    """Six digits of an app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        return code.replace(" ", "").replace("-", "")


class PasswordForm(forms.Form):
    """One's password, again."""

    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class CredentialForm(forms.Form):
    """What the browser got from a passkey, as JSON (WebAuthn, ``PublicKeyCredential.toJSON``)."""

    credential = forms.CharField(max_length=LONGEST_CREDENTIAL, widget=forms.HiddenInput)

    def clean_credential(self) -> dict[str, Any]:
        try:
            credential = json.loads(self.cleaned_data["credential"])
        except ValueError:
            credential = None
        if not isinstance(credential, dict):
            raise ValidationError(_("The browser sent no passkey."))
        return credential


class KeyForm(CredentialForm):
    """A new passkey or security key."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("So that you know which one it is: “laptop”, “blue key”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RenameForm(forms.Form):
    """Another name for a passkey."""

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
