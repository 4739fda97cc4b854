"""Customers, what they may use, and giving machines to them."""

from typing import Any

from tests.conftest import Cast
from tests.factories import make_repository, make_vm
from vms.models import AssignmentRule

MATRIX = {
    ("GET", "customers:customer_own"): "ssf afa ffa aaa",
    ("GET", "customers:customer_create"): "ssf fff fff ffa",
    ("POST", "customers:customer_create"): "ssf fff fff ffa",
    ("GET", "customers:customer_detail"): "ssn nna nna aaa",
    ("GET", "customers:customer_edit"): "ssn nnf nnf ffa",
    ("POST", "customers:customer_edit"): "ssn nnf nnf ffa",
    ("GET", "customers:customer_state"): "ssn nnf nnf ffa",
    ("POST", "customers:customer_state"): "ssn nnf nnf ffa",
    ("GET", "customers:customer_rules"): "ssn nnf nna ffa",
    ("POST", "customers:customer_rules"): "ssn nnf nna ffa",
    ("GET", "backups:repository_grant"): "ssn nnf nnf ffa",
    ("POST", "backups:repository_grant"): "ssn nnf nnf ffa",
    ("GET", "backups:repository_share"): "ssn nnn nnn ffa",
    ("POST", "backups:repository_share"): "ssn nnn nnn ffa",
    ("GET", "vms:unassigned_list"): "ssf fff fff faa",
    ("GET", "vms:vm_assign"): "ssf fff fff faa",
    ("POST", "vms:vm_assign"): "ssf fff fff faa",
    ("GET", "vms:vm_release"): "ssn nff fff faa",
    ("POST", "vms:vm_release"): "ssn nff fff faa",
    ("GET", "vms:rule_list"): "ssf fff fff faa",
    ("GET", "vms:rule_create"): "ssf fff fff faa",
    ("POST", "vms:rule_create"): "ssf fff fff faa",
    ("GET", "vms:rule_edit"): "ssn nnn nnn naa",
    ("POST", "vms:rule_edit"): "ssn nnn nnn naa",
    ("GET", "vms:rule_apply"): "ssn nnn nnn naa",
    ("POST", "vms:rule_apply"): "ssn nnn nnn naa",
    ("GET", "vms:rule_delete"): "ssn nnn nnn naa",
    # The operator, who is asked first, has deleted it.
    ("POST", "vms:rule_delete"): "ssn nnn nnn nan",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """Acme itself, one of its machines, and a rule for it."""
    acme = {"pk": cast.acme.pk}
    rule = {"pk": AssignmentRule.objects.create(tenant=cast.acme, name_pattern="acme-*").pk}
    of_customer = ("customer_detail", "customer_edit", "customer_state", "customer_rules")
    return {
        **{f"customers:{name}": acme for name in of_customer},
        **{f"vms:{name}": rule for name in ("rule_edit", "rule_apply", "rule_delete")},
        "backups:repository_grant": acme,
        "backups:repository_share": {"pk": make_repository("Vault").pk},
        "vms:vm_release": {"pk": make_vm("acme-released", cast.acme).pk},
    }
