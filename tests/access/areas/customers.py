"""Customers, what they may use, and giving machines to them."""

from typing import Any

from tests.conftest import Cast

MATRIX = {
    ("GET", "customers:customer_create"): "ssf fff fff ffa",
    ("POST", "customers:customer_create"): "ssf fff fff ffa",
    ("GET", "customers:customer_detail"): "ssn nna nna aaa",
    ("GET", "customers:customer_edit"): "ssn nnf nnf ffa",
    ("POST", "customers:customer_edit"): "ssn nnf nnf ffa",
    ("GET", "customers:customer_state"): "ssn nnf nnf ffa",
    ("POST", "customers:customer_state"): "ssn nnf nnf ffa",
    ("GET", "customers:customer_rules"): "ssn nnf nna ffa",
    ("POST", "customers:customer_rules"): "ssn nnf nna ffa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """Acme itself."""
    acme = {"pk": cast.acme.pk}
    return {
        name: acme
        for _method, name in MATRIX
        if name.startswith("customers:") and name != "customers:customer_create"
    }
