"""A customer that wants two people, and two who may decide."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from backups.models import Backup, BackupType
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import TenantRole
from tests.conftest import PASSWORD, AsPerson, Cast
from tests.factories import make_backup, make_hub, make_vm
from tests.hub.servers import Request, Server, http, ok, serving

FOUR_EYES = ("four_eyes_delete", "four_eyes_retention", "four_eyes_second_factor", "four_eyes_download")


def answer_to_delete(request: Request, connection: Any) -> bytes:
    """A hub that deletes whatever it is asked to."""
    if request.method == "DELETE":
        backup_id = request.path.rpartition("/")[2]
        return ok(f'{{"message":"backup deleted successfully","backup_id":"{backup_id}"}}')
    return http(404, "404 page not found\n", "text/plain")


@dataclass
class Pair:
    """Acme under four eyes: a full with an increment, who asks for its deletion, and who else may decide."""

    cast: Cast
    server: Server
    full: Backup
    increment: Backup
    requester: Client
    approver: Client
    approver_user: User

    def ask(self, reason: str = "full disk") -> ApprovalRequest:
        """The requester's way, through the question of the backup."""
        address = f"/backups/{self.full.pk}/delete/"
        token = self.requester.get(address).context["radius"].token
        answer = self.requester.post(address, {"token": token, "reason": reason})
        assert answer.status_code == 302, answer.content.decode()
        asked = ApprovalRequest.objects.latest("created_at")
        assert answer["Location"] == f"/approvals/{asked.pk}/"
        return asked

    @property
    def deletions(self) -> int:
        """How often the hub was asked to delete."""
        return sum(request.method == "DELETE" for request in self.server.requests)

    @property
    def held(self) -> int:
        """Backups that are still there."""
        return Backup.objects.filter(gone_at__isnull=True).count()


@pytest.fixture
def pair(cast: Cast, as_person: AsPerson) -> Iterator[Pair]:
    Tenant.objects.filter(pk=cast.acme.pk).update(four_eyes_delete=True)
    cast.acme.refresh_from_db()
    other = User.objects.create_user("second@acme.test", PASSWORD)
    Membership.objects.create(user=other, tenant=cast.acme, role=TenantRole.ADMIN)
    with serving(answer_to_delete) as server:
        vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url))
        full = make_backup(vm)
        increment = make_backup(vm, backup_type=BackupType.INCREMENTAL, age=timedelta(hours=1))
        yield Pair(cast, server, full, increment, as_person(cast.acme_admin), as_person(other), other)


def trail_of(asked: ApprovalRequest) -> list[tuple[str, str, str]]:
    """Action, outcome and actor of all entries about a request, oldest first."""
    entries = AuditEntry.objects.filter(target_id=str(asked.pk)).order_by("sequence")
    return [(entry.action, entry.outcome, entry.actor.email if entry.actor else "") for entry in entries]
