"""One repository: seen by whom it is for, changed at the hub by the provider alone."""

from typing import Any

from tests.conftest import Cast
from tests.factories import make_repository

MATRIX = {
    ("GET", "backups:repository_detail"): "ssf nfa faa aaa",
    ("POST", "backups:repository_refresh"): "ssn nnn nnn faa",
    ("GET", "backups:repository_add"): "ssf fff fff ffa",
    ("POST", "backups:repository_add"): "ssf fff fff ffa",
    ("GET", "backups:repository_delete"): "ssn nnn nnn ffa",
    ("POST", "backups:repository_delete"): "ssn nnn nnn ffa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    place = make_repository("Acme’s", is_shared=False)
    place.customers.add(cast.acme)
    names = ("detail", "refresh", "delete")
    return {f"backups:repository_{name}": {"pk": place.pk} for name in names}
