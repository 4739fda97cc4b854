"""The search finds what its reader may see, and nothing else."""

import pytest
from django.test import Client

from sendense_portal.search.hits import MOST
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


def found(browser: Client, words: str) -> str:
    """The hits as they come while somebody types."""
    answer = browser.get("/search/", {"q": words}, headers={"HX-Request": "true", "HX-Target": "search-hits"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_machines_their_backups_and_what_one_may_do(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("db-main", cast.acme)
    backup = make_backup(vm)
    html = found(as_person(cast.acme_operator), "main")
    assert f'href="/vms/{vm.pk}/"' in html
    assert f'href="/backups/{backup.pk}/"' in html
    assert f'href="/backups/start/?vm={vm.pk}"' in html
    assert "/backups/start/" not in found(as_person(cast.acme_viewer), "main")


def test_nobody_finds_another_customer_s(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("secret-borealis-vm", cast.borealis))
    make_vm("secret-unassigned-vm")
    for person in (cast.acme_admin, cast.acme_operator, cast.acme_viewer):
        html = found(as_person(person), "secret")
        assert "secret-" not in html
        assert "Nothing that you may see is called “secret”" in html
    assert "Borealis" not in found(as_person(cast.acme_admin), "bor")
    assert "Borealis" in found(as_person(cast.provider_admin), "bor")
    assert "secret-unassigned-vm" in found(as_person(cast.provider_admin), "secret")


def test_pages_are_those_of_the_navigation(cast: Cast, as_person: AsPerson) -> None:
    assert 'href="/hubs/"' in found(as_person(cast.provider_auditor), "hub")
    assert 'href="/hubs/"' not in found(as_person(cast.acme_admin), "hub")
    assert 'href="/backups/"' in found(as_person(cast.acme_viewer), "")


def test_names_that_begin_so_come_first_and_not_too_many(cast: Cast, as_person: AsPerson) -> None:
    for number in range(MOST):
        make_vm(f"a-web{number}", cast.acme)
    make_vm("web-first", cast.acme)
    html = found(as_person(cast.acme_viewer), "web")
    machines = html.split("Virtual machines</h2>")[1]
    assert machines.index("web-first") < machines.index("a-web0")
    assert machines.count("/vms/") == MOST


def test_words_are_text_wherever_they_come_from(cast: Cast, as_person: AsPerson) -> None:
    html = found(as_person(cast.acme_viewer), '<script>"%_\0')
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert len(found(as_person(cast.acme_viewer), "x" * 5000)) < 2000


def test_it_asks_few_questions(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(8):
        make_backup(make_vm(f"web{number}", cast.acme))
    browser = as_person(cast.acme_admin)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # the fixture is a context manager's maker
        browser.get("/search/", {"q": "web"})
