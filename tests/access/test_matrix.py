"""Every route of the URLconf × every kind of person: what they get (trust.md row 1).

The tables (``areas``) are written by hand and read by eye; a route that is not in it fails. Another
customer's object must answer exactly like one that does not exist.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from backups.models import Backup
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import User
from tests.access.areas import MATRIX, PEOPLE, keys_of
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Objects:
    """What the routes of the matrix are about: all of it Acme's."""

    keys: dict[str, dict[str, Any]]


@pytest.fixture
def objects(cast: Cast) -> Objects:
    return Objects(keys_of(cast))


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Name and view of every route there is."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from routes(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern.callback


def browser_of(cast: Cast, person: str) -> Client:
    if person == "anonymous":
        return Client()
    user: User = getattr(cast, person)
    return AsPerson()(user)


def ask(browser: Client, method: str, name: str, keys: dict[str, Any]) -> HttpResponseBase:
    """One request, as a browser's address bar or a form without fields would make it."""
    browser.raise_request_exception = True
    call = browser.get if method == "GET" else browser.post
    return call(reverse(name, kwargs=keys))


def letter(answer: HttpResponseBase) -> str:
    status = answer.status_code
    if status in (301, 302) and "/sign-in/" in answer["Location"]:
        return "s"
    if status in (401, 403, 404):
        return {401: "u", 403: "f", 404: "n"}[status]
    assert status in (200, 302, 400, 405, 409, 502, 503), status
    return "a"


def test_every_route_is_in_the_matrix() -> None:
    assert {name for name, _ in routes()} == {name for _, name in MATRIX}


def test_every_view_declares_an_action() -> None:
    assert [name for name, view in routes() if not hasattr(view, "access_rule")] == []


@pytest.mark.parametrize(("method", "name"), MATRIX)
def test_each_person_gets_what_the_matrix_says(cast: Cast, objects: Objects, method: str, name: str) -> None:
    expected = MATRIX[method, name].replace(" ", "")
    got = {
        person: letter(ask(browser_of(cast, person), method, name, objects.keys.get(name, {})))
        for person in PEOPLE
    }
    assert got == dict(zip(PEOPLE, expected, strict=True))


@pytest.mark.parametrize(
    ("method", "name"), [key for key in MATRIX if "n" in MATRIX[key] and key[1] != "first_run"]
)
def test_a_foreign_object_answers_like_none(cast: Cast, objects: Objects, method: str, name: str) -> None:
    browser = browser_of(cast, "borealis_admin")
    foreign = ask(browser, method, name, objects.keys[name])
    missing = ask(browser, method, name, {key: absent(value) for key, value in objects.keys[name].items()})
    assert foreign.status_code == missing.status_code == 404
    assert scrubbed(foreign) == scrubbed(missing)


def absent(key: Any) -> Any:
    """A key of the same kind that no row has."""
    return 2**40 if isinstance(key, int) else uuid.uuid4()


def scrubbed(answer: HttpResponseBase) -> bytes:
    """The body without what differs between any two answers: CSRF tokens and the address asked for."""
    content: bytes = answer.content  # type: ignore[attr-defined]  # none of these pages is streamed
    return re.sub(rb"[0-9a-f-]{36}|[0-9a-f]{8}\xe2\x80\xa6[0-9a-f]{8}|[A-Za-z0-9]{64}", b"", content)


def test_a_session_that_has_ended_is_sent_to_sign_in(cast: Cast, objects: Objects) -> None:
    browser = browser_of(cast, "acme_admin")
    browser.session.flush()
    assert letter(browser.get("/vms/")) == "s"


def test_a_suspended_customer_gives_no_rights(cast: Cast, objects: Objects) -> None:
    cast.acme.state = "suspended"
    cast.acme.save()
    answer = browser_of(cast, "acme_admin").get(
        reverse("vms:vm_detail", kwargs=objects.keys["vms:vm_detail"])
    )
    assert answer.status_code == 404


def test_a_refusal_is_in_the_trail(cast: Cast, objects: Objects) -> None:
    browser_of(cast, "acme_viewer").post(
        reverse("backups:backup_delete", kwargs=objects.keys["backups:backup_delete"])
    )
    entry = AuditEntry.objects.get(actor=cast.acme_viewer)
    assert (entry.actor, entry.action, entry.outcome) == (cast.acme_viewer, "backup.delete", "refused")
    assert entry.target_id == str(Backup.objects.get().pk)


LISTS = ("dashboard", "vms:vm_list", "backups:backup_list", "restore:restore_home", "restore:mount_list")


@pytest.mark.parametrize("name", LISTS)
def test_lists_show_one_s_own_customer_alone(cast: Cast, objects: Objects, name: str) -> None:
    make_backup(make_vm("secret-borealis-vm", cast.borealis))
    make_backup(make_vm("unassigned-vm"))
    own = browser_of(cast, "acme_admin").get(reverse(name)).content
    assert b"secret-borealis-vm" not in own
    assert b"unassigned-vm" not in own
    everything = browser_of(cast, "provider_admin").get(reverse("backups:backup_list")).content
    assert b"secret-borealis-vm" in everything
    assert b"unassigned-vm" in everything


@pytest.mark.parametrize(
    "path", ["/backups/?search=secret", "/vms/?search=secret", "/backups/?customer=", "/backups/start/"]
)
def test_filters_and_choices_reveal_nobody_else(cast: Cast, objects: Objects, path: str) -> None:
    make_backup(make_vm("secret-borealis-vm", cast.borealis))
    content = browser_of(cast, "acme_admin").get(path).content
    assert b"secret-borealis-vm" not in content
    assert b"Borealis" not in content
