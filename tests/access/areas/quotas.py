"""Quotas: everybody sees their own, the provider's administrators set them."""

from typing import Any

from tests.conftest import Cast

MATRIX = {
    ("GET", "quotas:quota_list"): "ssf aaa aaa aaa",
    ("GET", "quotas:quota_edit"): "ssn nnf nnf ffa",
    ("POST", "quotas:quota_edit"): "ssn nnf nnf ffa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    return {"quotas:quota_edit": {"pk": cast.acme.pk}}
