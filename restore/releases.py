"""What a customer's safety rules let out: asked for every download (``DownloadService.started``) and for
every member of an archive, whatever the way."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from restore.models import Download
from restore.refusals import Refused
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import endings_of


class NotReleased(Refused):
    """The customer's rules keep it in."""


class ApprovalNeeded(NotReleased):
    """A second person has to let it out."""

    def __init__(self) -> None:
        super().__init__(
            _("Taking files out needs a second person here. Put them in the basket and ask for approval.")
        )


def release(download: Download) -> None:
    """Lets a download begin. Raises NotReleased."""
    tenant = download.tenant
    if tenant is None:
        return
    # As they are now: a parcel may be older than the rules.
    tenant.refresh_from_db()
    must_be_on(tenant)
    if tenant.four_eyes_download and not (download.parcel and download.parcel.approved_by_name):
        raise ApprovalNeeded
    if download.kind == Download.Kind.FILE and (reason := member_rule(tenant)(download.path)):
        raise NotReleased(reason)


def must_be_on(tenant: Tenant | None) -> None:
    """Raises NotReleased where nothing leaves."""
    if tenant and tenant.downloads_off:
        raise NotReleased(nothing_leaves(tenant))


def nothing_leaves(tenant: Tenant) -> str:
    """What is said where downloads are off."""
    return _("The safety rules of %(customer)s let no files leave.") % {"customer": tenant}


def member_rule(tenant: Tenant | None) -> Callable[[str], str | None]:
    """Says of a file's name or path why it may not leave; None when it may."""
    endings = endings_of(tenant.download_endings) if tenant else frozenset()

    def why_not(name: str) -> str | None:
        own = name.rpartition("/")[2]
        if not endings or ("." in own and own.rpartition(".")[2].lower() in endings):
            return None
        listed = ", ".join(sorted(endings))
        return _("The safety rules let only these kinds of files leave: %(endings)s") % {"endings": listed}

    return why_not


def must_still_hold(tenant: Tenant | None, names: Iterable[str]) -> None:
    """For what was packed earlier: raises NotReleased if the rules have become stricter since."""
    why_not = member_rule(tenant)
    if any(why_not(name) for name in names):
        raise NotReleased(_("The safety rules have changed since it was packed: have it packed anew."))


def rules_of(tenant: Tenant | None) -> str:
    """What holds a person back who looks at files, as a sentence; empty if nothing does."""
    if tenant is None:
        return ""
    if tenant.downloads_off:
        return nothing_leaves(tenant)
    said = []
    if tenant.four_eyes_download:
        said.append(_("Taking files out needs a second person: put them in the basket and ask for approval."))
    if endings := endings_of(tenant.download_endings):
        said.append(
            _("Only these kinds of files may leave: %(endings)s.") % {"endings": ", ".join(sorted(endings))}
        )
    return " ".join(said)
