"""Routes of backups and repositories."""

from django.urls import path

from backups.views import (
    bins,
    bulk,
    deletions,
    details,
    failures,
    grants,
    lists,
    machines,
    notes,
    starts,
    stores,
)

app_name = "backups"

urlpatterns = [
    path("", lists.backup_list, name="backup_list"),
    path("machines/", machines.machine_list, name="machine_list"),
    path("bin/", bins.bin_list, name="bin_list"),
    path("bulk/start/", bulk.bulk_start, name="bulk_start"),
    path("bulk/retry/", bulk.bulk_retry, name="bulk_retry"),
    path("bulk/delete/", bulk.bulk_delete, name="bulk_delete"),
    path("bulk/<uuid:pk>/", bulk.bulk_run, name="bulk_run"),
    path("failures/", failures.failure_list, name="failure_list"),
    path("start/", starts.backup_start, name="backup_start"),
    path("repositories/", lists.repository_list, name="repository_list"),
    path("repositories/add/", stores.repository_add, name="repository_add"),
    path("repositories/<uuid:pk>/", stores.repository_detail, name="repository_detail"),
    path("repositories/<uuid:pk>/refresh/", stores.repository_refresh, name="repository_refresh"),
    path("repositories/<uuid:pk>/delete/", stores.repository_delete, name="repository_delete"),
    path("repositories/<uuid:pk>/customers/", grants.repository_share, name="repository_share"),
    path("repositories/of/<uuid:pk>/", grants.repository_grant, name="repository_grant"),
    path("<uuid:pk>/", details.backup_detail, name="backup_detail"),
    path("<uuid:pk>/progress/", lists.backup_progress, name="backup_progress"),
    path("<uuid:pk>/delete/", deletions.backup_delete, name="backup_delete"),
    path("<uuid:pk>/note/", notes.backup_note, name="backup_note"),
    path("<uuid:pk>/hold/", notes.backup_hold, name="backup_hold"),
    path("<uuid:pk>/bring-back/", bins.bin_undo, name="bin_undo"),
]
