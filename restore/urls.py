"""Routes of restore."""

from django.urls import path

from restore.views import downloads, folders, mounts, points

app_name = "restore"

urlpatterns = [
    path("", points.restore_home, name="restore_home"),
    path("open/", points.mount_open, name="mount_open"),
    path("mounts/", mounts.mount_list, name="mount_list"),
    path("mounts/<uuid:pk>/close/", mounts.mount_close, name="mount_close"),
    path("mounts/<uuid:pk>/files/", folders.folder_list, name="folder_list"),
    path("mounts/<uuid:pk>/file/", downloads.file_download, name="file_download"),
    path("mounts/<uuid:pk>/folder/", downloads.folder_download, name="folder_download"),
    path("downloads/", downloads.download_list, name="download_list"),
    path("downloads/<uuid:pk>/manifest/", downloads.download_manifest, name="download_manifest"),
    path("downloads/verify_manifest.py", downloads.manifest_verifier, name="manifest_verifier"),
]
