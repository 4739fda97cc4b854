"""Routes of protection."""

from django.urls import path

from protection.views import at_hub, flows, groups, runs, schedules, several

app_name = "protection"

urlpatterns = [
    path("", flows.flow_list, name="flow_list"),
    path("flows/new/", flows.flow_create, name="flow_create"),
    path("flows/chosen/", flows.flow_bulk, name="flow_bulk"),
    path("flows/<uuid:pk>/", flows.flow_detail, name="flow_detail"),
    path("flows/<uuid:pk>/change/", flows.flow_edit, name="flow_edit"),
    path("at-hub/", at_hub.hub_rules, name="hub_rules"),
    path("at-hub/<uuid:pk>/delete/", at_hub.hub_policy_delete, name="hub_policy_delete"),
    path("runs/<uuid:pk>/", runs.run_detail, name="run_detail"),
    path("schedules/", schedules.schedule_list, name="schedule_list"),
    path("schedules/chosen/", several.schedule_bulk, name="schedule_bulk"),
    path("schedules/new/", schedules.schedule_create, name="schedule_create"),
    path("schedules/<uuid:pk>/", schedules.schedule_edit, name="schedule_edit"),
    path("schedules/<uuid:pk>/delete/", schedules.schedule_delete, name="schedule_delete"),
    path("groups/", groups.group_list, name="group_list"),
    path("groups/chosen/", several.group_bulk, name="group_bulk"),
    path("groups/new/", groups.group_create, name="group_create"),
    path("groups/<uuid:pk>/", groups.group_edit, name="group_edit"),
    path("groups/<uuid:pk>/start/", groups.group_start, name="group_start"),
    path("groups/<uuid:pk>/delete/", groups.group_delete, name="group_delete"),
]
