"""The list of backups, the list of repositories, and one progress component."""

from django.http import HttpResponse
from django_tables2 import RequestConfig

from backups.counts import count_states
from backups.filters import HELD, ORPHANED, BackupFilter
from backups.models import Backup
from backups.outlooks import outlook_of
from backups.repositories import known_to
from backups.tables import BackupTable
from backups.views.tabs import tabs
from sendense_portal.lists.choices import hidden_columns
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.navigation import Tally
from sendense_portal.ui.pages import page
from vms.customers import has_several
from vms.freshness import as_of

ROWS_PER_PAGE = 50


@require(Action.BACKUP_VIEW)
def backup_list(request: PortalRequest) -> HttpResponse:
    """Every backup one may see, filtered, sorted and paged by the URL, under four numbers."""
    everything = Backup.objects.visible_to(request.access)
    counts = count_states(everything.filter(gone_at__isnull=True))
    # Spares the navigation a query for its badges.
    request.known_counts = {"backups:backup_list": Tally(counts.open, counts.failed_recently)}
    chosen = BackupFilter(request.GET, queryset=everything, request=request)
    may_choose = any(map(request.access.can_somewhere, (Action.BACKUP_START, Action.BACKUP_DELETE)))
    left_out = [
        *hidden_columns(request.access.user, "backups"),
        *(() if has_several(request.access) else ("customer",)),
        *(() if may_choose else ("chosen",)),
    ]
    table = BackupTable(chosen.qs, exclude=left_out)
    known_count = None if chosen.is_used else counts.total
    RequestConfig(request, paginate={"per_page": ROWS_PER_PAGE, "known_count": known_count}).configure(table)
    here = request.GET.get("state", "")
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "tabs": tabs(request.access, here if here in (HELD, ORPHANED) else "all"),
        "may_choose": may_choose,
        "counts": counts,
        "as_of": as_of(request.access),
    }
    return page(request, "backups/backup_list.html", context, part="table")


@require(Action.BACKUP_VIEW, on=Backup)
def backup_progress(request: PortalRequest, pk: str) -> HttpResponse:
    """The live component of one backup, for what asks without a socket."""
    place = request.GET.get("place", "detail")
    context = {"backup": request.target, "place": place if place.isalpha() else "detail"}
    return page(request, "backups/components/progress.html", context)


@require(Action.REPOSITORY_VIEW)
def repository_list(request: PortalRequest) -> HttpResponse:
    """Where backups lie, with room and labels."""
    repositories = list(known_to(request.access).select_related("hub", "tenant"))
    outlook = outlook_of(repositories) if request.access.is_provider else None
    grown = {place.repository.pk: place.growth for place in outlook.places} if outlook else {}
    context = {
        "places": [(repository, grown.get(repository.pk)) for repository in repositories],
        "outlook": outlook,
    }
    return page(request, "backups/repository_list.html", context, part="repositories")
