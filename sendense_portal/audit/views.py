"""The activity page: who did what, when, and how it ended."""

from pathlib import Path

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from sendense_portal.audit.exports import FORMATS, Export, ExportResponse, chains_of
from sendense_portal.audit.filters import EntryFilter
from sendense_portal.audit.log import Actor, as_record
from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, TrailHead
from sendense_portal.audit.sentences import details_of, reason_of, sentence_of
from sendense_portal.audit.standalone import verify_trail
from sendense_portal.audit.tables import EntryTable
from sendense_portal.tenancy.access import Access, require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

ROWS_PER_PAGE = 50


@require(Action.AUDIT_VIEW)
def entry_list(request: PortalRequest) -> HttpResponse:
    """The trail of the customers whose trail one may read, newest first."""
    everything = AuditEntry.objects.visible_to(request.access)
    chosen = EntryFilter(request.GET, queryset=everything.prefetch_related("tenant"), request=request)
    several = request.access.is_provider or len(request.access.tenant_roles) > 1
    table = EntryTable(chosen.qs, exclude=() if several else ("customer",))
    RequestConfig(request, paginate={"per_page": ROWS_PER_PAGE}).configure(table)
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "history_of": chosen.name_of_subject(),
        "proof": last_proof(request.access, chosen.used.get("customer", "")),
        "export_query": query_without_pages(request),
    }
    return page(request, "audit/entry_list.html", context, part="table")


@require(Action.AUDIT_VIEW, on=AuditEntry)
def entry_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One entry with all its facts, beside the others of the same attempt."""
    entry: AuditEntry = request.target
    context = {
        "entry": entry,
        "sentence": sentence_of(entry),
        "reason": reason_of(entry),
        "details": details_of(entry),
        "parameters": entry.parameters.items(),
        "record": as_record(entry),
        "attempt": [(other, sentence_of(other)) for other in same_attempt(request.access, entry)],
    }
    return page(request, "audit/entry_detail.html", context)


def same_attempt(access: Access, entry: AuditEntry) -> QuerySet[AuditEntry]:
    """All entries of the request that an entry was written in, oldest first; itself among them."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.visible_to(access)
    if not entry.request_id:
        return rows.filter(pk=entry.pk)
    return rows.filter(request_id=entry.request_id).order_by("pk")[:20]


@require(Action.AUDIT_EXPORT)
@require_safe
def entry_export(request: PortalRequest) -> ExportResponse:
    """``?format=csv`` or ``jsonl`` and the filters of the list, as a file; whole chains without filters."""
    kind = request.GET.get("format") or "jsonl"
    entries = AuditEntry.objects.visible_to(request.access, Action.AUDIT_EXPORT)
    chosen = EntryFilter(request.GET, queryset=entries, request=request)
    if kind not in FORMATS or not chosen.form.is_valid():
        raise BadRequest(_("This can’t be exported: a filter or the format is not valid."))
    filters = dict(chosen.used)
    customer = filters.pop("customer", "")
    chains = [chain for chain in chains_of(request.access) if customer in ("", chain)]
    return ExportResponse(Export(kind, chosen.qs, chains, filters), Actor.of(request))


@require(Action.AUDIT_VIEW)
@require_safe
def verifier(request: PortalRequest) -> HttpResponse:
    """The program that checks an export with nothing of the portal's installed."""
    return HttpResponse(
        Path(verify_trail.__file__).read_bytes(),
        content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="verify_trail.py"'},
    )


def last_proof(access: Access, customer: str) -> TrailHead | None:
    """The head that was mailed last, of the chain that the page is about."""
    tenants = access.tenants_with(Action.AUDIT_VIEW)
    chains = [PROVIDER_CHAIN] if tenants is None else [str(tenant) for tenant in tenants]
    if customer and (tenants is None or customer in chains):
        chains = [customer]
    return TrailHead.objects.filter(chain__in=chains, sent_at__isnull=False).first()


def query_without_pages(request: PortalRequest) -> str:
    """The filters of the page, for the links that take them along."""
    query = request.GET.copy()
    for name in ("page", "sort", "format"):
        query.pop(name, None)
    return f"&{query.urlencode()}" if query else ""
