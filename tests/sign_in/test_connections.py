"""Setting a customer's single sign-on up, and where the portal goes for it (trust.md row 6)."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.sign_in.models import SsoConnection, SsoIdentity
from sendense_portal.sign_in.sso.oidc import BROKEN, discovered
from sendense_portal.sign_in.sso.outgoing import MOST_BYTES, AddressRefused, Session, is_allowed
from tests.conftest import AsPerson, Cast
from tests.sign_in.conftest import give_password, is_signed_in
from tests.sign_in.provider_process import ProviderProcess

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderProcess]:
    with ProviderProcess() as process:
        yield process


@pytest.fixture
def private(settings: object) -> None:
    settings.SSO_ALLOW_PRIVATE = True  # type: ignore[attr-defined]  # pytest-django's


def form(provider: ProviderProcess, **more: str) -> dict[str, str]:
    given = {"issuer": provider.issuer, "client_id": "portal", "client_secret": "s3cr3t-of-acme", "role": ""}
    return given | more


def page_of(cast: Cast) -> str:
    return f"/customers/{cast.acme.pk}/single-sign-on/"


@pytest.mark.usefixtures("private")
def test_the_provider_enters_the_domains_and_the_customer_the_rest(
    cast: Cast, as_person: AsPerson, provider: ProviderProcess
) -> None:
    admin, staff = as_person(cast.acme_admin), as_person(cast.provider_admin)
    admin.post(page_of(cast), form(provider, domains="acme.test provider.test"))
    connection = SsoConnection.objects.get()
    assert connection.domains == []
    answer = admin.post(page_of(cast), form(provider, enabled="on"))
    assert "Your provider has to enter your e-mail domains first" in answer.content.decode()
    staff.post(page_of(cast), form(provider, domains="Acme.Test, @acme.example"))
    connection.refresh_from_db()
    assert connection.domains == ["acme.example", "acme.test"]
    admin.post(page_of(cast), form(provider, enabled="on", client_secret=""))
    connection.refresh_from_db()
    assert (connection.enabled, connection.client_secret) == (True, "s3cr3t-of-acme")
    page = admin.get(page_of(cast)).content.decode()
    assert f"/sso/{connection.slug}/callback/" in page
    assert "s3cr3t-of-acme" not in page
    entries = AuditEntry.objects.filter(action="sso.edit")
    assert {entry.tenant for entry in entries} == {cast.acme}
    assert "s3cr3t-of-acme" not in str([entry.parameters for entry in entries])


@pytest.mark.usefixtures("private")
def test_a_domain_belongs_to_one_customer(cast: Cast, as_person: AsPerson, provider: ProviderProcess) -> None:
    SsoConnection.objects.create(
        tenant=cast.borealis, issuer=provider.issuer, client_id="b", domains=["borealis.test"]
    )
    answer = as_person(cast.provider_admin).post(page_of(cast), form(provider, domains="borealis.test"))
    assert "is in use already" in answer.content.decode()
    assert not SsoConnection.objects.filter(tenant=cast.acme).exists()


@pytest.mark.usefixtures("private")
def test_an_issuer_where_no_provider_answers_can_t_be_switched_on(
    cast: Cast, as_person: AsPerson, provider: ProviderProcess
) -> None:
    values = form(provider, domains="acme.test", enabled="on") | {"issuer": "http://127.0.0.1:9"}
    answer = as_person(cast.provider_admin).post(page_of(cast), values)
    assert b"No OpenID provider that the portal can use answers there" in answer.content
    assert b'value="http://127.0.0.1:9"' in answer.content


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://id.example", "https://user@id.example"])
def test_only_https_without_names_in_it(
    cast: Cast, as_person: AsPerson, provider: ProviderProcess, issuer: str
) -> None:
    answer = as_person(cast.provider_admin).post(page_of(cast), form(provider) | {"issuer": issuer})
    assert answer.status_code == 200
    assert not SsoConnection.objects.exists()


@pytest.mark.usefixtures("private")
def test_switching_it_off_and_another_issuer_end_what_it_vouched_for(
    cast: Cast, as_person: AsPerson, provider: ProviderProcess
) -> None:
    staff = as_person(cast.provider_admin)
    staff.post(page_of(cast), form(provider, domains="acme.test", enabled="on"))
    connection = SsoConnection.objects.get()
    browser = Client()
    give_password(browser, cast.acme_viewer.email)
    SsoIdentity.objects.create(connection=connection, subject="viewer", user=cast.acme_viewer)
    staff.post(page_of(cast), form(provider, domains="acme.test"))
    assert not is_signed_in(browser)
    staff.post(page_of(cast), form(provider, domains="acme.test") | {"issuer": provider.issuer + "/other"})
    assert not SsoIdentity.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "ff02::1",
    ],
)  # fmt: skip
def test_no_address_within(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_addresses_of_the_open_internet(address: str) -> None:
    assert is_allowed(address)


def test_a_name_that_means_this_machine_is_not_connected_to() -> None:
    with Session() as session, pytest.raises(requests.ConnectionError, match="not a public address"):
        session.get("https://localhost:9/")


class Hostile(BaseHTTPRequestHandler):
    """Redirects, endless answers, and descriptions that are none."""

    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            return
        bodies = {
            "/long": b"x" * (MOST_BYTES + 10),
            "/list/.well-known/openid-configuration": b"[]",
            "/other/.well-known/openid-configuration": b'{"issuer": "https://other.example"}',
        }
        body = bodies.get(self.path, b"<html>")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("private")
def test_redirects_are_not_followed_and_endless_answers_not_read(hostile: str) -> None:
    with Session() as session:
        for path, reason in (("/redirect", "leads elsewhere"), ("/long", "too long")):
            with pytest.raises(AddressRefused, match=reason):
                session.get(hostile + path)


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("path", ["/list", "/other", "/html"])
def test_a_description_that_is_none_is_refused(hostile: str, path: str) -> None:
    with pytest.raises(BROKEN):
        discovered(hostile + path)
