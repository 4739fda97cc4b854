"""Routes of the activity trail."""

from django.urls import path

from sendense_portal.audit import views

app_name = "audit"

urlpatterns = [
    path("", views.entry_list, name="entry_list"),
    path("export/", views.entry_export, name="entry_export"),
    path("verify_trail.py", views.verifier, name="verifier"),
    path("<int:pk>/", views.entry_detail, name="entry_detail"),
]
