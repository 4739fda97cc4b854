"""A hub's own policies, schedules and flows: mirrored seldom, told with what the hub does about them.

It starts no backup by a schedule, executes no policy and follows no retention (hub/reference.md 5.4, 10, 11).
Nothing is made or changed there from here: that would be a promise which nobody keeps. A policy can be
deleted, which the hub does, so that nobody trusts in it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.models import Repository
from protection.models import HubRule
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import Hub
from sendense_portal.live.events import Event
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine

EVERY = timedelta(minutes=10)
CRON_FIELDS = 6
"""A schedule with fewer is taken by the hub and never fires."""
Kind = HubRule.Kind
Found = tuple[HubRule.Kind, str, str, bool, dict[str, Any]]


def refresh_rules(connection: HubConnection, hub: Hub) -> Iterable[Event]:
    """Mirrors all three lists; what is no longer in them is gone."""
    now, found = timezone.now(), list(listed(connection, hub))
    with transaction.atomic():
        for kind, remote_id, name, enabled, facts in found:
            seen = {"name": name[:255], "enabled": enabled, "facts": facts}
            HubRule.objects.update_or_create(
                hub=connection,
                kind=kind,
                remote_id=remote_id,
                defaults=seen | {"observed_at": now, "gone_at": None},
            )
        gone = HubRule.objects.filter(hub=connection, gone_at__isnull=True, observed_at__lt=now)
        gone.update(gone_at=now)
    return []


def listed(connection: HubConnection, hub: Hub) -> Iterator[Found]:
    """Every rule with its facts, in which ids stand as the names they have here."""
    places = dict(Repository.objects.filter(hub=connection).values_list("remote_id", "name"))
    machines = dict(VirtualMachine.objects.filter(hub=connection).values_list("remote_id", "name"))
    for policy in hub.rules.policies():
        copies = [[places.get(copy.repository_id, copy.repository_id), copy.mode] for copy in policy.copies]
        yield Kind.POLICY, policy.id, policy.name, policy.enabled, {
            "from": places.get(policy.primary_repository_id, policy.primary_repository_id),
            "copies": copies, "days": policy.retention_days,
        }  # fmt: skip
    for schedule in hub.rules.schedules():
        facts = {"cron": schedule.cron, "zone": schedule.zone}
        yield Kind.SCHEDULE, schedule.id, schedule.name, schedule.enabled, facts
    for flow in hub.rules.flows():
        named = machines.get(flow.target_id, flow.target_id) if flow.target_type == "vm" else ""
        yield Kind.FLOW, flow.id, flow.name, flow.enabled, {
            "machine": named, "to": places.get(flow.repository_id, flow.repository_id),
            "schedule": flow.schedule_name, "cron": flow.schedule_cron, "last": flow.last_status,
        }  # fmt: skip


def says(rule: HubRule) -> list[str]:
    """What it says, a phrase each."""
    facts = rule.facts
    if rule.kind == Kind.SCHEDULE:
        return [facts["cron"], facts["zone"]] if facts["zone"] else [facts["cron"]]
    if rule.kind == Kind.POLICY:
        copies = [
            _("copy to %(place)s (%(mode)s)") % {"place": to, "mode": mode} for to, mode in facts["copies"]
        ]
        said = [_("backups in %(place)s") % {"place": facts["from"]}, *copies]
        return [*said, _("keep for %(days)d days") % {"days": facts["days"]}] if facts["days"] else said
    said = [facts["machine"] or _("a group of the hub"), _("to %(place)s") % {"place": facts["to"]}]
    when = " ".join(part for part in (facts["schedule"], facts["cron"]) if part)
    return [*said, when] if when else said


def does(rule: HubRule) -> str:
    """What the hub does about it, whatever its switch says."""
    if rule.kind == Kind.POLICY:
        return _("Nothing: it keeps the rule, copies no backup and deletes none by its age.")
    if rule.kind == Kind.FLOW:
        return _("Nothing by itself, also when it is on: it runs only when somebody has it run at the hub.")
    if len(rule.facts["cron"].split()) != CRON_FIELDS:
        return _("Nothing: it fires only with six fields, seconds first.")
    if not rule.enabled:
        return _("Nothing while it is off.")
    return _("Starts replications of a group in the hub’s own time zone; never a backup.")


def groups_of(access: Access) -> list[tuple[str, str, int]]:
    """Hub, group and number of machines, from what the machines' own rows say: reading a group at the hub
    would write there."""
    rows = VirtualMachine.objects.visible_to(access).filter(gone_at__isnull=True).exclude(groups=[])
    found: Counter[tuple[str, str]] = Counter()
    for hub, names in rows.order_by().values_list("hub__name", "groups"):
        found.update((hub, name) for name in names)
    return [(hub, name, number) for (hub, name), number in sorted(found.items())]


def delete_policy(actor: Actor, rule: HubRule) -> None:
    """Takes a policy out of the hub. Raises HubError."""
    with log.attempt(actor, "hub_policy.delete", rule, hub=rule.hub.name):
        client_for(rule.hub).rules.delete_policy(rule.remote_id)
    HubRule.objects.filter(pk=rule.pk).update(gone_at=timezone.now())
