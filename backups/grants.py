"""Who may use which repository: the one way to change it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from backups.models import Repository
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine


def repositories_for(tenant: Tenant) -> QuerySet[Repository]:
    """Those of the hubs that serve a customer, and what it was granted elsewhere; all, while it has no
    machines yet."""
    repositories = Repository.objects.filter(gone_at__isnull=True, tenant__isnull=True).select_related("hub")
    hubs = VirtualMachine.objects.filter(tenant=tenant, gone_at__isnull=True).order_by().values("hub")
    if not hubs.exists():
        return repositories
    granted = Repository.customers.through.objects.filter(tenant=tenant).values("repository")
    return repositories.filter(hub__in=hubs) | repositories.filter(pk__in=granted)


def grant(actor: Actor, tenant: Tenant, repositories: Iterable[Repository]) -> bool:
    """Lets a customer use exactly these of the repositories that are not shared; True when that is new.

    Backups that lie in one that it loses stay where they are, visible and restorable.
    """
    wanted = {repository.pk: repository for repository in repositories if not repository.is_shared}
    with transaction.atomic():
        offered = repositories_for(tenant).filter(is_shared=False)
        has = {repository.pk: repository for repository in offered.filter(customers=tenant)}
        given = [repository for key, repository in wanted.items() if key not in has]
        taken = [repository for key, repository in has.items() if key not in wanted]
        for repository in given:
            repository.customers.add(tenant)
        for repository in taken:
            repository.customers.remove(tenant)
        if given or taken:
            facts = {"given": names(given), "taken": names(taken)}
            log.record(actor, Action.REPOSITORY_GRANT, Outcome.OK, tenant, **facts)
    return bool(given or taken)


def share(actor: Actor, repository: Repository, *, is_shared: bool, customers: Iterable[Tenant]) -> None:
    """Opens a repository to every customer of its hub, or to the named ones only.

    The provider's trail says for whom it is; that of each customer whose use of it changed says only that.
    """
    with transaction.atomic():
        were_chosen = not repository.is_shared
        before = set(repository.customers.all())
        chosen = set() if is_shared else set(customers)
        repository.is_shared = is_shared
        repository.save(update_fields=["is_shared"])
        repository.customers.set(chosen)
        facts = {"customers": "all" if is_shared else names(sorted(chosen, key=str))}
        log.record(actor, "repository.share", Outcome.OK, repository, **facts)
        if were_chosen and not is_shared:
            for tenant in chosen ^ before:
                change = {"given" if tenant in chosen else "taken": repository.name}
                log.record(actor, Action.REPOSITORY_GRANT, Outcome.OK, tenant, **change)


def names(rows: Iterable[object]) -> str:
    """As the trail writes several."""
    return ", ".join(str(row) for row in rows)
