"""Routes about lists."""

from django.urls import path

from sendense_portal.lists import views

app_name = "lists"
urlpatterns = [
    path("views/<uuid:pk>/rename/", views.view_rename, name="view_rename"),
    path("views/<uuid:pk>/delete/", views.view_delete, name="view_delete"),
    path("<slug:name>/", views.list_options, name="list_options"),
    path("<slug:name>/columns/", views.list_columns, name="list_columns"),
    path("<slug:name>/views/", views.view_create, name="view_create"),
    path("<slug:name>/export.csv", views.list_export, name="list_export"),
]
