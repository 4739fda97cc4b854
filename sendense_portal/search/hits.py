"""Where a search looks, each place within what its reader may see."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backups.models import Backup
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.navigation import links_for
from sendense_portal.ui.times import exact
from vms.models import VirtualMachine

MOST = 6
"""Hits of each kind: more than fit on a screen help nobody; typing on does."""


@dataclass(frozen=True)
class Hit:
    """Something found; ``dialog`` opens over the page one is on."""

    title: str
    note: str
    icon: str
    url: str
    dialog: bool = False


@dataclass(frozen=True)
class HitGroup:
    label: str | Promise
    hits: list[Hit]


@dataclass
class Query:
    """What one person looks for; machines are asked for once for all who look through them."""

    access: Access
    words: str
    found: dict[object, list[VirtualMachine]] = field(default_factory=dict)

    def machines(self, action: Action) -> list[VirtualMachine]:
        """Those of the name that the hub still has and on which ``action`` is held, names that begin with the
        words first."""
        tenants = self.access.tenants_with(action)
        key = None if tenants is None else frozenset(tenants)
        if key not in self.found:
            rows = VirtualMachine.objects.visible_to(self.access, action).filter(gone_at__isnull=True)
            named = rows.filter(name__icontains=self.words).select_related("tenant").order_by("name")
            self.found[key] = sorted(named[: MOST * 2], key=self.begins_otherwise)[:MOST]
        return self.found[key]

    def begins_otherwise(self, vm: VirtualMachine) -> bool:
        """Sorts after names that begin with the words."""
        return not vm.name.lower().startswith(self.words.lower())


def search(request: HttpRequest, access: Access, words: str) -> list[HitGroup]:
    """Groups with what was found, at most ``MOST`` each; without words the pages and actions alone."""
    query = Query(access, words)
    found = [
        HitGroup(gettext_lazy("Pages"), list(islice(pages(request, access, words), MOST if words else None))),
        HitGroup(gettext_lazy("Actions"), list(islice(actions(query), MOST))),
    ]
    if words:
        found += [HitGroup(label, list(of(query))) for label, of in ROWS]
    return [group for group in found if group.hits]


def pages(request: HttpRequest, access: Access, words: str) -> Iterator[Hit]:
    """The places of the navigation."""
    for group in links_for(request, access):
        for link in group.links:
            if matches(words, str(link.label)):
                yield Hit(str(link.label), str(group.label), link.icon, link.url)


def actions(query: Query) -> Iterator[Hit]:
    """What can be begun from anywhere; with words also for the machines that they name."""
    discover = _("Discover machines")
    if query.access.can(Action.DISCOVERY_RUN) and matches(query.words, discover):
        url = reverse("vms:discovery_list")
        yield Hit(discover, _("What a vCenter has"), "magnifying-glass-circle", url)
    if not query.access.can_somewhere(Action.BACKUP_START):
        return
    start = reverse("backups:backup_start")
    if matches(query.words, _("Back up now")):
        yield Hit(_("Back up now"), _("Choose a virtual machine"), "play", start, dialog=True)
    if query.words:
        for vm in query.machines(Action.BACKUP_START):
            yield Hit(
                _("Back up %(vm)s") % {"vm": vm.name}, owner_of(vm), "play", f"{start}?vm={vm.pk}", True
            )


def machines(query: Query) -> Iterator[Hit]:
    """Virtual machines by name."""
    for vm in query.machines(Action.VM_VIEW):
        yield Hit(vm.name, owner_of(vm), "server", reverse("vms:vm_detail", args=[vm.pk]))


def backups(query: Query) -> Iterator[Hit]:
    """The newest backups of machines with such a name."""
    keys = [vm.pk for vm in query.machines(Action.BACKUP_VIEW)]
    rows = Backup.objects.visible_to(query.access).filter(vm__in=keys, gone_at__isnull=True)
    for backup in rows.select_related("vm").order_by("-created_at")[:MOST]:
        note = f"{backup.get_type_display()} · {backup.get_state_display()} · {exact(backup.created_at)}"
        yield Hit(backup.vm.name, note, "archive-box", reverse("backups:backup_detail", args=[backup.pk]))


def customers(query: Query) -> Iterator[Hit]:
    """Customers by name, for those who see their pages."""
    for tenant in Tenant.objects.visible_to(query.access).filter(name__icontains=query.words)[:MOST]:
        url = reverse("customers:customer_detail", args=[tenant.pk])
        yield Hit(tenant.name, tenant.get_state_display(), "building-office", url)


ROWS: tuple[tuple[str | Promise, Callable[[Query], Iterable[Hit]]], ...] = (
    (gettext_lazy("Virtual machines"), machines),
    (gettext_lazy("Backups"), backups),
    (gettext_lazy("Customers"), customers),
)


def owner_of(vm: VirtualMachine) -> str:
    """Whose it is, beside its name."""
    return vm.tenant.name if vm.tenant else _("No customer")


def matches(words: str, text: str) -> bool:
    """Whether each word that was typed begins a word of the text."""
    heads = text.lower().split()
    return all(any(head.startswith(word) for head in heads) for word in words.lower().split())
