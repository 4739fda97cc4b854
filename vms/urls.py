"""Routes of the virtual machines."""

from django.urls import path

from vms import views
from vms.assignment import rule_views
from vms.assignment import views as assignment

app_name = "vms"

urlpatterns = [
    path("", views.vm_list, name="vm_list"),
    path("<uuid:pk>/", views.vm_detail, name="vm_detail"),
    path("<uuid:pk>/panel/", views.vm_panel, name="vm_panel"),
    path("unassigned/", assignment.unassigned_list, name="unassigned_list"),
    path("assign/", assignment.vm_assign, name="vm_assign"),
    path("<uuid:pk>/release/", assignment.vm_release, name="vm_release"),
    path("rules/", rule_views.rule_list, name="rule_list"),
    path("rules/new/", rule_views.rule_create, name="rule_create"),
    path("rules/<uuid:pk>/", rule_views.rule_edit, name="rule_edit"),
    path("rules/<uuid:pk>/apply/", rule_views.rule_apply, name="rule_apply"),
    path("rules/<uuid:pk>/delete/", rule_views.rule_delete, name="rule_delete"),
]
