"""Credentials and discovery: the provider's alone, changed by its administrators."""

from typing import Any

from tests.conftest import Cast
from tests.factories import make_hub
from vms.models import Credential, Discovery

MATRIX = {
    ("GET", "vms:discovery_list"): "ssf fff fff aaa",
    ("GET", "vms:discovery_run"): "ssf fff fff faa",
    ("POST", "vms:discovery_run"): "ssf fff fff faa",
    ("GET", "vms:discovery_detail"): "ssn nnn nnn aaa",
    ("GET", "vms:discovery_add"): "ssn nnn nnn faa",
    ("POST", "vms:discovery_add"): "ssn nnn nnn faa",
    ("GET", "vms:credential_list"): "ssf fff fff aaa",
    ("GET", "vms:credential_add"): "ssf fff fff ffa",
    ("POST", "vms:credential_add"): "ssf fff fff ffa",
    ("GET", "vms:credential_detail"): "ssn nnn nnn aaa",
    ("GET", "vms:credential_edit"): "ssn nnn nnn ffa",
    ("POST", "vms:credential_edit"): "ssn nnn nnn ffa",
    ("GET", "vms:credential_delete"): "ssn nnn nnn ffa",
    ("POST", "vms:credential_delete"): "ssn nnn nnn ffa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    hub = make_hub()
    credential = Credential.objects.create(
        hub=hub, remote_id=1, name="lab", vcenter="vcenter.example.invalid"
    )
    discovery = Discovery.objects.create(
        hub=hub, credential=credential, user=cast.provider_admin, state=Discovery.State.DONE
    )
    return {
        "vms:discovery_detail": {"pk": discovery.pk},
        "vms:discovery_add": {"pk": discovery.pk},
        **{f"vms:credential_{name}": {"pk": credential.pk} for name in ("detail", "edit", "delete")},
    }
