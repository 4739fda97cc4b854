"""Adding, changing and deleting credentials: the only code that asks a hub for it.

A password goes to the hub and nowhere else: not into the trail, the log or a page.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError
from sendense_portal.hub.credentials import CredentialFields
from sendense_portal.live.events import publish_now
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.roles import Action
from vms.discovery.mirror import refresh_credentials, users_of
from vms.discovery.models import Credential
from vms.mirror import refresh_vms

ADD = "credential.add"
NAMED = 5
"""Machines that an objection names; it counts the others."""


class CredentialRefused(Exception):
    """The portal said no before the hub was asked; ``str()`` is the sentence to show."""


def add(actor: Actor, hub: HubConnection, fields: CredentialFields) -> Credential:
    """Keeps one at the hub, and its row, which sync would find within a minute. Raises HubError."""
    with log.attempt(
        actor, ADD, hub, name=fields.name, vcenter=fields.vcenter_host, user=fields.username
    ) as attempt:
        made = client_for(hub).credentials.add(fields)
        attempt.note(hub_id=made.id)
    mirror(hub)
    row, _made = Credential.objects.get_or_create(
        hub=hub,
        remote_id=made.id,
        defaults={"name": made.name, "vcenter": made.vcenter_host, "username": made.username},
    )
    return row


def change(actor: Actor, credential: Credential, fields: CredentialFields) -> None:
    """Overwrites it at the hub; an empty password keeps the old one. Raises HubError."""
    with log.attempt(
        actor, Action.CREDENTIAL_EDIT, credential, hub=credential.hub.name, vcenter=fields.vcenter_host,
        user=fields.username, renewed=_("new password") if fields.password else "",
    ):  # fmt: skip
        client_for(credential.hub).credentials.change(credential.remote_id, fields)
    mirror(credential.hub)


def objections(credential: Credential) -> list[str]:
    """Why it can't be deleted, in sentences. The hub itself would delete it under any machine, and has no
    way to give a machine another one."""
    if credential.gone_at:
        return [_("The hub does not list it any more.")]
    said = []
    users = users_of(credential)
    if count := users.count():
        names = ", ".join(users.order_by("name").values_list("name", flat=True)[:NAMED])
        more = f" … (+{count - NAMED})" if count > NAMED else ""
        needs = ngettext(
            "%(count)d machine is backed up by it: %(names)s. Without it no backup of the machine can start, "
            "and the hub has no way to give it another.",
            "%(count)d machines are backed up by it: %(names)s. Without it no backup of them can start, and "
            "the hub has no way to give them another.",
            count,
        )
        said.append(needs % {"count": count, "names": names + more})
    others = Credential.objects.filter(hub=credential.hub, gone_at__isnull=True, is_active=True)
    if not others.exclude(pk=credential.pk).exists():
        said.append(_("It is the last active one of its hub, which keeps that."))
    return said


def delete(actor: Actor, credential: Credential) -> None:
    """Takes it out of the hub, after a look at whether a machine has come to use it. Raises
    CredentialRefused or HubError."""
    for event in refresh_vms(credential.hub, client_for(credential.hub)):
        publish_now(event)
    if said := objections(credential):
        raise CredentialRefused(" ".join(said))
    with log.attempt(actor, Action.CREDENTIAL_DELETE, credential, hub=credential.hub.name):
        client_for(credential.hub).credentials.delete(credential.remote_id)
    mirror(credential.hub)


def mirror(hub: HubConnection) -> None:
    """Reads the hub's list after a change; where it does not answer sync asks again."""
    try:
        events = refresh_credentials(hub, client_for(hub))
    except HubError:
        return
    for event in events:
        publish_now(event)
