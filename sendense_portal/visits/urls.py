"""Routes about the provider's looking into files."""

from django.urls import path

from sendense_portal.visits import views

app_name = "visits"

urlpatterns = [
    path("", views.consent_list, name="consent_list"),
    path("<uuid:pk>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
]
