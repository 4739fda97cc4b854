"""A person asks for a proof now."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from restore.models import CataloguePoint, RestoreProof
from restore.proofs.choosing import is_provable
from restore.proofs.runner import tell
from restore.refusals import Refused
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from vms.models import VirtualMachine


class ProofRefused(Refused):
    """Nothing can be proven now."""


def ask(actor: Actor, vm: VirtualMachine) -> RestoreProof:
    """Has it begin as soon as the hub has room to spare. Raises ProofRefused."""
    if not is_provable(vm):
        raise ProofRefused(unprovable(vm))
    try:
        with transaction.atomic():
            proof = RestoreProof.objects.create(
                tenant=vm.tenant, vm=vm, asked_by=actor.user, asked_by_name=str(actor.user or actor.name)
            )
            log.record(actor, "restore.prove_ask", Outcome.OK, vm)
    except IntegrityError:
        raise ProofRefused(_("A proof of this machine is under way already.")) from None
    tell(proof)
    return proof


def unprovable(vm: VirtualMachine) -> str:
    """Why there is nothing to read, and what to do."""
    if vm.tenant and vm.tenant.catalogue_off:
        return _("Names of files are not kept for this customer: its safety rules say so.")
    failed = CataloguePoint.objects.filter(disk__vm=vm, state=CataloguePoint.State.FAILED)
    if cause := failed.order_by("-position").values_list("cause", flat=True).first():
        return cause
    return _("None of its restore points is in the catalogue yet; they are read in the background.")
