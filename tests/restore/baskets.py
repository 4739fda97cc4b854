"""What tests of baskets and parcels do: put in, take out, have packed, look inside."""

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from restore import parcels
from restore.folders import FolderService
from restore.models import FileEntry, Mount, Parcel
from restore.mounts import MountService
from tests.conftest import Cast
from tests.restore.conftest import actor_of


def put(browser: Client, cast: Cast, mount: Mount, path: str, *names: str) -> HttpResponseBase:
    folder = FolderService(MountService(actor_of(cast)), mount).folder(path)
    keys = list(FileEntry.objects.filter(folder=folder, name__in=names).values_list("pk", flat=True))
    form = {"path": path, "entry": keys, "do": "chosen" if names else "all"}
    return browser.post(reverse("restore:basket_add", args=[mount.pk]), form)


def take(browser: Client, cast: Cast, **form: str) -> HttpResponseBase:
    return browser.post(reverse("restore:basket_take"), {"tenant": str(cast.acme.pk), "format": "zip"} | form)


def packed(browser: Client, cast: Cast, mount: Mount, archive_format: str = "zip") -> Parcel:
    put(browser, cast, mount, "/partition-1")
    answer = take(browser, cast, later="1", format=archive_format)
    parcel = Parcel.objects.get()
    assert answer.headers["Location"] == reverse("restore:parcel_detail", args=[parcel.pk])
    parcels.pack(parcel)
    parcel.refresh_from_db()
    return parcel
