"""What people write on a restore point, and the legal hold that keeps it from being deleted."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from backups.bins import lock
from backups.models import Backup, BackupState
from backups.services import Refused, tell
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Facts, Kind
from sendense_portal.approvals.services import DecisionRefused
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.roles import Action


class HoldRefused(Refused):
    """The hold can't be set or lifted; ``str()`` is the sentence to show."""


def write_note(actor: Actor, backup: Backup, note: str, labels: list[str]) -> None:
    """Replaces what is written; the trail has the labels, and that the note is another."""
    before = backup.note
    backup.note = note
    backup.labels = f",{','.join(labels)}," if labels else ""
    backup.save(update_fields=["note", "labels"])
    facts = {"labels": ", ".join(labels), "note": "changed" if note != before else "as before"}
    log.record(actor, Action.BACKUP_NOTE, Outcome.OK, backup, **facts)
    tell(backup)


def hold(actor: Actor, backup: Backup, reason: str) -> None:
    """Keeps a restore point, and with it all that it builds on. Raises HoldRefused."""
    with transaction.atomic():
        # Whoever puts one of the chain into the bin waits here.
        lock(backup.vm)
        backup.refresh_from_db(fields=["bin_until", "gone_at", "held_at", "state"])
        if backup.bin_until and not backup.gone_at:
            raise HoldRefused(_("It is in the bin. Bring it back first."))
        if backup.gone_at or backup.state != BackupState.COMPLETED:
            raise HoldRefused(_("Only a restore point that the hub still has can be held."))
        if backup.held_at:
            raise HoldRefused(_("It is under legal hold already."))
        backup.held_at, backup.hold_reason = timezone.now(), reason
        backup.held_by_name = str(actor.user or actor.name)
        backup.save(update_fields=["held_at", "hold_reason", "held_by_name"])
        log.record(actor, Action.BACKUP_HOLD, Outcome.OK, backup, vm=backup.vm.name, why=reason)
    tell(backup)


def lift(actor: Actor, backup: Backup, reason: str, *, is_approved: bool = False) -> None:
    """Ends a hold. Raises HoldRefused, also where the customer wants two people to lower retention."""
    if needs_second_person(backup) and not is_approved:
        raise HoldRefused(_("Its customer wants two people for this."))
    held = Backup.objects.filter(pk=backup.pk, held_at__isnull=False)
    with transaction.atomic():
        if not held.update(held_at=None, hold_reason="", held_by_name=""):
            raise HoldRefused(_("It is under no hold."))
        log.record(actor, "backup.hold_lift", Outcome.OK, backup, vm=backup.vm.name, why=reason)
    backup.held_at = None
    tell(backup)


def needs_second_person(backup: Backup) -> bool:
    """Lifting a hold shortens how long something is kept."""
    return backup.tenant is not None and backup.tenant.four_eyes_retention


def held_backup(request: ApprovalRequest) -> Backup | None:
    """What a request to lift is about; None when it is no longer held."""
    held = Backup.objects.filter(pk=request.target_id, held_at__isnull=False, tenant=request.tenant_id)
    return held.select_related("vm", "tenant").first()


def fingerprint(request: ApprovalRequest) -> str | None:
    """Of the very hold."""
    backup = held_backup(request)
    return backup.held_at.isoformat() if backup and backup.held_at else None


def facts(request: ApprovalRequest) -> Facts:
    """The hold in words."""
    backup = held_backup(request)
    if backup is None:
        return []
    return [(_("Restore point"), str(backup)), (_("Held for"), backup.hold_reason)]


def execute(actor: Actor, request: ApprovalRequest) -> str:
    """Lifts it. Raises DecisionRefused."""
    backup = held_backup(request)
    if backup is None:
        raise DecisionRefused(_("It is under no hold."))
    try:
        lift(actor, backup, request.reason, is_approved=True)
    except HoldRefused as refusal:
        raise DecisionRefused(str(refusal)) from None
    return _("The legal hold is lifted.")


HOLD_LIFT = Kind(
    name="backup.hold_lift",
    # Asked for by who may hold; a customer with one administrator needs the provider's as the second.
    action=Action.BACKUP_DELETE,
    title=_lazy("Lift a legal hold"),
    fingerprint=fingerprint,
    execute=execute,
    facts=facts,
)
