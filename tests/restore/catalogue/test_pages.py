"""The pages of the catalogue: whose files, what staff say first, and the way to the bytes."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backups.models import Backup
from restore.catalogue.walker import walk_all
from restore.models import CatalogueDisk, CatalogueName, CataloguePoint, Mount
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.conftest import AsPerson, Cast
from tests.restore.catalogue.conftest import machine, point_of
from tests.restore.small_hub import SmallHub

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("room")]
SEARCH = "/restore/search/"


@pytest.fixture
def points(cast: Cast, connection: HubConnection, small_hub: SmallHub) -> list[Backup]:
    """Two points: a file changed between them, one went, one came with a name that deceives."""
    vm = machine(connection, cast.acme)
    older, newer = point_of(vm, 3), point_of(vm, 2)
    newer.bin_until = timezone.now()
    newer.save()
    walk_all(connection)
    small_hub.files |= {"/partition-1/etc/hostname": b"renamed\n", "/partition-1/exe\u202egpj.txt": b"x"}
    del small_hub.files["/partition-1/nothing"]
    newer.bin_until = None
    newer.save()
    walk_all(connection)
    return [older, newer]


@pytest.fixture
def restorer(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.acme_restorer)


def text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.headers
    return answer.content.decode()


def history_of(name: str) -> str:
    return reverse("restore:name_history", args=[CatalogueName.objects.get(name=name).pk])


def test_a_search_leads_to_the_history_and_that_to_the_old_version(
    restorer: Client, points: list[Backup]
) -> None:
    html = text(restorer, f"{SEARCH}?search=ostn")
    assert "hostname" in html
    assert "2 versions" in html
    assert "2 of 2 restore points are in the catalogue" in html
    address = history_of("hostname")
    assert address in html
    html = text(restorer, address)
    assert f"backup={points[0].pk}&amp;disk=0&amp;file={quote('/partition-1/etc/hostname', safe='')}" in html
    assert "6 B" in html and "8 B" in html
    form = {"backup": points[0].pk, "disk": 0, "file": "/partition-1/etc/hostname"}
    opened = restorer.post(reverse("restore:mount_open"), form)
    mount = Mount.objects.filter(is_spare=False).get()
    assert opened["Location"] == f"/restore/mounts/{mount.pk}/files/?path=%2Fpartition-1%2Fetc&jump=hostname"


def test_what_is_gone_says_since_when_and_names_are_shown_so_that_they_deceive_nobody(
    restorer: Client, points: list[Backup]
) -> None:
    assert "gone since" in text(restorer, f"{SEARCH}?search=nothing")
    html = text(restorer, history_of("nothing"))
    assert "It is gone" in html
    assert "What else changed then" in html
    html = text(restorer, f"{SEARCH}?search=gpj")
    assert "exe⟨U+202E⟩gpj.txt" in html
    assert "\u202e" not in html


def test_two_points_are_compared_by_what_came_went_and_changed(
    restorer: Client, points: list[Backup]
) -> None:
    disk = CatalogueDisk.objects.get()
    address = reverse("restore:compare", args=[disk.pk])
    html = text(restorer, address)
    for part in ("hostname", "nothing", "⟨U+202E⟩"):
        assert part in html
    ids = list(CataloguePoint.objects.order_by("position").values_list("pk", flat=True))
    both = f"?from={ids[0]}&to={ids[1]}"
    assert f'href="{both.replace("&", "&amp;")}&amp;change=removed" class="card stat' in html
    came = CatalogueName.objects.get(name__startswith="exe")
    assert html.count(f'href="{reverse("restore:name_take", args=[came.pk])}"') == 1
    removed = text(restorer, f"{address}{both}&change=removed")
    assert "nothing" in removed
    assert "hostname" not in removed
    assert "hostname" in text(restorer, f"{address}{both}&folder=/etc")
    assert "Nothing changed" in text(restorer, f"{address}{both}&folder=/usr")
    assert text(restorer, f"{address}?from={ids[1]}&to={ids[0]}").count("row-link") == 3, "either way round"


def test_an_open_file_leads_to_its_history(restorer: Client, points: list[Backup]) -> None:
    restorer.post(reverse("restore:mount_open"), {"backup": points[1].pk, "disk": 0})
    mount = Mount.objects.get(is_spare=False)
    address = reverse("restore:mount_history", args=[mount.pk])
    files = text(restorer, f"/restore/mounts/{mount.pk}/files/?path=/partition-1/etc")
    link = f"{address}?path={quote('/partition-1/etc/hostname', safe='')}"
    assert link in files
    assert restorer.get(link)["Location"] == history_of("hostname")
    assert "not in the catalogue yet" in text(restorer, f"{address}?path=/partition-1/unknown")


def test_the_page_of_the_machine_says_how_much_is_known(
    restorer: Client, points: list[Backup], cast: Cast
) -> None:
    points[0].vm.restore_point_count = 2
    points[0].vm.save()
    html = text(restorer, f"/vms/{points[0].vm_id}/")
    assert "2 of 2 restore points are in the catalogue" in html
    assert f"{SEARCH}?vm={points[0].vm_id}" in html


def test_another_customer_finds_nothing_and_is_told_nothing(
    cast: Cast, points: list[Backup], as_person: AsPerson
) -> None:
    other = as_person(cast.borealis_admin)
    html = text(other, f"{SEARCH}?search=hostname")
    assert "hostname</bdi>" not in html
    assert "web01" not in html
    assert other.get(history_of("hostname")).status_code == 404
    assert other.get(reverse("restore:compare", args=[CatalogueDisk.objects.get().pk])).status_code == 404
    assert "hostname</bdi>" not in text(other, f"{SEARCH}?search=hostname&vm={points[0].vm_id}")


def test_staff_say_why_first_and_the_customer_can_read_it(
    cast: Cast, points: list[Backup], as_person: AsPerson
) -> None:
    staff = as_person(cast.provider_operator)
    wanted = history_of("hostname")
    asked = staff.get(wanted)
    look = reverse("restore:look_begin", args=[CatalogueDisk.objects.get().owner_id])
    assert asked["Location"] == f"{look}?next={quote(wanted, safe='')}"
    assert staff.get(f"{SEARCH}?search=hostname").status_code == 302
    refused = staff.post(look, {"reason": "", "next": wanted})
    assert "Say why" in refused.content.decode()
    assert staff.post(look, {"reason": "Ticket 5", "next": "https://elsewhere.test/"})["Location"] == SEARCH
    assert "8 B" in text(staff, wanted)
    entry = AuditEntry.objects.get(action="catalogue.open")
    assert (entry.tenant_id, entry.parameters["reason"]) == (cast.acme.pk, "Ticket 5")


def test_without_the_customer_s_consent_staff_see_no_name(
    cast: Cast, points: list[Backup], as_person: AsPerson
) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(consent_required=True)
    staff = as_person(cast.provider_operator)
    for address in (f"{SEARCH}?search=hostname", history_of("hostname")):
        answer = staff.get(address)
        assert answer.status_code == 403
        assert "hostname</bdi>" not in answer.content.decode()


def test_before_anything_is_walked_the_page_says_when(restorer: Client) -> None:
    assert "Nothing to search yet" in text(restorer, SEARCH)


def test_bad_filters_are_told_and_kept(restorer: Client, points: list[Backup]) -> None:
    html = text(restorer, f"{SEARCH}?search=hostname&larger=huge")
    assert "A size such as 500 KiB" in html
    assert 'value="huge"' in html


@pytest.mark.parametrize("page", ["search", "history", "compare"])
def test_the_pages_ask_few_questions(restorer: Client, points: list[Backup], page: str) -> None:
    compare = reverse("restore:compare", args=[CatalogueDisk.objects.get().pk])
    address = {"search": f"{SEARCH}?search=name", "history": history_of("hostname"), "compare": compare}[page]
    restorer.get(address)
    with CaptureQueriesContext(database) as asked:
        restorer.get(address)
    assert len(asked) <= 20, [query["sql"][:90] for query in asked]


def test_days_since_a_change_narrow_the_search(restorer: Client, points: list[Backup]) -> None:
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert "No file of this name" in text(restorer, f"{SEARCH}?search=hostname&since={tomorrow}")


def test_from_a_hit_straight_to_the_bytes_where_a_point_that_holds_it_is_open(
    restorer: Client, points: list[Backup]
) -> None:
    name = CatalogueName.objects.get(name="hostname")
    take = reverse("restore:name_take", args=[name.pk])
    assert f'href="{take}"' in text(restorer, f"{SEARCH}?search=hostname")
    asked = restorer.get(take)["Location"]
    assert asked.startswith(f"/restore/open/?backup={points[1].pk}&disk=0&file=")
    opened = restorer.post("/restore/open/", {"backup": str(points[1].pk), "disk": "0", "file": name.path})
    assert opened["Location"].endswith("&jump=hostname")
    bytes_at = restorer.get(take)["Location"]
    assert bytes_at == f"{opened['Location'].partition('files/')[0]}file/?path={quote(name.path, safe='')}"


def test_what_no_point_holds_any_more_leads_to_its_history_with_the_reason(
    restorer: Client, points: list[Backup]
) -> None:
    Backup.objects.update(gone_at=timezone.now())
    take = reverse("restore:name_take", args=[CatalogueName.objects.get(name="nothing").pk])
    answer = restorer.get(take, follow=True)
    assert answer.redirect_chain == [(history_of("nothing"), 302)]
    assert "can be opened any more" in answer.content.decode()


def test_folders_that_were_looked_at_can_be_seen_again_without_opening(
    restorer: Client, cast: Cast, as_person: AsPerson, points: list[Backup]
) -> None:
    page = f"/restore/open/?backup={points[1].pk}"
    assert "without opening it" not in text(restorer, page)
    files = restorer.post("/restore/open/", {"backup": str(points[1].pk), "disk": "0"})["Location"]
    assert text(restorer, files)
    assert "without opening it" not in text(restorer, page), "it is open"
    Mount.objects.filter(is_spare=False).update(state=Mount.State.CLOSED)
    assert f'href="{files}"' in text(restorer, page)
    assert "partition-1" in text(restorer, files)
    staff = as_person(cast.provider_operator)
    assert "without opening it" not in text(staff, page), "staff say why first"
