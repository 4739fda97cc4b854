"""Routes about second persons."""

from django.urls import path

from sendense_portal.approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.approval_list, name="approval_list"),
    path("<uuid:pk>/", views.approval_detail, name="approval_detail"),
    path("<uuid:pk>/approve/", views.approval_approve, name="approval_approve"),
    path("<uuid:pk>/decline/", views.approval_decline, name="approval_decline"),
    path("<uuid:pk>/withdraw/", views.approval_withdraw, name="approval_withdraw"),
]
