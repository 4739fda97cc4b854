"""Routes of the virtual machines."""

from django.urls import path

from vms import views
from vms.assignment import rule_views
from vms.assignment import views as assignment
from vms.discovery import credential_views as credentials
from vms.discovery import views as discovery
from vms.replication import views as replication

app_name = "vms"

urlpatterns = [
    path("", views.vm_list, name="vm_list"),
    path("<uuid:pk>/", views.vm_detail, name="vm_detail"),
    path("<uuid:pk>/panel/", views.vm_panel, name="vm_panel"),
    path("<uuid:pk>/replicate/", replication.replication_start, name="replication_start"),
    path("replication/", replication.replication_list, name="replication_list"),
    path("replication/runs/", replication.replication_run_list, name="replication_run_list"),
    path("discovery/", discovery.discovery_list, name="discovery_list"),
    path("discovery/run/", discovery.discovery_run, name="discovery_run"),
    path("discovery/<uuid:pk>/", discovery.discovery_detail, name="discovery_detail"),
    path("discovery/<uuid:pk>/add/", discovery.discovery_add, name="discovery_add"),
    path("credentials/", credentials.credential_list, name="credential_list"),
    path("credentials/add/", credentials.credential_add, name="credential_add"),
    path("credentials/<uuid:pk>/", credentials.credential_detail, name="credential_detail"),
    path("credentials/<uuid:pk>/edit/", credentials.credential_edit, name="credential_edit"),
    path("credentials/<uuid:pk>/delete/", credentials.credential_delete, name="credential_delete"),
    path("unassigned/", assignment.unassigned_list, name="unassigned_list"),
    path("assign/", assignment.vm_assign, name="vm_assign"),
    path("<uuid:pk>/release/", assignment.vm_release, name="vm_release"),
    path("rules/", rule_views.rule_list, name="rule_list"),
    path("rules/new/", rule_views.rule_create, name="rule_create"),
    path("rules/<uuid:pk>/", rule_views.rule_edit, name="rule_edit"),
    path("rules/<uuid:pk>/apply/", rule_views.rule_apply, name="rule_apply"),
    path("rules/<uuid:pk>/delete/", rule_views.rule_delete, name="rule_delete"),
]
