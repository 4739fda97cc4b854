"""Every route of the portal. Each view declares the action it needs (``tenancy.access``)."""

from django.urls import include, path

from restore.views.handovers import handover
from sendense_portal.dashboard import dashboard, navigation_counts
from sendense_portal.overview.views import customer_list
from sendense_portal.search.views import search
from sendense_portal.tenancy.tenant_urls import customer_routes

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("navigation/", navigation_counts, name="navigation_counts"),
    path("search/", search, name="search"),
    path("", include("sendense_portal.tenancy.urls")),
    path("", include("sendense_portal.people.urls")),
    path("", include("sendense_portal.tokens.urls")),
    path("", include("sendense_portal.sign_in.urls")),
    path("consent/", include("sendense_portal.visits.urls")),
    path("approvals/", include("sendense_portal.approvals.urls")),
    path("quotas/", include("sendense_portal.quotas.urls")),
    path(
        "customers/",
        include(([path("", customer_list, name="customer_list"), *customer_routes], "customers")),
    ),
    path("lists/", include("sendense_portal.lists.urls")),
    path("activity/", include("sendense_portal.audit.urls")),
    path("vms/", include("vms.urls")),
    path("backups/", include("backups.urls")),
    path("restore/", include("restore.urls")),
    path("for-you/<str:token>/", handover, name="handover"),
    path("protection/", include("protection.urls")),
]

handler400 = "sendense_portal.ui.errors.bad_request"
handler403 = "sendense_portal.ui.errors.permission_denied"
handler404 = "sendense_portal.ui.errors.page_not_found"
handler500 = "sendense_portal.ui.errors.server_error"
