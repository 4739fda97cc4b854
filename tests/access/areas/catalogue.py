"""The catalogue of files: search, histories, comparisons."""

from typing import Any

from restore.catalogue.sightings import disk_of, folder_of, names_in
from restore.models import RestoreProof
from tests.conftest import Cast
from tests.factories import make_vm

MATRIX = {
    ("GET", "restore:file_search"): "ssf aff aaa faa",
    ("GET", "restore:look_begin"): "ssf nff aaa faa",
    ("POST", "restore:look_begin"): "ssf nff aaa faa",
    ("GET", "restore:name_history"): "ssn nnn aaa naa",
    ("GET", "restore:name_take"): "ssn nnn aaa naa",
    ("GET", "restore:compare"): "ssf nff aaa faa",
    ("GET", "restore:proof_list"): "ssf aaa aaa aaa",
    ("GET", "restore:proof_detail"): "ssn naa aaa aaa",
    ("POST", "restore:unread_retry"): "ssf aff aaa faa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """A disk of Acme with one name."""
    disk = disk_of(make_vm("catalogued", cast.acme), 0)
    name = names_in(folder_of(disk, "/partition-1"), disk, ["report"])["report"]
    return {
        "restore:look_begin": {"pk": disk.owner_id},
        "restore:name_history": {"pk": name},
        "restore:name_take": {"pk": name},
        "restore:compare": {"pk": disk.pk},
        "restore:proof_detail": {"pk": RestoreProof.objects.create(tenant=cast.acme, vm=disk.vm).pk},
    }
