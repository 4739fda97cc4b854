"""Routes about quotas."""

from django.urls import path

from sendense_portal.quotas import views

app_name = "quotas"
urlpatterns = [
    path("", views.quota_list, name="quota_list"),
    path("<uuid:pk>/edit/", views.quota_edit, name="quota_edit"),
]
