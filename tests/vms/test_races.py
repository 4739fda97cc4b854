"""Two at once: a machine goes to one customer, whoever is faster."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from sendense_portal.audit.log import PORTAL
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.tenancy.models import Tenant
from tests.conftest import Cast
from tests.factories import make_vm
from vms.assignment.services import AssignmentRefused, assign
from vms.models import VirtualMachine

pytestmark = [pytest.mark.usefixtures("removable_trail"), pytest.mark.django_db(transaction=True)]


def at_once(pairs: list[tuple[VirtualMachine, Tenant]]) -> list[str]:
    """Assigns in threads that begin together; "given", or why not."""
    together, results = Barrier(len(pairs)), []

    def give(vm: VirtualMachine, tenant: Tenant) -> None:
        together.wait()
        try:
            assign(PORTAL, vm, tenant)
            results.append("given")
        except AssignmentRefused as refusal:
            results.append(str(refusal))
        finally:
            connections.close_all()

    threads = [Thread(target=give, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_who_give_a_machine_away_at_once_exactly_one_does(cast: Cast) -> None:
    vm = make_vm("web")
    results = at_once([(vm, cast.acme if number % 2 else cast.borealis) for number in range(20)])
    assert results.count("given") == 1
    assert AuditEntry.objects.filter(action="vm.assign", outcome=Outcome.OK).count() == 1
    entry = AuditEntry.objects.get(action="vm.assign", outcome=Outcome.OK)
    assert entry.tenant_id == VirtualMachine.objects.get().tenant_id


def test_many_machines_at_once_stop_at_the_quota(cast: Cast) -> None:
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.VMS, limit=3)
    results = at_once([(make_vm(f"vm{number}"), cast.acme) for number in range(20)])
    assert results.count("given") == 3
    assert VirtualMachine.objects.filter(tenant=cast.acme).count() == 3
