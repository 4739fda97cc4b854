"""Routes of the virtual machines."""

from django.urls import path

from vms import views

app_name = "vms"

urlpatterns = [
    path("", views.vm_list, name="vm_list"),
    path("<uuid:pk>/", views.vm_detail, name="vm_detail"),
    path("<uuid:pk>/panel/", views.vm_panel, name="vm_panel"),
]
