"""Routes of backups and repositories."""

from django.urls import path

from backups.views import deletions, details, grants, lists, starts

app_name = "backups"

urlpatterns = [
    path("", lists.backup_list, name="backup_list"),
    path("start/", starts.backup_start, name="backup_start"),
    path("repositories/", lists.repository_list, name="repository_list"),
    path("repositories/<uuid:pk>/customers/", grants.repository_share, name="repository_share"),
    path("repositories/of/<uuid:pk>/", grants.repository_grant, name="repository_grant"),
    path("<uuid:pk>/", details.backup_detail, name="backup_detail"),
    path("<uuid:pk>/progress/", lists.backup_progress, name="backup_progress"),
    path("<uuid:pk>/delete/", deletions.backup_delete, name="backup_delete"),
]
