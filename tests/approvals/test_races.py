"""Two approvers at the same moment: it is done once."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.services import DecisionRefused, approve, decline
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import TenantRole
from tests.approvals.conftest import Pair
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.usefixtures("removable_trail"), pytest.mark.django_db(transaction=True)]


def test_of_many_who_decide_at_once_one_does(pair: Pair) -> None:
    asked = pair.ask()
    people = [User.objects.create_user(f"p{number}@acme.test", PASSWORD) for number in range(8)]
    for person in people:
        Membership.objects.create(user=person, tenant=pair.cast.acme, role=TenantRole.ADMIN)
    together, results = Barrier(len(people)), []

    def decide(person: User, says_yes: bool) -> None:
        mine = ApprovalRequest.objects.get(pk=asked.pk)
        actor, access = Actor(person, person.email), Access.of(person)
        together.wait()
        try:
            if says_yes:
                approve(actor, access, mine)
            else:
                decline(actor, access, mine)
            results.append("approved" if says_yes else "declined")
        except DecisionRefused:
            results.append("late")
        finally:
            connections.close_all()

    threads = [Thread(target=decide, args=(person, number % 4 != 3)) for number, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked.refresh_from_db()
    assert results.count("late") == 7
    assert asked.state in results
    assert pair.deletions == (2 if asked.state == "approved" else 0)
    decided = AuditEntry.objects.filter(action__in=["approval.approve", "approval.decline"])
    assert decided.count() == 1
