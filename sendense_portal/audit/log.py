"""The only writer of the trail.

``attempt`` wraps a change: it commits an entry *started* before the change is made and a second entry with
the outcome after it, so that even a process killed in between leaves the attempt on record.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.http import HttpRequest
from django.utils import timezone

from sendense_portal.audit import subjects, syslog
from sendense_portal.audit.chain import GENESIS, entry_hash, exact_time
from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, Outcome, TrailCheckpoint
from sendense_portal.hub import HubError, HubOutcomeUnknown, HubRejected
from sendense_portal.tenancy.models import Tenant, User

SECRET_WORDS = ("password", "token", "secret", "key", "passphrase")


@dataclass(frozen=True)
class Actor:
    """Who acts: a person at an address within a request, or the portal itself."""

    user: User | None
    name: str
    address: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Actor":
        """The signed-in person of a request, or whoever stands before the sign-in."""
        user = request.user if isinstance(request.user, User) else None
        name = name_of(user) if user else "anonymous"
        if bearer := getattr(request, "bearer", None):
            name = f"{name} · API {bearer.token.prefix}"
        address = request.META.get("REMOTE_ADDR") or ""
        return cls(user, name, address, getattr(request, "request_id", ""))


PORTAL = Actor(None, "portal")


def name_of(person: User) -> str:
    """A person as the trail names people."""
    return f"{person.name} <{person.email}>" if person.name else person.email


@dataclass
class Attempt:
    """A change on its way; what becomes known while it runs is written with its outcome."""

    parameters: dict[str, Any] = field(default_factory=dict)
    target: models.Model | None = None

    def note(self, **facts: Any) -> None:
        """Adds facts to the outcome's entry (the hub's id of a started backup, a file's sha256)."""
        self.parameters.update(facts)


@contextmanager
def attempt(actor: Actor, action: str, target: models.Model, **parameters: Any) -> Iterator[Attempt]:
    """Records *started*, runs the body, records how it ended; exceptions go on to the caller."""
    append(actor, action, Outcome.STARTED, target, parameters)
    this = Attempt(dict(parameters), target)
    try:
        yield this
    except (PermissionDenied, HubRejected) as error:
        this.note(reason=reason_of(error))
        append(actor, action, Outcome.REFUSED, this.target, this.parameters)
        raise
    except HubOutcomeUnknown as error:
        this.note(reason=reason_of(error))
        append(actor, action, Outcome.UNKNOWN, this.target, this.parameters)
        raise
    except BaseException as error:
        # Also a cancelled download: whatever ends the change early is its outcome.
        this.note(reason=reason_of(error))
        append(actor, action, Outcome.FAILED, this.target, this.parameters)
        raise
    append(actor, action, Outcome.OK, this.target, this.parameters)


def record(
    actor: Actor, action: str, outcome: Outcome, target: models.Model | None = None, **parameters: Any
) -> AuditEntry:
    """One fact without a "before": a sign-in, an outcome that was found out later."""
    return append(actor, action, outcome, target, parameters)


def refused(request: HttpRequest, action: str, target: models.Model | None) -> AuditEntry:
    """Somebody asked for what they may see but not do."""
    return append(Actor.of(request), action, Outcome.REFUSED, target, {"path": request.path})


def reason_of(error: BaseException) -> str:
    """A sentence without the hub's inner details; those go to the log only."""
    return error.sentence if isinstance(error, HubError) else type(error).__name__


def append(
    actor: Actor, action: str, outcome: Outcome, target: models.Model | None, parameters: Mapping[str, Any]
) -> AuditEntry:
    """Adds one entry to the chain of the target's customer, in a transaction of its own."""
    tenant_id = tenant_of(target)
    chain = str(tenant_id) if tenant_id else PROVIDER_CHAIN
    entry = AuditEntry(
        chain=chain,
        request_id=actor.request_id,
        tenant_id=tenant_id,
        actor=actor.user,
        actor_name=actor.name,
        address=actor.address,
        action=str(action),
        target_kind=target._meta.model_name or "" if target else "",
        target_id=str(target.pk) if target else "",
        target_name=str(target) if target else "",
        parameters=blanked(parameters),
        outcome=outcome,
    )
    with transaction.atomic():
        lock_chain(chain)
        # The time too is taken under the lock: two writers at once must not look like a clock set back.
        entry.at = timezone.now()
        entry.sequence, entry.previous_hash = place_after(last_of(chain))
        entry.hash = entry_hash(as_record(entry))
        entry.save(force_insert=True)
        subjects.write(entry, target)
        transaction.on_commit(lambda: syslog.send(entry))
    return entry


def last_of(chain: str) -> AuditEntry | TrailCheckpoint | None:
    """The newest entry of a chain; if all were trimmed, where that ended."""
    return (
        AuditEntry.objects.filter(chain=chain).order_by("-sequence").first()
        or TrailCheckpoint.objects.filter(chain=chain).first()
    )


def place_after(last: AuditEntry | TrailCheckpoint | None) -> tuple[int, str]:
    """Sequence and previous hash of the next entry."""
    return (last.sequence + 1, last.hash) if last else (1, GENESIS)


def as_record(entry: AuditEntry) -> dict[str, Any]:
    """The entry's hashed fields as JSON values (also the shape of an export)."""
    return {
        "chain": entry.chain,
        "sequence": entry.sequence,
        "at": exact_time(entry.at),
        "request_id": entry.request_id,
        "tenant": str(entry.tenant_id) if entry.tenant_id else None,
        "actor": str(entry.actor_id) if entry.actor_id else None,
        "actor_name": entry.actor_name,
        "address": entry.address,
        "action": entry.action,
        "target_kind": entry.target_kind,
        "target_id": entry.target_id,
        "target_name": entry.target_name,
        "parameters": entry.parameters,
        "outcome": str(entry.outcome),
        "previous_hash": entry.previous_hash,
    }


def blanked(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as JSON values, anything that may be a secret replaced."""
    return {
        name: "•••" if any(word in name.lower() for word in SECRET_WORDS) else plain(value)
        for name, value in parameters.items()
    }


def plain(value: Any) -> Any:
    """JSON's own types as they are, everything else as text."""
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def tenant_of(target: models.Model | None) -> UUID | None:
    """The customer whose chain an entry about this target belongs to."""
    if isinstance(target, Tenant):
        return target.pk
    tenant_id: UUID | None = getattr(target, "tenant_id", None)
    return tenant_id


def lock_chain(chain: str) -> None:
    """One writer at a time: SQLite's IMMEDIATE transaction is the lock already, PostgreSQL takes its own."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"audit:{chain}"])
