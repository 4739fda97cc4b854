"""Routes of the activity trail."""

from django.urls import path

from sendense_portal.audit import views

app_name = "audit"

urlpatterns = [path("", views.entry_list, name="entry_list")]
