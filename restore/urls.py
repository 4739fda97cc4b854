"""Routes of restore."""

from django.urls import path

from restore.views import baskets, catalogue, downloads, folders, handovers, mounts, parcels, points, proofs

app_name = "restore"

urlpatterns = [
    path("", points.restore_home, name="restore_home"),
    path("open/", points.mount_open, name="mount_open"),
    path("mounts/", mounts.mount_list, name="mount_list"),
    path("mounts/<uuid:pk>/close/", mounts.mount_close, name="mount_close"),
    path("mounts/<uuid:pk>/notice/", mounts.mount_notice, name="mount_notice"),
    path("mounts/<uuid:pk>/extend/", mounts.mount_extend, name="mount_extend"),
    path("mounts/<uuid:pk>/files/", folders.folder_list, name="folder_list"),
    path("mounts/<uuid:pk>/file/", downloads.file_download, name="file_download"),
    path("mounts/<uuid:pk>/folder/", downloads.folder_download, name="folder_download"),
    path("mounts/<uuid:pk>/pack/", parcels.folder_pack, name="folder_pack"),
    path("mounts/<uuid:pk>/basket/", baskets.basket_add, name="basket_add"),
    path("mounts/<uuid:pk>/history/", catalogue.mount_history, name="mount_history"),
    path("search/", catalogue.file_search, name="file_search"),
    path("search/of/<int:pk>/", catalogue.look_begin, name="look_begin"),
    path("vms/<uuid:pk>/prove/", proofs.prove, name="prove"),
    path("names/<int:pk>/", catalogue.name_history, name="name_history"),
    path("names/<int:pk>/take/", catalogue.name_take, name="name_take"),
    path("disks/<int:pk>/changes/", catalogue.compare, name="compare"),
    path("proofs/", proofs.proof_list, name="proof_list"),
    path("proofs/unread/retry/", proofs.unread_retry, name="unread_retry"),
    path("proofs/<uuid:pk>/", proofs.proof_detail, name="proof_detail"),
    path("basket/", baskets.basket, name="basket"),
    path("basket/remove/", baskets.basket_remove, name="basket_remove"),
    path("basket/take/", baskets.basket_take, name="basket_take"),
    path("parcels/<uuid:pk>/", parcels.parcel_detail, name="parcel_detail"),
    path("parcels/<uuid:pk>/cancel/", parcels.parcel_cancel, name="parcel_cancel"),
    path("parcels/<uuid:pk>/hand-over/", handovers.handover_make, name="handover_make"),
    path("handovers/<uuid:pk>/revoke/", handovers.handover_revoke, name="handover_revoke"),
    path("parcels/<uuid:pk>/file/", parcels.parcel_file, name="parcel_file"),
    path("downloads/", downloads.download_list, name="download_list"),
    path("downloads/<uuid:pk>/manifest/", downloads.download_manifest, name="download_manifest"),
    path("downloads/<uuid:pk>/basket/", baskets.basket_refill, name="basket_refill"),
    path("downloads/verify_manifest.py", downloads.manifest_verifier, name="manifest_verifier"),
]
