"""What an entry is about besides its target: the machine of a backup, the person of a membership.

Found by following the target's foreign keys, so that the trail needs to import no domain and a new model
gets its history by itself.
"""

from collections.abc import Iterator

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet

from sendense_portal.audit.models import About, AuditEntry, Subject

ACTOR = "actor"
FOLLOWED = frozenset({"virtualmachine", "backup", "mount"})
FOLLOWED_NAMES = frozenset({"user"})
"""Foreign keys of these names are followed too; others to people say who made a row, not whom it is about."""
LONGEST_KEY = 320

KINDS = {
    "vm": ("virtualmachine",),
    "backup": ("backup",),
    "mount": ("mount",),
    "person": ("user", ACTOR),
    "hub": ("hubconnection",),
    "customer": ("tenant",),
}
"""The words of ``?about=`` in the URL."""

Key = tuple[str, str]


def write(entry: AuditEntry, target: models.Model | None) -> None:
    """Notes what a new entry is about, within its transaction."""
    names = {(ACTOR, str(entry.actor_id or entry.actor_name)[:LONGEST_KEY]): entry.actor_name}
    names |= {key_of(row): str(row) for row in rows_behind(target)}
    known = {(row.kind, row.key): row for row in Subject.objects.filter(any_of(names))}
    missing = [
        Subject(kind=kind, key=key, name=names[kind, key]) for kind, key in names.keys() - known.keys()
    ]
    if missing:
        # Another chain's writer may make the same subject at the same moment.
        Subject.objects.bulk_create(missing, ignore_conflicts=True)
        known = {(row.kind, row.key): row for row in Subject.objects.filter(any_of(names))}
    for key, row in known.items():
        if row.name != names[key]:
            Subject.objects.filter(pk=row.pk).update(name=names[key])
    About.objects.bulk_create([About(entry=entry, subject=row) for row in known.values()])


def rows_behind(target: models.Model | None) -> Iterator[models.Model]:
    """The target, and what its foreign keys lead to."""
    waiting = [target] if target is not None else []
    seen: set[Key] = set()
    while waiting:
        row = waiting.pop()
        if key_of(row) in seen:
            continue
        seen.add(key_of(row))
        yield row
        for field in row._meta.concrete_fields:
            if is_followed(field) and getattr(row, field.attname) is not None:
                try:
                    waiting.append(getattr(row, field.name))
                except ObjectDoesNotExist:
                    continue


def is_followed(field: models.Field[object, object]) -> bool:
    """Whether a column leads to something that wants a history of its own."""
    model = field.related_model
    if not isinstance(model, type):
        return False
    return model._meta.model_name in FOLLOWED or field.name in FOLLOWED_NAMES


def key_of(row: models.Model) -> Key:
    """Kind and id."""
    return row._meta.model_name or "", str(row.pk)


def any_of(keys: dict[Key, str]) -> Q:
    """A condition that holds for these subjects."""
    condition = Q()
    for kind, key in keys:
        condition |= Q(kind=kind, key=key)
    return condition


def asked_for(about: str) -> QuerySet[Subject]:
    """The subjects that ``kind:id`` names; none if it names nothing."""
    kind, _, key = about.partition(":")
    return Subject.objects.filter(kind__in=KINDS.get(kind, ()), key=key)


def entries_about(subjects: QuerySet[Subject]) -> QuerySet[About, int]:
    """Ids of the entries about any of these, for ``pk__in``."""
    return About.objects.filter(subject__in=subjects).values_list("entry_id", flat=True)
