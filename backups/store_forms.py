"""The form of a new repository: what the hub wants to know of each kind."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from backups.models import Repository
from backups.places import KINDS, wrong_path
from backups.stores import Place
from sendense_portal.tenancy.models import HubConnection


def text(label: Any, help_text: Any = "", longest: int = 255) -> forms.CharField:
    """A line that only some kinds need."""
    plain = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, max_length=longest, required=False, widget=plain)


class RepositoryForm(forms.Form):
    """Fields of all kinds; only those of the chosen one count and are sent."""

    hub = forms.ModelChoiceField(HubConnection.objects.none(), label=_("Hub"), empty_label=None)
    name = forms.CharField(
        label=_("Name"), max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    kind = forms.ChoiceField(
        label=_("Type"),
        initial="local",
        widget=forms.RadioSelect(),
        choices=[(name, kind.label) for name, kind in KINDS.items()],
    )
    path = text(
        _("Folder"),
        _("For a local folder: its whole path at the hub, which makes it if it is not there."),
        1024,
    )
    server = text(_("Server"), _("For NFS and CIFS."))
    export_path = text(_("Exported path"), _("For NFS: what the server exports."), 1024)
    share_name = text(_("Share"), _("For CIFS: the share’s name."))
    mount_point = text(
        _("Mount point"), _("For NFS and CIFS: the folder of the hub where it mounts the share."), 1024
    )
    nfs_version = text(_("NFS version"), _("For NFS: 3, 4 or 4.1. Left empty, the hub decides."), 8)
    username = text(_("User name"), _("For CIFS."))
    password_secret = forms.CharField(
        label=_("Password"),
        strip=False,
        required=False,
        max_length=255,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "For CIFS. The hub keeps it readable and tells it to whoever may ask its API: use an account "
            "that may do nothing else. The portal keeps it nowhere; type it again after each try."
        ),
    )
    domain = text(_("Domain"), _("For CIFS."))
    mount_options = text(_("Mount options"), _("For NFS and CIFS."))
    is_immutable = forms.BooleanField(
        label=_("Label it as immutable"),
        required=False,
        help_text=_("Only a label: nothing at the hub keeps backups in it from being deleted."),
    )
    is_shared = forms.BooleanField(
        label=_("For every customer of its hub"),
        required=False,
        help_text=_("Otherwise only the provider uses it until you choose customers."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        hub = self.fields["hub"]
        assert isinstance(hub, forms.ModelChoiceField)
        hub.queryset = HubConnection.objects.filter(enabled=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = KINDS.get(cleaned.get("kind", ""))
        if kind is None:
            return cleaned
        for name in kind.needed:
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Fill this in for this type."))
        for name in ("path", "mount_point"):
            if name in kind.needed and cleaned.get(name) and (wrong := wrong_path(cleaned[name])):
                self.add_error(name, wrong)
        if cleaned.get("hub") and is_taken(cleaned["hub"], cleaned.get("name", "")):
            self.add_error("name", ValidationError(_("This hub has one of this name already.")))
        return cleaned

    @property
    def fields_of_kinds(self) -> list[tuple[str, forms.BoundField]]:
        """Each field in order, with the kinds that it is for as names of classes: "" for all."""
        users = {
            name: " ".join(
                f"for-{kind}" for kind, wants in KINDS.items() if name in (*wants.needed, *wants.known)
            )
            for name in self.fields
        }
        return [(users[field.name], field) for field in self]

    @property
    def place(self) -> Place:
        """What is to be made; of a valid form."""
        cleaned = self.cleaned_data
        kind = KINDS[cleaned["kind"]]
        config = {name: cleaned[name] for name in (*kind.needed, *kind.known) if cleaned[name]}
        return Place(cleaned["hub"], cleaned["name"], cleaned["kind"], config, cleaned["is_immutable"])


def is_taken(hub: HubConnection, name: str) -> bool:
    """Whether the hub lists one of this name; its database takes capitals for the same."""
    return Repository.objects.filter(hub=hub, name__iexact=name, gone_at__isnull=True).exists()
