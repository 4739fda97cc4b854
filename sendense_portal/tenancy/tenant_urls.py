"""Routes about one customer; ``sendense_portal.urls`` puts them into the namespace ``customers``."""

from django.urls import path

from sendense_portal.tenancy.views import tenants

customer_routes = [
    path("own/", tenants.customer_own, name="customer_own"),
    path("new/", tenants.customer_create, name="customer_create"),
    path("<uuid:pk>/", tenants.customer_detail, name="customer_detail"),
    path("<uuid:pk>/edit/", tenants.customer_edit, name="customer_edit"),
    path("<uuid:pk>/state/", tenants.customer_state, name="customer_state"),
    path("<uuid:pk>/rules/", tenants.customer_rules, name="customer_rules"),
]
