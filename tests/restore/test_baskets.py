"""Baskets across folders and points."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from restore.models import BasketItem, Download, Mount, MountUse
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.models import DailyUse, Quota, QuotaKind
from sendense_portal.tenancy.models import Tenant
from tests.conftest import AsPerson, Cast
from tests.restore.baskets import packed, put, take
from tests.restore.evidence import handed_out, said_of
from tests.restore.test_downloads import BIG, CONTENT, body
from tests.restore.unpacked import contents


@pytest.mark.parametrize("archive_format", ["zip", "tar.zst"])
def test_a_basket_of_several_folders_and_points_leaves_as_one_archive(
    restorer: Client, cast: Cast, mount: Mount, other: Mount, archive_format: str
) -> None:
    put(restorer, cast, mount, "/partition-1", "big.bin")
    put(restorer, cast, mount, "/partition-1/etc", "hostname")
    put(restorer, cast, other, "/partition-1", "etc")
    assert b"/partition-1/etc/hostname" in restorer.get(reverse("restore:basket")).content
    data = body(take(restorer, cast, format=archive_format))
    found = contents(data, archive_format)
    top = f"files of {', '.join(dict.fromkeys(item['vm'] for item in Download.objects.get().items))}"
    of_web, of_db = (f"{m.backup.vm.name} {m.backup.created_at:%Y-%m-%d %H%M} disk 0" for m in (mount, other))
    assert found == {
        f"{top}/{of_web}/partition-1/big.bin": CONTENT,
        f"{top}/{of_web}/partition-1/etc/hostname": b"web01\n",
        f"{top}/{of_db}/partition-1/etc/hostname": b"web01\n",
    }
    row = Download.objects.get()
    assert (row.state, row.kind, len(row.items)) == (Download.State.COMPLETED, "basket", 3)
    manifest = said_of(handed_out())
    assert {file["name"] for file in manifest["files"]} == set(found)
    assert {item["vm"] for item in manifest["items"]} == {"web01", "db01"}
    entry = AuditEntry.objects.get(action="file.download", outcome=Outcome.OK)
    assert "/partition-1/etc/hostname" in entry.parameters["paths"]
    assert DailyUse.objects.filter(kind=QuotaKind.DOWNLOAD_BYTES, amount=len(data)).count() <= 1


def test_what_a_chosen_folder_holds_is_not_taken_twice(restorer: Client, cast: Cast, mount: Mount) -> None:
    put(restorer, cast, mount, "/partition-1/etc", "hostname")
    put(restorer, cast, mount, "/partition-1/etc")
    names = list(contents(body(take(restorer, cast)), "zip"))
    assert len(names) == 1


def test_a_basket_is_one_person_s_and_of_what_they_may_still_see(
    restorer: Client, cast: Cast, mount: Mount, as_person: AsPerson
) -> None:
    put(restorer, cast, mount, "/partition-1", "big.bin")
    assert b"big.bin" not in as_person(cast.acme_admin).get(reverse("restore:basket")).content
    vm = mount.backup.vm
    type(mount.backup).objects.filter(pk=mount.backup_id).update(tenant=cast.borealis)
    vm.tenant = cast.borealis
    vm.save()
    assert b"big.bin" not in restorer.get(reverse("restore:basket")).content
    for tenant in (cast.acme, cast.borealis):
        assert take(restorer, cast, tenant=str(tenant.pk)).status_code == 409
    assert not Download.objects.exists()


def test_links_and_names_the_hub_cannot_say_stay_out_of_a_basket(
    restorer: Client, cast: Cast, mount: Mount
) -> None:
    put(restorer, cast, mount, "/partition-1", "away", "secret.txt", "nothing")
    assert [item.path for item in BasketItem.objects.all()] == ["/partition-1/nothing"]


def test_things_can_be_taken_out_of_it_again(restorer: Client, cast: Cast, mount: Mount) -> None:
    put(restorer, cast, mount, "/partition-1", "big.bin", "nothing")
    first = BasketItem.objects.get(path=BIG)
    restorer.post(reverse("restore:basket_remove"), {"item": str(first.pk)})
    assert BasketItem.objects.count() == 1
    restorer.post(reverse("restore:basket_remove"), {"item": "all"})
    assert not BasketItem.objects.exists()


def test_no_bytes_of_a_basket_leave_beyond_the_day_s_quota(
    restorer: Client, cast: Cast, mount: Mount
) -> None:
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.DOWNLOAD_BYTES, limit=1000, is_hard=True)
    parcel = packed(restorer, cast, mount)
    answer = restorer.get(reverse("restore:parcel_file", args=[parcel.pk]))
    assert answer.status_code == 409
    assert "quota is reached" in getattr(answer, "content", b"").decode()


def test_staff_without_consent_see_no_names_in_their_basket(
    cast: Cast, mount: Mount, as_person: AsPerson
) -> None:
    MountUse.objects.create(mount=mount, person=cast.provider_operator, reason="Ticket 4711")
    staff = as_person(cast.provider_operator)
    put(staff, cast, mount, "/partition-1", "big.bin")
    assert b"big.bin" in staff.get(reverse("restore:basket")).content
    Tenant.objects.filter(pk=cast.acme.pk).update(consent_required=True)
    assert b"big.bin" not in staff.get(reverse("restore:basket")).content
    assert take(staff, cast).status_code in (403, 409)


def test_the_pages_ask_few_questions(
    restorer: Client, cast: Cast, mount: Mount, other: Mount, django_assert_max_num_queries: Any
) -> None:
    put(restorer, cast, mount, "/partition-1", "big.bin", "nothing", "etc")
    put(restorer, cast, other, "/partition-1")
    parcel = packed(restorer, cast, mount)
    for url in (reverse("restore:basket"), reverse("restore:parcel_detail", args=[parcel.pk])):
        with django_assert_max_num_queries(15):
            assert restorer.get(url).status_code == 200


def test_what_an_archive_held_is_put_in_again(
    restorer: Client, cast: Cast, mount: Mount, other: Mount
) -> None:
    put(restorer, cast, mount, "/partition-1", "big.bin")
    put(restorer, cast, other, "/partition-1", "etc")
    first = contents(body(take(restorer, cast)), "zip")
    restorer.post(reverse("restore:basket_remove"), {"item": "all"})
    address = reverse("restore:basket_refill", args=[Download.objects.get().pk])
    assert address in restorer.get(reverse("restore:download_list")).content.decode()
    shown = restorer.post(address, follow=True).content.decode()
    assert "2 were put in the basket." in shown
    assert contents(body(take(restorer, cast)), "zip") == first
    assert "All of it is in the basket already." in restorer.post(address, follow=True).content.decode()


def test_what_is_gone_since_is_named_when_it_is_put_in_again(
    restorer: Client, cast: Cast, mount: Mount, other: Mount
) -> None:
    put(restorer, cast, mount, "/partition-1", "big.bin")
    put(restorer, cast, other, "/partition-1", "etc")
    body(take(restorer, cast))
    BasketItem.objects.all().delete()
    type(mount.backup).objects.filter(pk=other.backup_id).update(tenant=cast.borealis)
    address = reverse("restore:basket_refill", args=[Download.objects.get().pk])
    shown = restorer.post(address, follow=True).content.decode()
    assert "1 was put in the basket." in shown
    assert "1 is of a restore point that is gone." in shown
    assert [item.backup_id for item in BasketItem.objects.all()] == [mount.backup_id]
